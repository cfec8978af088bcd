import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { ChildProgram, type SelfCommand } from "../../src/io/process.ts";

const SH: SelfCommand = { file: "/bin/sh", args: ["-c"], shown: "sh" };
const sh = (script: string, input?: string) =>
  new ChildProgram("sh", [script], { command: SH, input, env: { GIVEN: "given" } });

describe("a child program", () => {
  it("is read by lines, gets input and environment, and ends with its code", async () => {
    const child = sh('cat; echo "$GIVEN"; echo fault >&2; exit 7', "one\ntwo");
    assert.equal(await child.exited, 7);
    assert.deepEqual(child.lines, ["one", "twogiven"]);
    assert.deepEqual(child.errorLines, ["fault"]);
    assert.equal(child.isRunning, false);
  });

  it("ends with 128 and the signal's number if a signal ended it", async () => {
    const child = sh("echo up; exec sleep 1000");
    await child.waitFor("up", 60_000, () => child.lines[0]);
    process.kill(child.pid, 0);
    child.kill("SIGKILL");
    assert.equal(await child.exited, 137);
  });

  it("that ends early makes waiting fail, with what it said", async () => {
    const child = sh("echo almost; exit 1");
    await assert.rejects(child.waitFor("done", 60_000, () => undefined), {
      message: 'sh ended before done came; it said ["almost"]',
    });
  });

  it("that says nothing makes waiting fail when the time is over", async () => {
    const child = sh("exec sleep 1000");
    await assert.rejects(child.waitFor("a word", 50, () => undefined), {
      message: /^no a word from sh in 50 ms/,
    });
    child.kill("SIGKILL");
    await child.exited;
  });

  it("that can't be started makes waiting and its end fail", async () => {
    const command = { file: "/nonexistent/program", args: [], shown: "none" };
    const child = new ChildProgram("none", [], { command });
    await assert.rejects(child.waitFor("a word", 60_000, () => undefined), /ended before a word/);
    await assert.rejects(child.exited, /ENOENT|No such file|not find/i);
  });
});
