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
import { readSeeds } from "./sim/seeds.ts";

const { values: { seeds, steps } } = parseArgs({
  options: {
    seeds: { type: "string", default: "1..2000" },
    steps: { type: "boolean", default: false },
  },
});
const range = readSeeds(seeds);
if (typeof range === "string") {
  console.error(range);
  process.exit(1);
}
const { from, to } = range;
const began = performance.now();
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
const count = to - from + 1;
const seconds = (performance.now() - began) / 1000;
const rate = Math.round(count / seconds);
console.log(`${count} seeds, ${found} findings in ${seconds.toFixed(1)} s, ${rate} a second`);
process.exitCode = found === 0 ? 0 : 1;
