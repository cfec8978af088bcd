/**
 * Tries two routers, with their disks and processes, through seeds of whatever can go wrong.
 *
 *     deno task routers --seeds A..B           a range; each finding prints its seed
 *     deno task routers --seeds N --steps      one seed, each step as it is taken
 *
 * The exit code is 1 if anything was found.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { runTrial } from "../test/route/trial/trial.ts";
import { Finding } from "../test/route/trial/witness.ts";

const { values: { seeds, steps } } = parseArgs({
  options: {
    seeds: { type: "string", default: "1..2000" },
    steps: { type: "boolean", default: false },
  },
});
const range = /^(\d+)(?:\.\.(\d+))?$/.exec(seeds);
if (!range) {
  console.error(`--seeds ${JSON.stringify(seeds)} is no range: expected A..B, or N`);
  process.exit(1);
}
const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])];
let found = 0;
for (let seed = from; seed <= to; seed++) {
  try {
    runTrial(seed, steps ? { onStep: (text) => console.log(text) } : {});
  } catch (error) {
    found++;
    const why = error instanceof Finding ? error.message : (error as Error).stack;
    console.log(`seed ${seed}: ${why}`);
  }
}
console.log(`${to - from + 1} seeds, ${found} findings`);
process.exitCode = found === 0 ? 0 : 1;
