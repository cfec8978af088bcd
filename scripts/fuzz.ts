/**
 * Fuzzes everything that reads bytes from outside.
 *
 *     deno task fuzz [--cases N] [--seed S] [--only TARGET]... [--keep] [--json] [--input HEX]
 *
 * The cases (1,000,000) are parted among the targets. With `--keep` inputs with a new outcome go into the
 * corpus (test/fuzz/corpus). With `--input` the one target of `--only` gets that input and nothing else.
 * `--json` prints one object a target, and the rest to stderr.
 *
 * The exit code is 1 if anything was found; each finding is printed with the input that shows it.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { fromHex } from "../src/base/bytes.ts";
import { readCorpus, writeCorpus } from "../test/fuzz/corpus.ts";
import { Finding } from "../test/fuzz/finding.ts";
import { CORPUS_MAX, runCase, runTarget } from "../test/fuzz/run.ts";
import type { Target } from "../test/fuzz/target.ts";
import { TARGETS } from "../test/fuzz/targets.ts";

const { values: options } = parseArgs({
  options: {
    cases: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    only: { type: "string", multiple: true, default: [] },
    keep: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    input: { type: "string" },
  },
});
const cases = Number(options.cases);
const seed = Number(options.seed);
const say = options.json ? console.error : console.log;
const targets = chosen(options.only);
let found = 0;
if (options.input !== undefined) await again(targets, options.input);
else for (const target of targets) await fuzz(target);
say(`${found} findings, seed ${seed}`);
process.exitCode = found === 0 ? 0 : 1;

async function fuzz(target: Target): Promise<void> {
  const all = targets.reduce((sum, { weight }) => sum + weight, 0);
  const share = Math.ceil(cases * target.weight / all);
  const startedAt = performance.now();
  try {
    const run = await runTarget(target, readCorpus(target.name), share, seed);
    const seconds = (performance.now() - startedAt) / 1000;
    const rate = Math.round(run.cases / seconds).toLocaleString("en");
    say(
      `${target.name.padEnd(18)} ${run.cases.toLocaleString("en").padStart(9)} cases  ` +
        `${rate.padStart(9)}/s  ${String(run.byOutcome.size).padStart(5)} outcomes  ` +
        `${(100 * run.worst).toFixed(0).padStart(3)} % of the work allowed`,
    );
    const { cases: ran, byOutcome, worst } = run;
    tellJson({ target: target.name, cases: ran, findings: 0, outcomes: byOutcome.size, worst });
    if (options.keep) {
      const inputs = [...run.byOutcome.values()].sort((a, b) => a.length - b.length);
      writeCorpus(target.name, inputs.slice(0, CORPUS_MAX));
    }
  } catch (error) {
    tell(error);
    tellJson({ target: target.name, cases: 0, findings: 1, outcomes: 0, worst: 1 });
  }
}

function tellJson(value: unknown): void {
  if (options.json) console.log(JSON.stringify(value));
}

async function again([target]: Target[], hex: string): Promise<void> {
  const input = fromHex(hex);
  if (!input) throw new Error(`--input ${JSON.stringify(hex)} is not hex`);
  try {
    console.log(await runCase(target, input));
  } catch (error) {
    tell(error);
  }
}

function tell(error: unknown): void {
  if (!(error instanceof Finding)) throw error;
  found++;
  say(`FOUND ${error.message}`);
}

function chosen(only: string[]): Target[] {
  const names = TARGETS.map(({ name }) => name);
  for (const name of only) {
    if (names.includes(name)) continue;
    console.error(`no target is called "${name}": expected one of ${names.join(", ")}`);
    process.exit(1);
  }
  return TARGETS.filter(({ name }) => only.length === 0 || only.includes(name));
}
