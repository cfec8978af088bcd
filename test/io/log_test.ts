import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { ProcessLog } from "../../src/io/log.ts";
import { TemporaryFolder } from "../support/temporary.ts";
import { NO_TINY_DISK, TinyDisk } from "../support/tiny_disk.ts";

const ENTRY = { topic: "manor", what: "it {happened}", who: "alpha" } as const;

function makeLog() {
  let err = "";
  const log = new ProcessLog({
    stderrLine: (level, { what }) => `stderr ${level} ${what}`,
    fileLine: (level, { what }) => `file ${level} ${what}`,
    stderr: (text) => void (err += text),
  });
  return { log, err: () => err };
}

describe("the log of a process", () => {
  it("takes nothing before it has a target", () => {
    const { log, err } = makeLog();
    assert.equal(log.wants("error"), false);
    log.write("error", ENTRY);
    assert.equal(err(), "");
  });

  it("writes entries of its level and graver to stderr, whatever braces are in them", async () => {
    const { log, err } = makeLog();
    await log.configure({ level: "warn", file: null });
    assert.deepEqual([log.wants("error"), log.wants("warn"), log.wants("info")], [
      true,
      true,
      false,
    ]);
    log.write("warn", ENTRY);
    log.write("info", ENTRY);
    assert.equal(err(), "stderr warn it {happened}\n");
    log.close();
  });

  it("counts what nobody reads on stderr instead of keeping it, and says so once somebody does", async () => {
    let [err, isStderrFull] = ["", false];
    const log = new ProcessLog({
      stderrLine: (level, { what, why }) => `${level} ${what} ${why}`,
      fileLine: () => "",
      stderr: (text) => void (err += text),
      isStderrFull: () => isStderrFull,
    });
    await log.configure({ level: "info", file: null });
    isStderrFull = true;
    for (const why of ["1", "2", "3"]) log.write("info", { ...ENTRY, why });
    assert.equal(err, "");
    isStderrFull = false;
    for (const why of ["4", "5"]) log.write("info", { ...ENTRY, why });
    log.close();
    const { what } = ENTRY;
    assert.equal(err, `error log lost 3 lines before this\ninfo ${what} 4\ninfo ${what} 5\n`);
  });

  it("writes to a file of mode 0600, and opens it anew when it is told the same again", async () => {
    using folder = new TemporaryFolder();
    const { log } = makeLog();
    const target = { level: "info", file: folder.at("raet.log") } as const;
    await log.configure(target);
    assert.equal(statSync(target.file).mode & 0o777, 0o600);
    log.write("info", ENTRY);
    renameSync(target.file, folder.at("old"));
    log.write("info", ENTRY);
    await log.configure(target);
    log.write("error", ENTRY);
    log.close();
    assert.equal(readFileSync(folder.at("old"), "utf8").split("\n").length, 3);
    assert.equal(readFileSync(target.file, "utf8"), "file error it {happened}\n");
  });

  it("says of a file whose folder is not there that it is the folder", async () => {
    using folder = new TemporaryFolder();
    const { log } = makeLog();
    const file = folder.at("nowhere", "raet.log");
    await assert.rejects(log.configure({ level: "info", file }), /: its folder is not there$/);
  });

  it("follows no link and takes no file of another where others can put one in its place", async () => {
    using folder = new TemporaryFolder();
    const { log } = makeLog();
    const victim = folder.at("victim");
    writeFileSync(victim, "mine\n", { mode: 0o600 });
    mkdirSync(folder.at("open"));
    chmodSync(folder.at("open"), 0o777);
    const path = folder.at("open", "raet.log");
    const refuses = async (what: string) => {
      const expected = {
        code: "bad_config",
        message: /can't be the log|can't be opened as the log/,
      };
      await assert.rejects(log.configure({ level: "info", file: path }), expected, what);
      assert.equal(readFileSync(victim, "utf8"), "mine\n", what);
      rmSync(path);
    };
    symlinkSync(victim, path);
    await refuses("a symbolic link");
    linkSync(victim, path);
    await refuses("a hard link");
    writeFileSync(path, "");
    chmodSync(path, 0o666);
    await refuses("a file that others can write to");
    if (process.getuid?.() === 0) {
      writeFileSync(path, "", { mode: 0o644 });
      chownSync(path, 12_345, 12_345);
      await refuses("another user's file");
    }
    await log.configure({ level: "info", file: path });
    log.write("info", ENTRY);
    await log.configure({ level: "info", file: path });
    log.write("info", ENTRY);
    log.close();
    assert.equal(readFileSync(path, "utf8").split("\n").length, 3);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("stays with the old target if the new one can't be had", async () => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.at("folder"));
    execFileSync("mkfifo", [folder.at("pipe")]);
    const { log } = makeLog();
    const file = folder.at("raet.log");
    await log.configure({ level: "info", file });
    for (const other of ["folder", "pipe", "no/such/log"]) {
      await assert.rejects(log.configure({ level: "info", file: folder.at(other) }), {
        code: "bad_config",
      });
    }
    log.write("info", ENTRY);
    log.close();
    assert.equal(readFileSync(file, "utf8"), "file info it {happened}\n");
  });

  it("goes on when the disk is full, and says so once on stderr", async () => {
    const { log, err } = makeLog();
    await log.configure({ level: "info", file: "/dev/full" });
    for (let i = 0; i < 3; i++) log.write("info", ENTRY);
    log.close();
    assert.equal(err(), "stderr error log lost\n");
  });

  it(
    "begins a new line after one that a full disk has cut",
    { skip: NO_TINY_DISK },
    async () => {
      using disk = new TinyDisk(32);
      const { log, err } = makeLog();
      const file = disk.at("raet.log");
      await log.configure({ level: "info", file });
      log.write("info", ENTRY);
      disk.fill();
      while (err() === "") log.write("info", ENTRY);
      disk.empty();
      log.write("info", ENTRY);
      log.close();
      const lines = readFileSync(file, "utf8").split("\n");
      const after = lines.splice(-3);
      assert.deepEqual(after, ["file error log lost", "file info it {happened}", ""]);
      lines.pop(); // what there was room for
      assert.deepEqual(new Set(lines), new Set(["file info it {happened}"]));
    },
  );
});
