/**
 * Measures how fast everything is, over real sockets between real processes, and prints a table.
 *
 *     deno task bench [--json] [--only ROW]... [--runs N] [--scale PART]
 *         [--runtime deno|bun]... [--profile FOLDER]
 *
 * `--only` takes the beginning of a row's name. With both runtimes each row is measured on one and on
 * the other, so that the table shows which is faster. Each figure is the median over the runs (3). A scale
 * below 1 does less of everything, to see whether it works; figures are then not to be trusted. With a
 * folder for profiles each process writes one when it ends, for any viewer of Chrome's CPU profiles.
 *
 * It never fails because a machine is slow: what we aim at is printed beside each figure. Compare
 * figures of the same machine only, or parts of its floors: what bare sockets and bare ciphers do there.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { machine, summarize, TABLE_HEAD, tableLines } from "../test/bench/report.ts";
import type { Row } from "../test/bench/row.ts";
import { chooseRows, runRow } from "../test/bench/rows.ts";
import { hasOtherRuntime, OWN_RUNTIME, type Runtime } from "../test/support/runtime.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    runs: { type: "string", default: "3" },
    runtime: { type: "string", multiple: true, default: [OWN_RUNTIME] },
    scale: { type: "string", default: "1" },
    profile: { type: "string" },
  },
});
const runs = positive("--runs", options.runs);
const rows = chosen(options.only);
const runtimes = options.runtime.map(runtimeOf);
const scale = {
  factor: positive("--scale", options.scale),
  profileFolder: options.profile ?? null,
};
if (scale.profileFolder !== null) mkdirSync(scale.profileFolder, { recursive: true });

const facts = machine(runtimes);
if (options.json) printJson({ machine: facts });
else {
  const { cpu, cores, memoryGb, system, load, raet } = facts;
  console.log(`${cores} × ${cpu}, ${memoryGb} GB, ${system}, load ${load}`);
  console.log(
    `raet ${raet} on ${facts.runtimes.join(" and ")}; median of ${runs}\n\n${TABLE_HEAD}`,
  );
}
const medians = { deno: new Map<string, number>(), bun: new Map<string, number>() };
for (const row of rows) {
  for (const runtime of runtimes) await measure(row, runtime);
}

async function measure(row: Row, runtime: Runtime): Promise<void> {
  try {
    const measured = await runRow(row, runs, { ...scale, runtime });
    const report = summarize(row, measured, medians[runtime], runtime);
    for (const { key } of row.figures) {
      medians[runtime].set(`${row.name}.${key}`, report.figures[key].median);
    }
    if (options.json) printJson(report);
    else console.log(tableLines(report, row.figures).join("\n"));
  } catch (error) {
    // The other rows can still be measured.
    process.exitCode = 1;
    const why = error instanceof Error ? error.message : String(error);
    if (options.json) printJson({ row: row.name, runtime, error: why });
    else console.log(`${row.name} on ${runtime}: FAILED: ${why}`);
  }
}

function printJson(value: unknown): void {
  console.log(JSON.stringify(value));
}

function chosen(only: string[]): Row[] {
  try {
    return chooseRows(only);
  } catch (error) {
    return fail((error as Error).message);
  }
}

function runtimeOf(name: string): Runtime {
  if (name !== "deno" && name !== "bun") {
    return fail(`--runtime "${name}" is not what was expected: deno or bun`);
  }
  if (name === OWN_RUNTIME || hasOtherRuntime) return name;
  return fail(`--runtime "${name}" can't be measured: expected a program of that name on PATH`);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  return fail(`${option} "${text}" is not what was expected: a number above 0`);
}

function fail(why: string): never {
  console.error(why);
  process.exit(1);
}
