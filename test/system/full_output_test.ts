import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Programs, RAET } from "../support/programs.ts";

const FULL = "/dev/full"; // whatever is written there finds the disk full
const skip = existsSync(FULL) ? false : `there is no ${FULL}`;

/** A program of which stdout or stderr is a file on a full disk; what it says on the other one is kept. */
function start(args: readonly string[], full: "out" | "err", input = "") {
  const fd = openSync(FULL, "w");
  const [out, err] = full === "out" ? [fd, "pipe" as const] : ["pipe" as const, fd];
  const env = { ...process.env, NO_COLOR: "1" };
  const child = spawn(RAET.file, [...RAET.args, ...args], { stdio: ["pipe", out, err], env });
  closeSync(fd);
  child.stdin!.end(input);
  const said = { text: "" };
  (full === "out" ? child.stderr : child.stdout)!.on("data", (data) => said.text += String(data));
  return { child, said, ended: once(child, "close").then(([code, signal]) => code ?? signal) };
}

describe("a program whose output is on a full disk", { skip }, () => {
  it("gives its exit code also where nothing can be said on stderr", async () => {
    assert.equal(await start(["help", "exit-codes"], "err").ended, 0);
    assert.equal(await start(["nonsense"], "err").ended, 1);
  });

  it("gives its own failure and exit code where JSON can't say it", async () => {
    const { ended, said } = start(["--json", "--home", "/nonexistent", "keys"], "out");
    assert.equal(await ended, 6);
    assert.match(said.text, /^raet: no manor is running .*\nraet: standard output can't be .*\n$/);
  });

  it("does not run a manor of which nobody is told that it is ready", async () => {
    await using programs = new Programs();
    const up = ["--home", programs.home("alpha"), "up", "--listen", "127.0.0.1:0", "--json"];
    const { child, ended, said } = start(up, "out");
    try {
      assert.equal(await ended, 1);
      assert.match(said.text, /^raet: standard output can't be written: .*\n$/);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("runs a manor on without its log, and ends when it is told to; its console says so", async () => {
    await using programs = new Programs();
    const home = programs.home("alpha");
    const up = ["--home", home, "up", "--name", "alpha", "--listen", "127.0.0.1:0"];
    const { child, ended } = start(up, "err");
    try {
      let exit = 6; // no_manor: not yet
      while (exit === 6 && child.exitCode === null) {
        exit = (await programs.run("alpha", ["yards"])).exit;
        if (exit === 6) await sleep(100);
      }
      assert.equal(exit, 0);
      const console = start(["--home", home, "repl"], "out", "stats\nestates\n");
      assert.equal(await console.ended, 1);
      assert.match(console.said.text, /^raet: standard output can't be written: .*\n$/);
      process.kill(child.pid!, "SIGTERM"); // Deno takes any end after child.kill() for one by the signal
      assert.equal(await ended, 0);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
