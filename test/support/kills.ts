/**
 * Kills manors and a worker with SIGKILL at random moments while durable messages flow, starts them
 * again, and says in the end what was lost and what was handed over twice (docs/guarantees.md).
 */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Yard } from "../../src/client/yard.ts";
import { ChildProgram } from "../../src/io/process.ts";
import type { Outcome } from "../../src/route/outcome.ts";
import { type Manor, Programs } from "./programs.ts";
import { scriptCommand } from "./runtime.ts";

/** Who can be killed. */
export const VICTIMS = ["alpha", "beta", "worker"] as const;
export type Victim = typeof VICTIMS[number];

export interface KillOptions {
  readonly times: number;
  /** who is killed (default: all) */
  readonly victims?: readonly Victim[];
  /** the longest pause between a start and the next kill, milliseconds */
  readonly pauseMs?: number;
  readonly seed?: number;
  readonly ordered?: boolean;
  readonly say?: (line: string) => void;
}

export interface KillReport {
  readonly kills: Record<Victim, number>;
  /** messages that were sent; of them those that a manor said it has on disk, before or after a kill */
  readonly sent: number;
  readonly stored: number;
  readonly delivered: number;
  /** durable messages that were stored and never handed over */
  readonly lost: number[];
  /** those that were handed over a second time without a word that they may have been */
  readonly twice: number[];
  /** those that were said to be handed over again, as somebody who was killed may have seen them */
  readonly again: number;
  /** those of them that had been handed over before indeed */
  readonly repeated: number;
  /** messages with another outcome than delivered, though they were stored */
  readonly wrong: string[];
  /** messages that were handed over before one that was sent before them */
  readonly early: number[];
  readonly ms: number;
}

/** Messages that have no outcome yet, at the most. */
const OPEN_MAX = 400;
/** How long all may take to end once nothing is killed any more. */
const SETTLE_MS_MAX = 120_000;

/** Kills that often. */
export async function killAtRandom(options: KillOptions): Promise<KillReport> {
  await using scene = await Scene.open(options);
  return await scene.run();
}

interface Sent {
  readonly n: number;
  stored: boolean;
  outcome: Outcome | null;
}

class Scene implements AsyncDisposable {
  readonly #options: KillOptions;
  readonly #programs = new Programs();
  readonly #manors = new Map<"alpha" | "beta", Manor>();
  readonly #log: string;
  readonly #sent = new Map<string, Sent>();
  readonly #kills: Record<Victim, number> = { alpha: 0, beta: 0, worker: 0 };
  readonly #began = performance.now();
  #worker!: ChildProgram;
  #yard!: Yard;
  #sending = true;
  #seed: number;

  private constructor(options: KillOptions) {
    this.#options = options;
    this.#log = join(this.#programs.folder, "handed");
    this.#seed = options.seed ?? 1;
  }

  static async open(options: KillOptions): Promise<Scene> {
    const scene = new Scene(options);
    const { alpha, beta } = await scene.#programs.pair();
    scene.#manors.set("alpha", alpha).set("beta", beta);
    scene.#yard = await scene.#programs.attach("alpha");
    scene.#worker = scene.#startWorker();
    return scene;
  }

  async run(): Promise<KillReport> {
    const { times, victims = VICTIMS, pauseMs = 2000, say } = this.#options;
    const flow = this.#send();
    await this.#until("the first message was handed over", () => this.#handed().length > 0);
    for (let count = 1; count <= times; count++) {
      await sleep(this.#random(pauseMs));
      await this.#kill(victims[Math.floor(this.#random(victims.length))]);
      if (count % 20 === 0) say?.(`${count} kills, ${this.#sent.size} messages`);
    }
    this.#sending = false;
    await flow;
    await this.#until(
      "every message has its outcome",
      () => [...this.#sent.values()].every(({ outcome }) => outcome !== null),
    );
    return this.#report();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sending = false;
    this.#worker.kill("SIGKILL");
    await this.#worker.exited;
    await this.#programs[Symbol.asyncDispose]();
  }

  async #send(): Promise<void> {
    const open = new Set<string>();
    for (let n = 0; this.#sending;) {
      if (open.size >= OPEN_MAX) {
        await sleep(5);
        continue;
      }
      const { ordered = false } = this.#options;
      const delivery = this.#yard.send("beta//jobs", { n }, { durable: true, ordered });
      const sent: Sent = { n: n++, stored: false, outcome: null };
      this.#sent.set(delivery.id, sent);
      open.add(delivery.id);
      void delivery.stored.then((stored) => sent.stored = stored);
      void delivery.outcome.then((outcome) => {
        sent.outcome = outcome;
        open.delete(delivery.id);
      });
      // As fast as it goes it would only find out how much one machine can do.
      await sleep(n % 4 === 0 ? 4 : 0);
    }
  }

  async #kill(victim: Victim): Promise<void> {
    this.#kills[victim]++;
    if (victim === "worker") {
      this.#worker.kill("SIGKILL");
      await this.#worker.exited;
      this.#worker = this.#startWorker();
      return;
    }
    const manor = this.#manors.get(victim)!;
    await manor.end("SIGKILL");
    this.#manors.set(victim, await this.#programs.up(victim, "--listen", manor.address));
  }

  #startWorker(): ChildProgram {
    const path = resolve("test/support/kills_worker.ts");
    return new ChildProgram("worker", [this.#programs.home("beta"), this.#log], {
      command: scriptCommand(path),
    });
  }

  #handed(): { id: string; n: number; again: boolean }[] {
    if (!existsSync(this.#log)) return [];
    return readFileSync(this.#log, "utf8").trim().split("\n").map((line) => {
      const [id, n, word] = line.split(" ");
      return { id, n: Number(n), again: word === "again" };
    });
  }

  #report(): KillReport {
    const seen = new Set<string>();
    const [twice, early]: [number[], number[]] = [[], []];
    let [again, repeated, last] = [0, 0, -1];
    for (const { id, n, again: isAgain } of this.#handed()) {
      if (isAgain) {
        again++;
        if (seen.has(id)) repeated++;
      } else if (seen.has(id)) twice.push(n);
      if (!seen.has(id) && n < last) early.push(n);
      last = Math.max(last, n);
      seen.add(id);
    }
    const sent = [...this.#sent];
    const stored = sent.filter(([, { stored }]) => stored);
    return {
      kills: this.#kills,
      sent: sent.length,
      stored: stored.length,
      delivered: sent.filter(([, { outcome }]) => outcome?.status === "delivered").length,
      lost: stored.filter(([id]) => !seen.has(id)).map(([, { n }]) => n),
      twice,
      again,
      repeated,
      early,
      wrong: sent.flatMap(([id, { n, stored, outcome }]) => {
        const isGood = outcome?.status === "delivered" ? seen.has(id) : !stored && !seen.has(id);
        return isGood ? [] : [`${n} ${JSON.stringify(outcome)} ${seen.has(id) ? "" : "not "}seen`];
      }),
      ms: performance.now() - this.#began,
    };
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    const end = performance.now() + SETTLE_MS_MAX;
    while (!holds()) {
      if (performance.now() > end) {
        const open = [...this.#sent.values()].filter(({ outcome }) => outcome === null);
        const state = await this.#state().catch(String);
        throw new Error(`it was not so that ${what}; ${open.length} are open, ${state}`);
      }
      await sleep(50);
    }
  }

  /** What the manors have, for whoever looks for a fault. */
  async #state(): Promise<string> {
    const said: string[] = [`worker: ${this.#worker.errorLines.slice(-5).join(" / ")}`];
    for (const [name, { program }] of this.#manors) {
      const yard = await this.#programs.attach(name);
      const { rows } = await yard.control("durable", {});
      const counts = Map.groupBy(rows, ({ side, state }) => `${side} ${state}`);
      const states = [...counts].map(([state, { length }]) => `${length} ${state}`).join(", ");
      const estates = (await yard.control("estates", {})).rows.map(({ state, alive }) =>
        `${state}${alive ? "" : ", silent"}`
      );
      const shares = (await yard.control("shares", {})).rows.map(({ name, claimants }) =>
        `${name} by ${claimants.join()}`
      );
      const lines = program.errorLines.slice(-3).join(" / ");
      said.push(`${name}: ${states}; ${estates}; ${shares.join(", ")}; ${lines}`);
    }
    return said.join("\n");
  }

  /** A number below `max`. */
  #random(max: number): number {
    // xorshift: the same seed kills the same ones after the same pauses
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return (this.#seed >>> 0) / 2 ** 32 * max;
  }
}
