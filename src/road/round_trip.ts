/**
 * How long a remote takes to answer, smoothed, and from it how long to wait before asking again (the
 * estimator of RFC 6298 with a much lower floor: a LAN answers in under a millisecond).
 *
 * @module
 */

/** A running estimate of one remote's round-trip time. */
export class RoundTrip {
  #smoothed = -1;
  #variation = 0;

  /** Smoothed, in ms; null before the first sample. */
  get ms(): number | null {
    return this.#smoothed < 0 ? null : this.#smoothed;
  }

  /** Takes a sample, in ms: only of packets that were sent once, or it says nothing. */
  sample(ms: number): void {
    if (this.#smoothed < 0) {
      this.#smoothed = ms;
      this.#variation = ms / 2;
      return;
    }
    this.#variation += (Math.abs(this.#smoothed - ms) - this.#variation) / 4;
    this.#smoothed += (ms - this.#smoothed) / 8;
  }

  /** How long to wait for an answer, within bounds; `unknown` before the first sample. */
  timeout(unknown: number, min: number, max: number): number {
    if (this.#smoothed < 0) return unknown;
    return Math.min(max, Math.max(min, this.#smoothed + 4 * this.#variation));
  }

  /** The address changed, so everything may be different. */
  reset(): void {
    this.#smoothed = -1;
  }
}
