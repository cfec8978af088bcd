import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { describe, it } from "node:test";
import { Programs, RAET } from "../support/programs.ts";

describe("raet listen whose output nobody reads", () => {
  it("takes no more messages than a pipe and its own buffer hold, and goes on when it is read", async () => {
    await using programs = new Programs();
    await programs.up("alpha");
    const yard = await programs.attach("alpha");
    const words = ["--home", programs.home("alpha"), "listen", "jobs", "--json"];
    const child = spawn(RAET.file, [...RAET.args, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    try {
      let said = "";
      child.stderr.on("data", (data) => said += String(data));
      while (!said.includes("listening on")) await once(child.stderr, "data");
      const to = { estate: "", yard: "", share: "jobs" };
      const body = "x".repeat(100_000);
      const send = () => yard.send(to, body, { timeoutMs: 2_000 }).outcome;
      const outcomes = await Promise.all(Array.from({ length: 60 }, send));
      const taken = outcomes.filter(({ status }) => status === "delivered").length;
      assert.ok(taken < 30, `${taken} were acknowledged`);
      child.stdout.resume();
      while ((await send()).status !== "delivered");
      process.kill(child.pid!, "SIGTERM");
      assert.deepEqual(await once(child, "close"), [0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("ends when it is told to, though nobody reads what it printed", async () => {
    await using programs = new Programs();
    await programs.up("alpha");
    const yard = await programs.attach("alpha");
    const words = ["--home", programs.home("alpha"), "listen", "jobs", "--json"];
    const child = spawn(RAET.file, [...RAET.args, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    try {
      let said = "";
      child.stderr.on("data", (data) => said += String(data));
      while (!said.includes("listening on")) await once(child.stderr, "data");
      const to = { estate: "", yard: "", share: "jobs" };
      const send = () => yard.send(to, "x".repeat(100_000), { timeoutMs: 2_000 }).outcome;
      while ((await send()).status === "delivered");
      process.kill(child.pid!, "SIGTERM");
      await once(child, "exit");
      assert.equal(child.exitCode, 0);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
