/**
 * One timer for many deadlines: it is set to the earliest, and never set again just to be later.
 *
 * @module
 */

/** Calls back when the time that was last asked for has come. */
export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #armedFor = Infinity;

  /** @param ring called at the time asked for, or somewhat earlier */
  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Makes sure that it rings by then; Infinity asks for nothing. */
  setFor(deadline: number, now: number): void {
    // A timer that rings too early costs one look; setting it anew for each message costs more.
    if (deadline >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = deadline;
    const delayMs = Math.min(Math.max(0, Math.ceil(deadline - now)), 0x7fffffff);
    this.#timer = setTimeout(() => {
      this.#armedFor = Infinity;
      this.#ring();
    }, delayMs);
  }

  /** Never rings again, until set. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#armedFor = Infinity;
  }
}
