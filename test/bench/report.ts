/**
 * What the bench prints: for each figure its median, its span, what we aim at, and how much of what
 * this machine can do it is.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { VERSION } from "../../src/cli/version.ts";
import { describeRuntime } from "../../src/io/runtime.ts";
import { OWN_RUNTIME, type Runtime } from "../support/runtime.ts";
import type { Figure, Figures, Row } from "./row.ts";

/** A figure over the runs. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly aim?: number;
  /** how near it comes to its floor, 1 for as good */
  readonly ofFloor?: number;
}

/** A row over the runs. */
export interface RowReport {
  readonly row: string;
  readonly runtime: Runtime;
  readonly about: string;
  readonly runs: number;
  readonly figures: Record<string, Summary>;
}

/** Where and by what was measured. */
export interface MachineReport {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  /** processes that wanted a core when the bench began: those of others slow it down */
  readonly load: number;
  readonly raet: string;
  /** what the measured processes ran on, with versions */
  readonly runtimes: readonly string[];
}

/** Sums up the runs of a row. @param floors medians of the rows before on that runtime, by `ROW.KEY` */
export function summarize(
  row: Row,
  measured: readonly Figures[],
  floors: ReadonlyMap<string, number>,
  runtime: Runtime = OWN_RUNTIME,
): RowReport {
  const figures = row.figures.map((figure) => {
    const values = measured.map((run) => run[figure.key]).sort((a, b) => a - b);
    const median = middle(values);
    const floor = figure.floor === undefined ? undefined : floors.get(figure.floor);
    const ofFloor = floor && (figure.lessIsBetter ? floor / median : median / floor);
    const { unit, aim } = figure;
    return [figure.key, {
      median,
      min: values[0],
      max: values[values.length - 1],
      unit,
      aim,
      ofFloor,
    }] as const;
  });
  const runs = measured.length;
  return { row: row.name, runtime, about: row.about, runs, figures: Object.fromEntries(figures) };
}

/** A row as lines of the table. */
export function tableLines(report: RowReport, figures: readonly Figure[]): string[] {
  const lines = figures.map(({ key, lessIsBetter }) => {
    const { median, min, max, unit, aim, ofFloor } = report.figures[key];
    const sign = lessIsBetter ? "<" : ">";
    const cells = [
      "",
      number(median).padStart(9),
      unit.padEnd(30),
      report.runs > 1 ? `${number(min)}-${number(max)}`.padEnd(17) : "",
      (aim === undefined ? "" : `${sign} ${number(aim)}`).padEnd(9),
      ofFloor === undefined ? "" : `${Math.round(ofFloor * 100)} %`,
    ];
    return cells.join("  ").trimEnd();
  });
  return [`${report.row} on ${report.runtime}: ${report.about}`, ...lines];
}

/** What stands above the table. */
export const TABLE_HEAD: string = ["", "   median", "unit".padEnd(30), "min-max".padEnd(17)]
  .concat("aim".padEnd(9), "of this machine's floor").join("  ");

/** This machine and what is measured on it. */
export function machine(runtimes: readonly Runtime[]): MachineReport {
  return {
    cpu: os.cpus()[0]?.model ?? "unknown",
    cores: os.availableParallelism(),
    memoryGb: Math.round(os.totalmem() / 1e8) / 10,
    system: `${os.type()} ${os.release()}`,
    load: loadNow(),
    raet: VERSION,
    runtimes: runtimes.map(describe),
  };
}

function describe(runtime: Runtime): string {
  if (runtime === OWN_RUNTIME) return describeRuntime().runtime;
  const said = execFileSync(runtime, ["--version"], { encoding: "utf8" });
  return `${runtime} ${/\d+\.\d+\.\d+/.exec(said)?.[0]}`;
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Three digits that count. */
function number(value: number): string {
  if (value >= 99.95) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3).replace(/\.?0+$/, "");
}

function loadNow(): number {
  try {
    return Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);
  } catch {
    return os.loadavg()[0];
  }
}
