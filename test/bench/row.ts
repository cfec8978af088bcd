/**
 * What a row of the bench is: some workers, something that they are told to do, and figures.
 *
 * @module
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Runtime } from "../support/runtime.ts";
import type { Commands, Usage } from "./commands.ts";
import { Worker } from "./worker.ts";

/** One thing that is measured. */
export interface Figure {
  /** its name in JSON */
  readonly key: string;
  /** what it is, for people */
  readonly unit: string;
  /** what we want of it, if anything, in its unit */
  readonly aim?: number;
  /** whether less of it is better (default: more is) */
  readonly lessIsBetter?: boolean;
  /** a figure that can't be passed on this machine, as `ROW.KEY`: the figure is also given as a part of it */
  readonly floor?: string;
}

/** What a run measured, by the keys of the figures. */
export type Figures = Record<string, number>;

/** How much a row does. */
export interface Scale {
  /** one for figures that count; less to see whether it works at all */
  readonly factor: number;
  /** what workers run on */
  readonly runtime: Runtime;
  /** where workers write CPU profiles; null for none */
  readonly profileFolder: string | null;
}

/** A row of the table. */
export interface Row {
  readonly name: string;
  /** what is done, for people */
  readonly about: string;
  readonly figures: readonly Figure[];
  /** Starts its workers and warms them up. */
  open(stage: Stage): Promise<() => Promise<Figures>>;
}

/** Where a row plays: its workers and a folder, all gone at its end. */
export class Stage implements AsyncDisposable {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), "raet-bench-")));
  readonly #scale: Scale;
  readonly #workers: AsyncDisposable[] = [];

  constructor(scale: Scale) {
    this.#scale = scale;
  }

  /** A number of things to do, as many as the scale makes of it. */
  count(full: number, least: number = 1): number {
    return Math.max(least, Math.round(full * this.#scale.factor));
  }

  /** Starts a worker. */
  worker<C extends Commands>(name: string): Worker<C> {
    const worker = new Worker<C>(name, this.#scale);
    this.#workers.push(worker);
    return worker;
  }

  /** Ends all. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Microseconds of a core that a worker used between two looks. */
export function cpuMicros(before: Usage, after: Usage): number {
  return (after.cpuMs - before.cpuMs) * 1000;
}

/** Percent of a core that a worker used between two looks. */
export function cpuPercent(before: Usage, after: Usage): number {
  return 100 * (after.cpuMs - before.cpuMs) / (after.atMs - before.atMs);
}
