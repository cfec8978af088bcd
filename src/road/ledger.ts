/**
 * Which segments of one outgoing message are not sent yet, on the way, arrived, or lost. The receiver
 * tells little (protocol.md 5): "all up to n are here", or "these are missing below the highest".
 *
 * @module
 */

/** The segments of one message. Work is proportional to what changes, never to the message's length. */
export class Ledger {
  /** Segments on the way. */
  inFlight = 0;
  /** Segments that were sent at least once: those below this number. */
  sent = 0;
  readonly #states: Uint8Array;
  /** All below have arrived. */
  #base = 0;
  #lost: number[] = [];
  #lostHead = 0;
  /** When a segment last went again: it must not be declared lost by an answer to what came before. */
  #againAt: Map<number, number> | null = null;

  constructor(readonly count: number) {
    this.#states = new Uint8Array(count);
  }

  /** Whether some wait to be sent for the first time. */
  get hasNew(): boolean {
    return this.sent < this.count;
  }

  /** Whether some wait to be sent again. */
  get hasLost(): boolean {
    return this.#peekLost() >= 0;
  }

  /** Takes the next one that was never sent; it is on the way now. */
  takeNew(): number {
    const n = this.sent++;
    this.#states[n] = IN_FLIGHT;
    this.inFlight++;
    return n;
  }

  /** Takes the next lost one; it is on the way again. */
  takeLost(now: number): number {
    const n = this.#peekLost();
    this.#lostHead++;
    this.#states[n] = IN_FLIGHT;
    this.inFlight++;
    this.#againAt ??= new Map();
    this.#againAt.set(n, now);
    return n;
  }

  /** The receiver has all up to and including this one. */
  arrivedThrough(highest: number): void {
    const end = Math.min(highest + 1, this.sent);
    for (let n = this.#base; n < end; n++) this.#arrive(n);
    this.#advance();
  }

  /**
   * The receiver misses these, and none of the others between the first and the last of them.
   *
   * @param numbers ascending or not
   * @param complete whether these are all that it misses below its highest
   * @param againBefore one that went again later than this is not taken for lost
   */
  missing(numbers: readonly number[], complete: boolean, againBefore: number): void {
    if (numbers.length === 0) return;
    const asked = new Set(numbers);
    let low = Infinity;
    let high = -1;
    for (const n of numbers) {
      if (n < low) low = n;
      if (n > high) high = n;
    }
    const end = Math.min(high + 1, this.sent);
    for (let n = complete ? this.#base : Math.max(low, this.#base); n < end; n++) {
      if (!asked.has(n)) this.#arrive(n);
      else if (this.#states[n] === IN_FLIGHT && !this.#wentSince(n, againBefore)) {
        this.#states[n] = LOST;
        this.inFlight--;
        this.#lost.push(n);
      }
    }
    this.#advance();
  }

  #arrive(n: number): void {
    const state = this.#states[n];
    if (state === ARRIVED) return;
    if (state === IN_FLIGHT) this.inFlight--;
    this.#states[n] = ARRIVED;
    this.#againAt?.delete(n);
  }

  #advance(): void {
    while (this.#base < this.sent && this.#states[this.#base] === ARRIVED) this.#base++;
  }

  #wentSince(n: number, time: number): boolean {
    const at = this.#againAt?.get(n);
    return at !== undefined && at > time;
  }

  /** The first lost one that has not arrived in the meantime; -1 if there is none. */
  #peekLost(): number {
    while (this.#lostHead < this.#lost.length) {
      const n = this.#lost[this.#lostHead];
      if (this.#states[n] === LOST) return n;
      this.#lostHead++;
    }
    if (this.#lostHead > 0) {
      this.#lost = [];
      this.#lostHead = 0;
    }
    return -1;
  }
}

const IN_FLIGHT = 1;
const ARRIVED = 2;
const LOST = 3;
