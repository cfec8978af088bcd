/**
 * The one source of chance of a simulation or of fuzzing: a stream that depends on the seed alone.
 *
 * @module
 */
import { seededChance } from "../support/sim_road.ts";

/** Draws. */
export class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededChance(seed);
    // Neighbouring seeds begin alike.
    for (let i = 0; i < 8; i++) this.#next();
  }

  /** From 0 up to, and without, 1. */
  share(): number {
    return this.#next();
  }

  /** Whether something that happens in that share of all cases does now. */
  is(share: number): boolean {
    return this.#next() < share;
  }

  /** A number from the first up to, and without, the second. */
  between(low: number, high: number): number {
    return low + (high - low) * this.#next();
  }

  /** A whole number from 0 up to, and without, n. */
  below(n: number): number {
    return Math.floor(n * this.#next());
  }

  /** One of them. */
  pick<T>(...values: readonly T[]): T {
    return this.of(values);
  }

  /** One of a list that is not empty. */
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)];
  }

  /** A waiting time whose mean is that; seldom much longer. */
  about(mean: number): number {
    return -mean * Math.log(1 - this.#next());
  }

  /** A stream of its own, so that more draws here don't move those there. */
  branch(): Chance {
    return new Chance(Math.floor(0x1_0000_0000 * this.#next()));
  }

  /** Bytes. */
  readonly bytes = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = 256 * this.#next();
    return bytes;
  };
}
