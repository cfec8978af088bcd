/**
 * `poll` of the C library in threads, for Bun, whose foreign functions hold up their thread. Each poll
 * that waits has a thread; a thread that has none keeps for the next. A poll keeps the process alive
 * as it does on Deno, an idle thread doesn't, and neither holds up `process.exit`.
 *
 * The threads' program is text, because an executable has no second file to start them from.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import { Errno, type ForeignBytes } from "./libc.ts";
import { LIBRARY } from "./libc_calls.ts";

/** The address of the entries is good in each thread: all are of one process. */
const PROGRAM = `
const { parentPort } = require("node:worker_threads");
const { dlopen } = process.getBuiltinModule("bun:ffi");
const poll = { args: ["usize", "u64", "i32"], returns: "i32" };
const c = dlopen("${LIBRARY}", { poll }).symbols;
parentPort.on("message", ([entries, count, ms]) => parentPort.postMessage(c.poll(entries, count, ms)));
`;

/** Threads without a poll that are kept. */
const IDLE_MAX = 2;

/** One poll that waits; it holds its entries, so that they stay where they are. */
interface Waiting {
  readonly entries: ForeignBytes;
  readonly resolve: (ready: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Threads that poll. */
export class PollThreads {
  readonly #addressOf: (entries: ForeignBytes) => number;
  readonly #idle: PollThread[] = [];

  /** Makes none yet. */
  constructor(addressOf: (entries: ForeignBytes) => number) {
    this.#addressOf = addressOf;
  }

  /** As `Libc.poll`. */
  async poll(entries: ForeignBytes, count: number, timeoutMs: number): Promise<number> {
    const thread = this.#idle.pop() ?? new PollThread();
    const ready = await thread.poll(entries, this.#addressOf(entries), count, timeoutMs);
    if (this.#idle.length < IDLE_MAX) this.#idle.push(thread);
    else thread.end();
    // errno of another thread can't be read from here; a failed poll is one that was interrupted.
    return ready < 0 ? -Errno.interrupted : ready;
  }
}

class PollThread {
  readonly #worker = new Worker(PROGRAM, { eval: true });
  #waiting: Waiting | null = null;

  constructor() {
    this.#worker.on("message", (ready: number) => this.#taken()?.resolve(ready));
    this.#worker.on("error", (error) => this.#taken()?.reject(error));
    this.#worker.on(
      "exit",
      () => this.#taken()?.reject(new Error("a thread that polls has ended")),
    );
  }

  poll(entries: ForeignBytes, address: number, count: number, timeoutMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting = { entries, resolve, reject };
      this.#worker.ref();
      this.#worker.postMessage([address, count, timeoutMs]);
    });
  }

  end(): void {
    void this.#worker.terminate();
  }

  #taken(): Waiting | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#worker.unref();
    return waiting;
  }
}
