/**
 * Changes inputs: most of what comes out is nearly right, which is where readers have their faults.
 *
 * @module
 */
import type { Chance } from "../sim/chance.ts";

/** Numbers at the edges of the forms that numbers have. */
const EDGES = [0, 1, 0x7f, 0x80, 0x90, 0xc0, 0xc1, 0xd9, 0xdc, 0xde, 0xdf, 0xff];
/** Changes of one input. */
const STEPS_MAX = 6;

/**
 * Makes another input of one.
 *
 * @param others inputs of which parts are taken
 * @param words what means something to the reader: texts that are put in
 * @param bytesMax the longest that comes out
 */
export function mutate(
  input: Uint8Array,
  others: readonly Uint8Array[],
  words: readonly Uint8Array[],
  bytesMax: number,
  chance: Chance,
): Uint8Array {
  let result = input;
  const steps = 1 + chance.below(chance.below(STEPS_MAX) + 1);
  for (let i = 0; i < steps; i++) result = step(result, others, words, chance);
  return result.length > bytesMax ? result.slice(0, bytesMax) : result;
}

function step(
  input: Uint8Array,
  others: readonly Uint8Array[],
  words: readonly Uint8Array[],
  chance: Chance,
): Uint8Array {
  const at = chance.below(input.length + 1);
  const length = Math.min(input.length - at, span(chance));
  switch (chance.below(words.length > 0 ? 11 : 9)) {
    case 0:
      return changed(input, at, (byte) => byte ^ (1 << chance.below(8)));
    case 1:
      return changed(input, at, () => chance.below(256));
    case 2:
      return changed(input, at, () => chance.of(EDGES));
    case 3:
      return changed(input, at, (byte) => byte + chance.of([-1, 1, 16, -16]));
    case 4:
      return spliced(input, at, length, NOTHING);
    case 5:
      return spliced(input, at, 0, chance.bytes(span(chance)));
    case 6:
      return spliced(input, at, 0, repeated(input.subarray(at, at + length), chance));
    case 7: {
      const other = chance.of(others);
      const from = chance.below(other.length + 1);
      const part = other.subarray(from, from + span(chance));
      return spliced(input, at, chance.below(2) * Math.min(part.length, input.length - at), part);
    }
    case 8:
      return input.slice(0, at);
    default:
      return spliced(input, at, chance.below(2) * length, chance.of(words));
  }
}

const NOTHING = new Uint8Array(0);

/** Mostly short, now and then long. */
function span(chance: Chance): number {
  return 1 + chance.below(chance.of([1, 2, 4, 8, 16, 64, 512]));
}

function repeated(part: Uint8Array, chance: Chance): Uint8Array {
  const times = 1 + chance.below(chance.of([1, 1, 4, 32]));
  const whole = new Uint8Array(part.length * times);
  for (let i = 0; i < times; i++) whole.set(part, i * part.length);
  return whole;
}

function changed(input: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const result = input.slice();
  if (at < result.length) result[at] = change(result[at]);
  return result;
}

function spliced(
  input: Uint8Array,
  at: number,
  removed: number,
  part: Uint8Array,
): Uint8Array {
  const result = new Uint8Array(input.length - removed + part.length);
  result.set(input.subarray(0, at));
  result.set(part, at);
  result.set(input.subarray(at + removed), at + part.length);
  return result;
}
