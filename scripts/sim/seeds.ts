/**
 * Ranges of seeds on a command line.
 *
 * @module
 */

/** Seeds from the first to the last. */
export interface Seeds {
  readonly from: number;
  readonly to: number;
}

/** Reads `A..B`, or one number; gives why it is neither. */
export function readSeeds(text: string): Seeds | string {
  const [, first, last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(text) ?? [];
  const seeds = { from: Number(first), to: Number(last) };
  if (seeds.from <= seeds.to) return seeds;
  return `--seeds ${text} is no range: expected A..B or one number, the lower one first`;
}
