/**
 * Percentiles of many times in bounded memory: past the bound a fair sample is kept of them.
 *
 * @module
 */

const KEPT_MAX = 1_000_000;

/** Times in milliseconds. */
export class Percentiles {
  #kept: number[] = [];
  #sorted = false;
  #count = 0;
  #max = 0;
  #min = Infinity;

  /** How many were added. */
  get count(): number {
    return this.#count;
  }

  /** Adds one. */
  add(ms: number): void {
    this.#count++;
    this.#max = Math.max(this.#max, ms);
    this.#min = Math.min(this.#min, ms);
    this.#sorted = false;
    if (this.#kept.length < KEPT_MAX) this.#kept.push(ms);
    else {
      const place = Math.floor(Math.random() * this.#count);
      if (place < KEPT_MAX) this.#kept[place] = ms;
    }
  }

  /** The time that this part of all did not exceed, from 0 (the least) to 1 (the most). */
  at(part: number): number {
    if (this.#count === 0) return 0;
    if (part <= 0) return rounded(this.#min);
    if (part >= 1) return rounded(this.#max);
    if (!this.#sorted) this.#kept.sort((a, b) => a - b);
    this.#sorted = true;
    return rounded(this.#kept[Math.ceil(part * this.#kept.length) - 1]);
  }

  /** Forgets all. */
  clear(): void {
    this.#kept = [];
    this.#count = 0;
    this.#max = 0;
    this.#min = Infinity;
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
