/**
 * Runs seeds of the simulator.
 *
 *     deno task sim --seeds A..B [--chaos SECONDS]   a range; ends with the first finding's seed
 *     deno task sim --seeds N --steps                one seed, each step as it is taken
 *     deno task sim --seeds N --trace                the same with every datagram and what manors log
 *     deno task sim --seeds A..B --all               goes on after a finding
 *     deno task sim --seeds A..B --attacked          with somebody on the network in every seed
 *     deno task sim --seeds A..B --durable           programs send durable and ordered messages, too
 *     deno task sim --seeds A..B --jobs N            in so many processes
 *     deno task sim --seeds A..B --json              ends with one object for scripts; the rest to stderr
 *
 * A seed is the whole of it: the same seed at the same commit takes the same steps. The exit code is 1
 * if anything was found.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Report, runSeed, type TrialOptions } from "../test/sim/trial.ts";
import { type OnReport, runJobs } from "./sim/jobs.ts";
import { readSeeds } from "./sim/seeds.ts";
import { addReport, noTotals, totalsText } from "./sim/totals.ts";
import { traced } from "./sim/trace.ts";

const options = readOptions();
if (options.worker) await work(options.worker);
else process.exitCode = await lead() === 0 ? 0 : 1;

/** Runs all seeds and tells how it went. @returns how many findings there were */
async function lead(): Promise<number> {
  const began = performance.now();
  const totals = noTotals();
  const onReport: OnReport = (report) => {
    addReport(totals, report);
    if (report.finding !== null) tell(report);
    return report.finding === null || options.all;
  };
  if (options.jobs > 1) {
    await runJobs(fileURLToPath(import.meta.url), process.argv.slice(2), options.jobs, onReport);
  } else await runEach({ k: 0, of: 1 }, onReport);
  totals.seconds = (performance.now() - began) / 1000;
  if (options.json) {
    const { from, to, attacked = false, durable } = options;
    console.log(JSON.stringify({ from, to, attacked, durable, commit: commit(), ...totals }));
  } else console.log(totalsText(totals));
  return totals.findings;
}

/** One of several processes: a report a line, for `runJobs`. */
async function work(part: Part): Promise<void> {
  await runEach(part, (report) => {
    console.log(JSON.stringify(report));
    return true;
  });
}

async function runEach({ k, of }: Part, onReport: OnReport): Promise<void> {
  const { steps, trace, chaosMs, attacked, durable } = options;
  const trial: TrialOptions = {
    onStep: steps ? (text) => console.log(text) : undefined,
    prepare: trace ? traced : undefined,
    chaosMs,
    attacked,
    durable,
  };
  for (let seed = options.from + k; seed <= options.to; seed += of) {
    if (!onReport(await runSeed(seed, trial))) return;
  }
}

function tell({ seed, finding, faults, digest }: Report): void {
  const { checker, text, step, at } = finding!;
  const say = options.json ? console.error : console.log;
  say(`seed ${seed} at commit ${commit()}: ${checker}: ${text}`);
  say(`  after step ${step}, ${(at / 1000).toFixed(3)} s; digest ${digest}`);
  say(`  faults: ${faults.join(", ") || "none"}`);
  const how = (options.attacked ? " --attacked" : "") + (options.durable ? " --durable" : "") +
    (options.chaosMs === undefined ? "" : ` --chaos ${options.chaosMs / 1000}`);
  say(`  again, step by step: deno task sim --seeds ${seed}${how} --steps`);
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { encoding: "utf8", stdio: "pipe" }).trim();
    const isChanged = git("status", "--porcelain", "--untracked-files=no") !== "";
    return git("rev-parse", "--short", "HEAD") + (isChanged ? " with changes" : "");
  } catch {
    return "unknown";
  }
}

/** Every so-manieth seed. */
interface Part {
  readonly k: number;
  readonly of: number;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1..200" },
      chaos: { type: "string" },
      jobs: { type: "string", default: "1" },
      worker: { type: "string" },
      steps: { type: "boolean", default: false },
      trace: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      attacked: { type: "boolean" },
      durable: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const seeds = readSeeds(values.seeds);
  if (typeof seeds === "string") refuse(seeds);
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) {
    refuse(`--jobs ${values.jobs} is no number of processes: expected 1 or more`);
  }
  const steps = values.steps || values.trace;
  if (steps && jobs > 1) refuse("--steps of several processes can't be read: expected --jobs 1");
  const chaosMs = values.chaos === undefined ? undefined : Number(values.chaos) * 1000;
  if (Number.isNaN(chaosMs)) refuse(`--chaos ${values.chaos} is no number: expected seconds`);
  const part = /^(\d+)\/(\d+)$/.exec(values.worker ?? "");
  return {
    ...seeds,
    ...{ jobs, steps, trace: values.trace, all: values.all, json: values.json },
    ...{ attacked: values.attacked, durable: values.durable, chaosMs },
    worker: part && { k: Number(part[1]), of: Number(part[2]) },
  };
}

function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}
