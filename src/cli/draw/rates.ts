/**
 * Rates out of counters that are read now and then: of the last second or so, and a number for each
 * second of the last minute. Pure; time is an argument.
 *
 * @module
 */

/** Seconds that are remembered. */
export const SECONDS_REMEMBERED = 60;

interface Sample {
  readonly at: number;
  readonly values: readonly number[];
}

/** How fast some counters grow. */
export class Rates {
  #samples: Sample[] = [];
  #lastSecond: Sample | null = null;
  /** the first counter's growth in each full second, the newest last */
  readonly #perSecond: number[] = [];

  /** Takes the counters as they stand. @param now milliseconds on any clock */
  add(now: number, values: readonly number[]): void {
    const last = this.#samples.at(-1);
    // Counters that went back belong to another run of the manor.
    if (last && values.some((value, i) => value < last.values[i])) {
      this.#samples = [];
      this.#lastSecond = null;
    }
    this.#samples.push({ at: now, values });
    while (this.#samples.length > 2 && now - this.#samples[1].at >= WINDOW_MS) {
      this.#samples.shift();
    }
    this.#lastSecond ??= { at: now, values };
    const elapsed = now - this.#lastSecond.at;
    if (elapsed >= 1000 - TOLERANCE_MS) {
      const growth = (values[0] - this.#lastSecond.values[0]) / elapsed * 1000;
      // A pause of ours counts for as many seconds as it took.
      const seconds = Math.min(SECONDS_REMEMBERED, Math.max(1, Math.round(elapsed / 1000)));
      for (let i = 0; i < seconds; i++) this.#perSecond.push(growth);
      this.#perSecond.splice(0, this.#perSecond.length - SECONDS_REMEMBERED);
      this.#lastSecond = { at: now, values };
    }
  }

  /** How much each counter grows in a second; zeros while that is not known. */
  get perSecond(): number[] {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last) return [];
    const ms = last.at - first.at;
    return last.values.map((value, i) => ms > 0 ? (value - first.values[i]) / ms * 1000 : 0);
  }

  /** The first counter's growth, second by second. */
  get history(): readonly number[] {
    return this.#perSecond;
  }
}

/** Over how long a rate is taken: shorter would flicker, longer would lag behind. */
const WINDOW_MS = 1_000;
/** Timers fire a little early or late. */
const TOLERANCE_MS = 60;
