/**
 * Unix time to the microsecond: the clock that never goes back, put beside the date. Packets of one
 * trace keep their order and distances, whatever is done to the system's date meanwhile.
 *
 * @module
 */
import type { Clock } from "../io/clock.ts";

/** A step of the date below this is the date's own coarseness, and is not followed. */
const STEP_MS_MIN = 20;

/** Dates of moments on the clock. */
export class WallTime {
  readonly #clock: Pick<Clock, "now" | "date">;
  #offset: number;

  constructor(clock: Pick<Clock, "now" | "date">) {
    this.#clock = clock;
    this.#offset = clock.date() - clock.now();
  }

  /** Unix time in milliseconds of a moment of the clock. */
  at(now: number): number {
    const offset = this.#clock.date() - this.#clock.now();
    if (Math.abs(offset - this.#offset) > STEP_MS_MIN) this.#offset = offset;
    return now + this.#offset;
  }
}
