/** Runs seeds in a test, a few at a time so that it is never silent for long. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { runSeed, type TrialOptions } from "./trial.ts";

const SEEDS_AT_ONCE = 10;

/** Defines tests that run seeds, the first and the last included. */
export function testSeeds(first: number, last: number, options: TrialOptions = {}): void {
  for (let from = first; from <= last; from += SEEDS_AT_ONCE) {
    const to = Math.min(last, from + SEEDS_AT_ONCE - 1);
    it(`holds in seeds ${from} to ${to}`, async () => {
      for (let seed = from; seed <= to; seed++) {
        const { finding } = await runSeed(seed, options);
        const how = (options.attacked ? " --attacked" : "") + (options.durable ? " --durable" : "");
        const again = `deno task sim --seeds ${seed}${how} --steps`;
        assert.equal(finding, null, `${again}: ${finding?.checker}: ${finding?.text}`);
      }
    });
  }
}
