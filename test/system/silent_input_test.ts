import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { Programs, RAET } from "../support/programs.ts";

describe("raet send whose input stays silent", () => {
  it("ends when it is told to, and says that there may have been more", async () => {
    await using programs = new Programs();
    await programs.up("alpha");
    const yard = await programs.attach("alpha");
    const jobs = await yard.listen("jobs");
    const words = ["--home", programs.home("alpha"), "send", "//jobs", "-", "--lines", "--json"];
    const child = spawn(RAET.file, [...RAET.args, ...words], { stdio: ["pipe", "pipe", "pipe"] });
    try {
      let out = "";
      child.stdout.on("data", (data) => out += String(data));
      child.stdin.write("1\n");
      for await (const message of jobs) {
        assert.equal(message.body, 1);
        break;
      }
      process.kill(child.pid!, "SIGTERM");
      const [exit] = await once(child, "close");
      const [row, last] = out.trimEnd().split("\n").map((line) => JSON.parse(line));
      // Its receipt may still have been on its way.
      const expected = row.delivered === 1 ? ["some_failed", 7] : ["outcome_unknown", 3];
      assert.deepEqual([row.sent, last.error.code, exit], [1, ...expected]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("a program whose input can't be read", () => {
  it("says why, and fails", async () => {
    await using programs = new Programs();
    await programs.up("alpha");
    const commands = [
      ["send", "//inbox", "-"],
      ["send", "//inbox", "-", "--as", "bytes"],
      ["send", "//inbox", "-", "--lines"],
      ["repl"],
    ];
    for (const command of commands) {
      const words = ["--home", programs.home("alpha"), ...command];
      const folder = openSync("/", "r");
      const child = spawn(RAET.file, [...RAET.args, ...words], {
        stdio: [folder, "pipe", "pipe"],
        env: { ...process.env, NO_COLOR: "1" },
      });
      closeSync(folder);
      let said = "";
      // A console says all on stdout.
      for (const stream of [child.stdout!, child.stderr!]) {
        stream.on("data", (data) => said += String(data));
      }
      const [exit] = await once(child, "close");
      const why = "raet: standard input can't be read: it is a folder\n";
      assert.deepEqual([exit, said], [1, why], command.join(" "));
    }
  });
});
