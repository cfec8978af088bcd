import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
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
