import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import type { Readable } from "node:stream";
import { describe, it } from "node:test";
import type { Outcome } from "../../src/route/outcome.ts";
import { Programs, RAET } from "../support/programs.ts";

/** `raet listen` at a manor, with a pipe for its output that is read by nobody unless the test does. */
class UnreadListener implements AsyncDisposable {
  readonly #programs = new Programs();
  child!: ChildProcess & { stdout: Readable };
  /** Sends it what fills a pipe soon. */
  send!: () => Promise<Outcome>;

  async start(): Promise<this> {
    await this.#programs.up("alpha");
    const yard = await this.#programs.attach("alpha");
    const words = ["--home", this.#programs.home("alpha"), "listen", "jobs", "--json"];
    const child = spawn(RAET.file, [...RAET.args, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    let said = "";
    child.stderr.on("data", (data) => said += String(data));
    while (!said.includes("listening on")) await once(child.stderr, "data");
    const to = { estate: "", yard: "", share: "jobs" };
    this.send = () => yard.send(to, "x".repeat(100_000), { timeoutMs: 2_000 }).outcome;
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
    child.stdout.resume();
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
});
