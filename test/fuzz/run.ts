/**
 * Runs a target: first what is kept, then changed copies of it.
 *
 * @module
 */
import { utf8 } from "../../src/base/bytes.ts";
import { Chance } from "../sim/chance.ts";
import { Finding } from "./finding.ts";
import { mutate } from "./mutate.ts";
import type { Target, Verdict } from "./target.ts";

/** Inputs that changed copies are made of. */
const POOL_MAX = 2000;
/** Inputs kept of one target in the corpus. */
export const CORPUS_MAX = 100;
/** A case that takes longer, three times over, is a finding: no machine is slow by so much. */
const CASE_MS_MAX = 2_000;

/** What a run came to. */
export interface Run {
  readonly cases: number;
  /** the shortest input of each outcome */
  readonly byOutcome: ReadonlyMap<string, Uint8Array>;
  /** the most work that a byte caused, as a part of what is allowed */
  readonly worst: number;
}

/**
 * Runs a target on all of `kept` and then on so many changed inputs.
 *
 * @throws {Finding} at the first input that the target throws at, works too much for, or hangs on
 */
export async function runTarget(
  target: Target,
  kept: readonly Uint8Array[],
  cases: number,
  seed: number,
): Promise<Run> {
  const chance = new Chance(seed);
  const words = (target.words ?? []).map(wordBytes);
  const pool = [...target.seeds(), ...kept];
  const byOutcome = new Map<string, Uint8Array>();
  let worst = 0;
  const take = async (input: Uint8Array) => {
    const { outcome, work } = await runCase(target, input);
    worst = Math.max(worst, work / allowance(target, input));
    const known = byOutcome.get(outcome);
    if (known && known.length <= input.length) return;
    byOutcome.set(outcome, input);
    if (!known && pool.length < POOL_MAX) pool.push(input);
  };
  for (const input of [...pool]) await take(input);
  for (let i = 0; i < cases; i++) {
    await take(mutate(chance.of(pool), pool, words, target.bytesMax, chance));
  }
  return { cases: cases + kept.length, byOutcome, worst };
}

/** Runs one input. @throws {Finding} */
export async function runCase(target: Target, input: Uint8Array): Promise<Verdict> {
  const copy = input.slice();
  const startedAt = performance.now();
  const pending = run(target, copy);
  const verdict = pending instanceof Promise ? await pending : pending;
  if (performance.now() - startedAt > CASE_MS_MAX) await checkSlow(target, input);
  if (verdict.work > allowance(target, input)) {
    const allowed = allowance(target, input);
    throw new Finding(
      target.name,
      input,
      `made ${verdict.work} of it, where ${allowed} are allowed`,
    );
  }
  return verdict;
}

function run(target: Target, input: Uint8Array): Verdict | Promise<Verdict> {
  const found = (error: unknown): never => {
    const said = error instanceof Error ? error.stack ?? error.message : String(error);
    throw new Finding(target.name, input, `threw ${said}`, error);
  };
  try {
    const verdict = target.run(input);
    return verdict instanceof Promise ? verdict.catch(found) : verdict;
  } catch (error) {
    return found(error);
  }
}

/** The machine may have been busy with something else. */
async function checkSlow(target: Target, input: Uint8Array): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const startedAt = performance.now();
    await run(target, input.slice());
    times.push(performance.now() - startedAt);
  }
  const least = Math.round(Math.min(...times));
  if (least > CASE_MS_MAX) throw new Finding(target.name, input, `takes ${least} ms`);
}

function allowance(target: Target, input: Uint8Array): number {
  return target.workAtLeast + target.workPerByte * input.length;
}

/** A word whose characters are all below 256 and not all of ASCII is meant as bytes. */
function wordBytes(word: string): Uint8Array {
  const isBytes = /[\x80-\xff]/.test(word) && /^[\x00-\xff]*$/.test(word);
  return isBytes ? Uint8Array.from(word, (char) => char.charCodeAt(0)) : utf8(word);
}
