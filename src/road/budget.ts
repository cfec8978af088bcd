/**
 * How often something may be done that anybody can ask for: a burst, and then so many a second. A
 * join bears no signature and ends in files that are on disk before the next packet is read, so who
 * sends thousands would hold up everybody else.
 *
 * @module
 */

/** What may be spent. */
export class Budget {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at = -Infinity;

  /** Begins with the whole burst. */
  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
  }

  /** Spends one; false if nothing is left. @param now milliseconds */
  take(now: number): boolean {
    const earned = Math.max(0, now - this.#at) * this.#perSecond / 1000;
    this.#left = Math.min(this.#burst, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
