import assert from "node:assert/strict";
import fs from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { FolderStore } from "../../src/io/file_store.ts";
import { Keep } from "../../src/keep/keep.ts";
import { ScriptProcess, TemporaryFolder } from "../support/temporary.ts";

const mode = (path: string) => fs.statSync(path).mode & 0o777;
const WRITER = new URL("../support/endless_writer.ts", import.meta.url).pathname;

describe("a store on a folder", () => {
  it("gives back what was written, to another store too", () => {
    using folder = new TemporaryFolder();
    const store = new FolderStore(folder.at("keep"));
    assert.equal(store.read("a/b/one.json"), null);
    store.write("a/b/one.json", utf8("first"));
    store.write("a/b/one.json", utf8("second"));
    store.write("a/b/empty", new Uint8Array(0));
    for (const one of [store, new FolderStore(folder.at("keep"))]) {
      assert.deepEqual(one.read("a/b/one.json"), utf8("second"));
      assert.deepEqual(one.read("a/b/empty"), new Uint8Array(0));
      assert.deepEqual(one.list("a/b"), ["empty", "one.json"]);
    }
  });

  it("removes, and minds nothing that isn't there", () => {
    using folder = new TemporaryFolder();
    const store = new FolderStore(folder.path);
    store.write("a/one", utf8("1"));
    store.remove("a/one");
    store.remove("a/one");
    store.remove("b/c/d");
    assert.equal(store.read("a/one"), null);
    assert.deepEqual(store.list("a"), []);
    assert.deepEqual(store.list("b"), []);
  });

  it("lists files only, and none that is being written", () => {
    using folder = new TemporaryFolder();
    const store = new FolderStore(folder.path);
    store.write("a/b/c", utf8("1"));
    store.write("a/d", utf8("1"));
    fs.writeFileSync(folder.at("a", "e.raet-tmp"), "half");
    assert.deepEqual(store.list("a"), ["d"]);
  });

  it("sets a file aside under the first free name and loses none", () => {
    using folder = new TemporaryFolder();
    const store = new FolderStore(folder.path);
    const moved = ["1", "2", "3"].map((text) => {
      store.write("a/x.json", utf8(text));
      return store.setAside("a/x.json");
    });
    assert.deepEqual(moved, ["a/x.json.damaged-1", "a/x.json.damaged-2", "a/x.json.damaged-3"]);
    assert.deepEqual(moved.map((path) => fromUtf8(store.read(path)!)), ["1", "2", "3"]);
    assert.equal(store.read("a/x.json"), null);
  });

  it("makes files 0600 in folders 0700, whatever the umask and whatever was there", () => {
    using folder = new TemporaryFolder();
    fs.mkdirSync(folder.at("keep"), { mode: 0o700 });
    fs.writeFileSync(folder.at("keep", "loose"), "old");
    fs.chmodSync(folder.at("keep", "loose"), 0o666);
    const before = process.umask(0);
    try {
      const store = new FolderStore(folder.at("keep"));
      store.write("a/b/secret", utf8("x"));
      store.write("loose", utf8("new"));
    } finally {
      process.umask(before);
    }
    assert.equal(mode(folder.at("keep", "a")), 0o700);
    assert.equal(mode(folder.at("keep", "a", "b")), 0o700);
    assert.equal(mode(folder.at("keep", "a", "b", "secret")), 0o600);
    assert.equal(mode(folder.at("keep", "loose")), 0o600);
  });

  it("refuses a folder that others can look into, and says how to close it", () => {
    using folder = new TemporaryFolder();
    fs.mkdirSync(folder.at("keep"));
    for (const loose of [0o755, 0o710, 0o701, 0o750]) {
      fs.chmodSync(folder.at("keep"), loose);
      assert.throws(() => new FolderStore(folder.at("keep")), {
        code: "bad_config",
        message: `"${folder.at("keep")}" holds secret keys and is open to other users (mode ` +
          `0${loose.toString(8)}): expected mode 0700, as raet doctor --fix makes it`,
      });
    }
    fs.chmodSync(folder.at("keep"), 0o700);
    new FolderStore(folder.at("keep"));
  });

  it("refuses secret keys that others can read, whatever keeps them out above", () => {
    using folder = new TemporaryFolder();
    const local = folder.at("keep", "alpha", "role", "local");
    fs.mkdirSync(local, { recursive: true, mode: 0o700 });
    fs.writeFileSync(`${local}/role.json`, "{}", { mode: 0o600 });
    fs.mkdirSync(folder.at("keep", "alpha", "remote"), { mode: 0o755 });
    new FolderStore(folder.at("keep"));
    // Our old keys, once there are some.
    const ours = folder.at("keep", "alpha", "raet");
    fs.mkdirSync(ours, { mode: 0o700 });
    fs.writeFileSync(`${ours}/keys.json`, "{}", { mode: 0o600 });
    const paths = [folder.at("keep"), folder.at("keep", "alpha"), local, `${local}/role.json`]
      .concat(ours, `${ours}/keys.json`);
    for (const path of paths) {
      const before = fs.statSync(path).mode & 0o777;
      for (const loose of [0o040, 0o004, 0o020]) {
        fs.chmodSync(path, before | loose);
        const mode = (before | loose).toString(8);
        assert.throws(() => new FolderStore(folder.at("keep")), {
          code: "bad_config",
          message: `"${path}" holds secret keys and is open to other users (mode 0${mode}): ` +
            `expected mode 0${before.toString(8)}, as raet doctor --fix makes it`,
        });
      }
      fs.chmodSync(path, before);
    }
    new FolderStore(folder.at("keep"));
  });

  it("doesn't write through a link that stands where a file or its temporary file should", () => {
    using folder = new TemporaryFolder();
    using outside = new TemporaryFolder();
    fs.writeFileSync(outside.at("precious"), "mine");
    const store = new FolderStore(folder.path);
    fs.symlinkSync(outside.at("precious"), folder.at("one"));
    fs.symlinkSync(outside.at("precious"), folder.at("two.raet-tmp"));
    store.write("one", utf8("1"));
    store.write("two", utf8("2"));
    assert.equal(fs.readFileSync(outside.at("precious"), "utf8"), "mine");
    assert.deepEqual([store.read("one"), store.read("two")], [utf8("1"), utf8("2")]);
  });

  it("says what failed in one sentence of code bad_config, and leaves no rubbish", () => {
    using folder = new TemporaryFolder();
    const store = new FolderStore(folder.path);
    fs.mkdirSync(folder.at("taken"));
    fs.writeFileSync(folder.at("file"), "");
    const rejects = (action: () => unknown, message: RegExp) =>
      assert.throws(action, { code: "bad_config", message });
    rejects(() => store.write("taken", utf8("x")), /taken" can't be written: it is a folder$/);
    rejects(() => store.read("taken"), /taken" can't be read: it is a folder$/);
    rejects(() => store.read("file/x"), /can't be read: a part of the path is a file$/);
    rejects(() => store.list("file"), /can't be listed: a part of the path is a file$/);
    rejects(() => store.setAside("nothing"), /can't be set aside: it is not there$/);
    rejects(() => new FolderStore(folder.at("file")), /file" is not a folder/);
    rejects(() => new FolderStore(folder.at("file", "x")), /can't be made: a part of the path/);
    assert.deepEqual(fs.readdirSync(folder.path).sort(), ["file", "taken"]);
  });

  it("asserts that a path doesn't lead out of it", () => {
    using folder = new TemporaryFolder();
    const store = new FolderStore(folder.at("keep"));
    for (const path of ["..", "../x", "a/../../x", "/etc/passwd", "a//b", "", ".", "a\\b", "a\0"]) {
      assert.throws(() => store.write(path, utf8("x")), { code: "internal" });
      assert.throws(() => store.read(path), { code: "internal" });
    }
    assert.deepEqual(fs.readdirSync(folder.path), ["keep"]);
  });

  it("removes half-written files when it is opened, and nothing else", () => {
    using folder = new TemporaryFolder();
    new FolderStore(folder.path).write("a/b/c.json", utf8("whole"));
    fs.writeFileSync(folder.at("a", "b", "c.json.raet-tmp"), "hal");
    fs.writeFileSync(folder.at("a", "notes.tmp"), "theirs");
    new FolderStore(folder.path);
    assert.deepEqual(fs.readdirSync(folder.at("a", "b")), ["c.json"]);
    assert.deepEqual(fs.readdirSync(folder.at("a")).sort(), ["b", "notes.tmp"]);
  });

  it("carries a keep over a restart, with hostile names in it", () => {
    using folder = new TemporaryFolder();
    const names = ["..", "a\\..\\b", "Beta", "beta", "ünï", "x".repeat(200), "é".repeat(200)];
    const keys = { verifyKey: new Uint8Array(32), boxKey: new Uint8Array(32).fill(1) };
    const keep = new Keep(new FolderStore(folder.at("keep")), "stack");
    for (const role of names) keep.saveRole({ role, acceptance: "accepted", ...keys });
    const again = new Keep(new FolderStore(folder.at("keep")), "stack");
    assert.deepEqual(again.roles().map(({ role }) => role).sort(), names.sort());
    assert.deepEqual(fs.readdirSync(folder.path), ["keep"]);
    fs.truncateSync(folder.at("keep", "stack", "role", "remote", "role.Beta.json"), 30);
    assert.equal(again.role("Beta"), null);
    const [{ movedTo }] = again.reports();
    assert.equal(fs.statSync(movedTo).size, 30);
  });
});

describe("a writer that is killed at any moment", () => {
  it("leaves the old bytes or the new, never less than it was told are written", async (t) => {
    using folder = new TemporaryFolder();
    fs.mkdirSync(folder.at("keep"), { mode: 0o700 });
    let written = 0, inTheMiddle = 0;
    for (let kills = 0; kills < 30; kills++) {
      const writer = new ScriptProcess(WRITER, folder.at("keep"), "a/x.json", `${written + 1}`);
      await writer.printed(`${written + 3}\n`);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      await writer.kill();
      if (fs.existsSync(folder.at("keep", "a", "x.json.raet-tmp"))) inTheMiddle++;
      const told = Number(writer.output.trim().split("\n").at(-1));
      const text = fromUtf8(new FolderStore(folder.at("keep")).read("a/x.json")!)!;
      const found = Number(text.split("\n")[0]);
      assert.equal(text, `${found}\n`.repeat(2000));
      assert.ok(found === told || found === told + 1, `told ${told}, found ${found}`);
      assert.deepEqual(fs.readdirSync(folder.at("keep", "a")), ["x.json"]);
      written = found;
    }
    t.diagnostic(`${inTheMiddle} of 30 kills found a half-written temporary file`);
    assert.ok(written >= 90);
  });
});
