/**
 * One timer for many deadlines: it is set to the earliest, and never set again just to be later.
 *
 * @module
 */
import type { Clock } from "../io/clock.ts";

/** Calls back when the time that was last asked for has come. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #callOff: (() => void) | undefined;
  #armedFor = Infinity;

  /** @param ring called at the time asked for, or somewhat earlier */
  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Makes sure that it rings by then; Infinity asks for nothing. */
  setFor(deadline: number): void {
    // A timer that rings too early costs one look; setting it anew for each message costs more.
    if (deadline >= this.#armedFor) return;
    this.#callOff?.();
    this.#armedFor = deadline;
    this.#callOff = this.#clock.after(deadline - this.#clock.now(), () => {
      this.#armedFor = Infinity;
      this.#ring();
    });
  }

  /** Never rings again, until set. */
  stop(): void {
    this.#callOff?.();
    this.#armedFor = Infinity;
  }
}
