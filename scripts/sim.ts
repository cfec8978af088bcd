/**
 * Runs seeds of the simulator.
 *
 *     deno task sim --seeds A..B [--chaos SECONDS]   a range; ends with the first finding's seed
 *     deno task sim --seeds N --steps                one seed, each step as it is taken
 *     deno task sim --seeds N --trace                the same with every log line of the manors
 *     deno task sim --seeds A..B --all               goes on after a finding
 *     deno task sim --seeds A..B --attacked          with somebody on the network in every seed
 *
 * A seed is the whole of it: the same seed at the same commit takes the same steps.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { type Report, runSeed } from "../test/sim/trial.ts";

const { from, to, steps, all, chaosMs, attacked } = readArguments(process.argv.slice(2));
const began = performance.now();
const totals: Record<string, number> = {};
let found = 0;
let virtualMs = 0;
for (let seed = from; seed <= to; seed++) {
  const report = await run(seed);
  virtualMs += report.virtualMs;
  add("steps", report.steps);
  add("datagrams", report.datagrams);
  add("messages", report.messages);
  for (const [told, count] of Object.entries(report.told)) add(told, count);
  if (report.finding === null) continue;
  found++;
  tell(report);
  if (!all) break;
}
const seconds = (performance.now() - began) / 1000;
console.log(
  `${to - from + 1} seeds, ${found} findings, ${
    (virtualMs / 1000).toFixed(0)
  } virtual seconds in ` +
    `${seconds.toFixed(1)} s; ${Object.entries(totals).map(([k, n]) => `${k} ${n}`).join(", ")}`,
);
process.exitCode = found === 0 ? 0 : 1;

async function run(seed: number): Promise<Report> {
  const onStep = steps ? (text: string) => console.log(text) : undefined;
  return await runSeed(seed, { onStep, chaosMs, attacked });
}

function tell({ seed, finding, faults, digest }: Report): void {
  const { checker, text, step, at } = finding!;
  console.log(`seed ${seed} at commit ${commit()}: ${checker}: ${text}`);
  console.log(`  after step ${step}, ${(at / 1000).toFixed(3)} s; digest ${digest}`);
  console.log(`  faults: ${faults.join(", ") || "none"}`);
  console.log(`  again, step by step: deno task sim --seeds ${seed} --steps`);
}

function commit(): string {
  try {
    const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
    const isChanged = git("status", "--porcelain", "--untracked-files=no") !== "";
    return git("rev-parse", "--short", "HEAD") + (isChanged ? " with changes" : "");
  } catch {
    return "unknown";
  }
}

function add(name: string, count: number): void {
  totals[name] = (totals[name] ?? 0) + count;
}

function readArguments(args: string[]) {
  const valueOf = (name: string) => {
    const at = args.indexOf(name);
    return at < 0 ? undefined : args[at + 1];
  };
  const seeds = /^(\d+)(?:\.\.(\d+))?$/.exec(valueOf("--seeds") ?? "1..200");
  const chaos = valueOf("--chaos");
  if (!seeds) {
    console.error(`--seeds ${valueOf("--seeds")} is no range: expected A..B or one number`);
    process.exit(1);
  }
  return {
    from: Number(seeds[1]),
    to: Number(seeds[2] ?? seeds[1]),
    steps: args.includes("--steps") || args.includes("--trace"),
    all: args.includes("--all"),
    attacked: args.includes("--attacked") ? true : undefined,
    chaosMs: chaos === undefined ? undefined : Number(chaos) * 1000,
  };
}
