import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Yard } from "../../src/client/yard.ts";
import type { Outcome } from "../../src/route/outcome.ts";
import { Programs, RAET } from "../support/programs.ts";
import { UnreadPipe } from "../support/unread_pipe.ts";

/** `raet listen` at a manor, whose output goes to a pipe that is read by nobody unless the test does. */
class UnreadListener implements AsyncDisposable {
  readonly #programs = new Programs();
  child!: ChildProcess;
  yard!: Yard;
  /** Sends it what fills a pipe soon. */
  send!: () => Promise<Outcome>;

  async start(out: number | "pipe" = "pipe"): Promise<this> {
    await this.#programs.up("alpha");
    const yard = this.yard = await this.#programs.attach("alpha");
    const words = ["--home", this.#programs.home("alpha"), "listen", "jobs", "--json"];
    const child = spawn(RAET.file, [...RAET.args, ...words], { stdio: ["ignore", out, "pipe"] });
    this.child = child;
    let said = "";
    child.stderr!.on("data", (data) => said += String(data));
    while (!said.includes("listening on")) await once(child.stderr!, "data");
    this.send = () => yard.send("//jobs", "x".repeat(100_000), { timeoutMs: 2_000 }).outcome;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child?.kill("SIGKILL");
    await this.#programs[Symbol.asyncDispose]();
  }
}

describe("raet listen whose output nobody reads", () => {
  it("takes no more messages than a pipe and its own buffer hold, and goes on when it is read", async () => {
    await using listener = new UnreadListener();
    const { child, send } = await listener.start();
    const outcomes = await Promise.all(Array.from({ length: 60 }, send));
    const taken = outcomes.filter(({ status }) => status === "delivered").length;
    assert.ok(taken < 30, `${taken} were acknowledged`);
    child.stdout!.resume();
    while ((await send()).status !== "delivered");
    process.kill(child.pid!, "SIGTERM");
    assert.deepEqual(await once(child, "close"), [0, null]);
  });

  it("ends when it is told to, though nobody reads what it printed", async () => {
    await using listener = new UnreadListener();
    const { child, send } = await listener.start();
    while ((await send()).status === "delivered");
    process.kill(child.pid!, "SIGTERM");
    await once(child, "exit");
    assert.equal(child.exitCode, 0);
  });

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    it(`is done with no durable message that its reader can't get any more after ${signal}`, async () => {
      using pipe = new UnreadPipe();
      await using listener = new UnreadListener();
      const { child, yard } = await listener.start(pipe.writeEnd);
      const delivered: number[] = [];
      for (let number = 0;; number++) {
        const { outcome } = yard.send("//jobs", [number, "x".repeat(5_000)], { durable: true });
        if (!await Promise.race([outcome, sleep(2_000)])) break;
        delivered.push(number);
      }
      assert.ok(delivered.length > 0);
      process.kill(child.pid!, signal);
      await once(child, "exit");
      const printed = pipe.read().split("\n").filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line).body[0]);
      const lost = delivered.filter((number) => !printed.includes(number));
      assert.deepEqual(lost, [], `of ${delivered.length} that ended delivered`);
      const jobs = await yard.listen("jobs");
      const { value: message } = await jobs.next();
      assert.deepEqual([message.body[0], message.redelivered], [delivered.length, true]);
    });
  }
});
