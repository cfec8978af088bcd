/**
 * How long yards have been on the lane. To tell that takes a probe of the yard's socket, so each is looked at
 * once for all messages of one batch of input.
 *
 * @module
 */
import type { LanePort } from "./ports.ts";

/** Ages of yards, of one batch. */
export class YardAges {
  readonly #lane: Pick<LanePort, "ageMs">;
  readonly #known = new Map<string, number | null>();
  #at = -Infinity;

  constructor(lane: Pick<LanePort, "ageMs">) {
    this.#lane = lane;
  }

  /** How long one has been there at that time, milliseconds; null where nobody is. */
  of(yard: string, now: number): number | null {
    if (now !== this.#at) this.#known.clear();
    this.#at = now;
    let ageMs = this.#known.get(yard);
    if (ageMs === undefined) this.#known.set(yard, ageMs = this.#lane.ageMs(yard));
    return ageMs;
  }
}
