/**
 * The gate's share of fuzzing: every kept input, then new ones. `deno task fuzz` does more of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import process from "node:process";
import { utf8 } from "../../src/base/bytes.ts";
import { readCorpus } from "./corpus.ts";
import { Finding } from "./finding.ts";
import { runCase, runTarget } from "./run.ts";
import type { Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** Cases of all targets together. */
const CASES = Number(process.env.RAET_FUZZ_CASES ?? 1_000_000);
/** Another one each day, so that the gate finds what it has not found yet; a finding prints its input. */
const SEED = Math.floor(Date.now() / 86_400_000);
const WEIGHTS = TARGETS.reduce((sum, { weight }) => sum + weight, 0);
/** What a target may hold on to in the end, whatever it was given. */
const GROWTH_BYTES_MAX = 24 * 1024 * 1024;

describe(`fuzzing with ${CASES.toLocaleString("en")} cases, seed ${SEED}`, () => {
  for (const target of TARGETS) {
    it(`finds nothing in ${target.name}`, async () => {
      const cases = Math.ceil(CASES * target.weight / WEIGHTS);
      const kept = readCorpus(target.name);
      assert.ok(kept.length > 0, `expected a corpus of ${target.name}: deno task fuzz --keep`);
      await runTarget(target, kept, Math.ceil(cases / 5), SEED);
      const before = heldBytes();
      await runTarget(target, [], Math.ceil(cases * 4 / 5), SEED + 1);
      const growth = heldBytes() - before;
      assert.ok(growth < GROWTH_BYTES_MAX, `${target.name} holds ${growth} bytes more than before`);
    });
  }
});

describe("the fuzzer", () => {
  const target: Target = {
    name: "planted",
    weight: 1,
    bytesMax: 20,
    workPerByte: 1,
    workAtLeast: 10,
    seeds: () => [utf8("abcd")],
    run(input) {
      if (input[1] === 0x7f) throw new TypeError("planted");
      return { outcome: `${input.length}`, work: input[0] === 0xff ? 1000 : 1 };
    },
  };

  it("finds a fault that one byte leads to, and tells the input", async () => {
    await assert.rejects(runTarget(target, [], 100_000, 1), (error) => {
      assert.ok(error instanceof Finding);
      assert.match(error.message, /planted: (?:threw TypeError|made 1000 of it, where \d+ are)/);
      return true;
    });
  });

  it("takes too much work for an input as a fault", async () => {
    await assert.rejects(
      async () => await runCase(target, Uint8Array.of(255, 0)),
      /made 1000 of it/,
    );
  });

  it("does the same again for the same seed", async () => {
    const quiet: Target = { ...target, run: (input) => ({ outcome: `${input.join()}`, work: 0 }) };
    const runs = [await runTarget(quiet, [], 500, 9), await runTarget(quiet, [], 500, 9)];
    assert.deepEqual([...runs[0].byOutcome.keys()], [...runs[1].byOutcome.keys()]);
  });
});

/** Memory in use after a collection of garbage; scripts/test.ts has the runtime offer one. */
function heldBytes(): number {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(now: boolean): void } };
  assert.ok(gc ?? Bun, "expected a runtime that was started with --expose-gc");
  if (Bun) Bun.gc(true);
  else gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
