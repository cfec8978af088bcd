import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import { openHome } from "../../src/io/home.ts";
import { HomeLock, lockHome, readHolder } from "../../src/io/lock.ts";
import { scriptCommand } from "../support/runtime.ts";
import { ScriptProcess, TemporaryFolder } from "../support/temporary.ts";
import { NO_TINY_DISK, TinyDisk } from "../support/tiny_disk.ts";

const HOLDER = new URL("../support/lock_holder.ts", import.meta.url).pathname;
const STARTED = Date.UTC(2026, 0, 2, 3, 4, 5);

describe("the lock of a home", () => {
  it("is held against the same process too, until it is released", () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    const lock = lockHome(home, "alpha", STARTED);
    assert.throws(() => lockHome(home, "beta", STARTED), { code: "home_in_use" });
    lock.release();
    lock.release();
    using again = lockHome(home, "beta", STARTED);
    assert.ok(again instanceof HomeLock);
  });

  it("tells who holds it, and nothing once it is released", () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    assert.equal(readHolder(home), null);
    {
      using lock = lockHome(home, "a-name-that-is-rather-long", STARTED);
      const holder = {
        pid: process.pid,
        name: "a-name-that-is-rather-long",
        address: "",
        started: "2026-01-02T03:04:05.000Z",
      };
      assert.deepEqual(readHolder(home), holder);
      lock.update({ address: "[::1]:4505" });
      assert.deepEqual(readHolder(home), { ...holder, address: "[::1]:4505" });
      lock.update({ name: "b" });
      assert.deepEqual(readHolder(home), { ...holder, name: "b", address: "[::1]:4505" });
      assert.match(fs.readFileSync(home.lock, "utf8"), /^\{[^\n]*\}\n$/);
    }
    assert.equal(readHolder(home), null);
    assert.equal(fs.statSync(home.lock).mode & 0o777, 0o600);
  });

  it("is not taken from another process, whose pid and name the error tells", async () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    const other = new ScriptProcess(HOLDER, home.root, "alpha");
    try {
      await other.printed("held");
      assert.throws(() => lockHome(home, "beta", STARTED), (error) => {
        assert.ok(error instanceof RaetError);
        assert.equal(error.code, "home_in_use");
        const who = `pid ${other.pid}, estate "alpha" at 127.0.0.1:4505, since 20`;
        assert.ok(error.message.startsWith(`home "${home.root}" is in use by ${who}`));
        return true;
      });
      assert.equal(readHolder(home)?.pid, other.pid, "the one that lost wrote nothing");
    } finally {
      await other.kill();
    }
  });

  it("is free at once when its process was killed, whatever the file still says", async () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    const other = new ScriptProcess(HOLDER, home.root, "alpha");
    await other.printed("held");
    await other.kill();
    assert.equal(readHolder(home)?.name, "alpha");
    using _lock = lockHome(home, "beta", STARTED);
    assert.equal(readHolder(home)?.name, "beta");
  });

  it("goes to exactly one of several processes that want it at the same time", async () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    const names = ["a", "b", "c", "d"];
    const all = names.map((name) => new ScriptProcess(HOLDER, home.root, name));
    try {
      await Promise.all(all.map((one) => one.printed("\n")));
      const winners = all.filter(({ output }) => output === "held\n");
      assert.equal(winners.length, 1);
      const losers = all.filter((one) => one !== winners[0]);
      assert.ok(losers.every(({ output }) => /is in use by (pid|another process)/.test(output)));
      assert.equal(readHolder(home)?.pid, winners[0].pid);
    } finally {
      await Promise.all(all.map((one) => one.kill()));
    }
  });

  it("is refused with one sentence where the file can't be made", () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    fs.mkdirSync(home.lock);
    assert.throws(() => lockHome(home, "alpha", STARTED), {
      code: "bad_config",
      message: `"${home.lock}" can't be opened: it is a folder`,
    });
  });

  it("is given back where there are too many open files to write down who holds it", () => {
    using folder = new TemporaryFolder();
    const { file, args } = scriptCommand("test/support/lock_few_files.ts");
    const run = [file, ...args, folder.at("h")].map((word) => `'${word}'`).join(" ");
    const { stdout, stderr } = spawnSync("sh", ["-c", `ulimit -n 200; ${run}`], {
      encoding: "utf8",
    });
    assert.ok(Number(stdout) >= 2, `${stdout}${stderr}`);
  });

  it("holds though a full disk has no room for the file's text", { skip: NO_TINY_DISK }, () => {
    using disk = new TinyDisk(32);
    const home = openHome(disk.at("h"));
    lockHome(home, "alpha", STARTED).release();
    disk.fill();
    const lock = lockHome(home, "alpha", STARTED);
    lock.update({ address: "[::1]:4505" });
    assert.throws(() => lockHome(home, "beta", STARTED), /is in use by another process:/);
    lock.release();
    disk.empty();
    using _lock = lockHome(home, "beta", STARTED);
    assert.equal(readHolder(home)?.name, "beta");
  });

  it("holds though the file's text is rubbish: then nobody is named", () => {
    using folder = new TemporaryFolder();
    const home = openHome(folder.at("h"));
    using _lock = lockHome(home, "alpha", STARTED);
    for (const text of ["", "{", "null", "[]", `{"pid":"1"}`, `{"pid":1,"name":5}`]) {
      fs.writeFileSync(home.lock, text);
      assert.equal(readHolder(home), null);
      assert.throws(() => lockHome(home, "beta", STARTED), /is in use by another process:/);
    }
  });
});
