/**
 * The figures of docs/reliability.md: runs what they come from, keeps what it printed in
 * docs/reliability.json, and makes the page of it. Nobody writes a figure by hand.
 *
 *     deno task reliability                         makes the page anew
 *     deno task reliability --check                 fails if the page is another than that
 *     deno task reliability --run sim -- --seeds 1..1000 --jobs 2
 *
 * What can be run: sim, kills, fuzz, flood. What follows `--` goes to it. Runs of the simulator and of the
 * killer are kept side by side; a new run of the others takes the place of the last.
 *
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { describeRuntime } from "../src/io/runtime.ts";
import { type Kind, KINDS, pageOf, type Run } from "./reliability/page.ts";

const RECORDS = "docs/reliability.json";
const PAGE = "docs/reliability.md";

const { values: options, positionals } = parseArgs({
  options: { check: { type: "boolean", default: false }, run: { type: "string" } },
  allowPositionals: true,
});
const runs: Run[] = JSON.parse(readFileSync(RECORDS, "utf8"));
if (options.run !== undefined) {
  const kind = KINDS.find(({ name }) => name === options.run);
  if (!kind) throw new Error(`there is no "${options.run}" to run: expected ${namesOf(KINDS)}`);
  const run = await record(kind, positionals);
  const others = kind.keepsAll ? runs : runs.filter(({ of }) => of !== kind.name);
  runs.splice(0, Infinity, ...others, run);
  writeFileSync(RECORDS, JSON.stringify(runs, null, 1) + "\n");
}
const page = pageOf(runs);
if (!options.check) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, "utf8") !== page) {
  console.error(`${PAGE} is not what ${RECORDS} says: deno task reliability`);
  process.exit(1);
}

/** Runs it, and keeps each line of JSON that it prints. */
async function record(kind: Kind, given: readonly string[]): Promise<Run> {
  const args = [...kind.args, ...given];
  const { lines, code } = await output(["run", "-A", kind.script, ...args, "--json"]);
  if (lines.length === 0) throw new Error(`${kind.script} printed nothing, and ended with ${code}`);
  return {
    of: kind.name,
    command: `deno task ${[kind.task, ...args].join(" ")}`,
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    machine: `${os.availableParallelism()} × ${os.cpus()[0]?.model}, ${describeRuntime().runtime}`,
    passed: code === 0,
    printed: lines.map((line) => JSON.parse(line)),
  };
}

function output(args: string[]): Promise<{ lines: string[]; code: number | null }> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => text += part);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ lines: text.split("\n").filter((line) => line.startsWith("{")), code });
    });
  });
}

function commit(): string {
  const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
  const paths = ["--", "src", "repl", "test", "scripts"];
  const isChanged = git("status", "--porcelain", ...paths) !== "";
  return git("rev-parse", "--short", "HEAD") + (isChanged ? " with changes" : "");
}

function namesOf(kinds: readonly Kind[]): string {
  return kinds.map(({ name }) => name).join(", ");
}
