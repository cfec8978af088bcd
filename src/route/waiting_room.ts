/**
 * Messages for estates that are known and away: they wait, within a bound, until messages may flow.
 *
 * @module
 */
import { MESSAGES_PER_REMOTE_MAX } from "../base/limits.ts";
import type { Relay } from "./relay.ts";

/** Relays that wait, per estate, in the order of their coming. */
export class WaitingRoom {
  readonly #byEstate = new Map<string, Relay[]>();

  /** Lets one wait; false if too many wait for that estate. */
  add(estate: string, relay: Relay): boolean {
    const waiting = this.#byEstate.get(estate);
    if (!waiting) this.#byEstate.set(estate, [relay]);
    else if (waiting.length >= MESSAGES_PER_REMOTE_MAX) return false;
    else waiting.push(relay);
    return true;
  }

  /** Takes out all that wait for an estate. */
  takeAll(estate: string): Relay[] {
    const waiting = this.#byEstate.get(estate) ?? [];
    this.#byEstate.delete(estate);
    return waiting;
  }

  /** Takes one out. */
  remove(estate: string, relay: Relay): void {
    const waiting = this.#byEstate.get(estate)?.filter((other) => other !== relay) ?? [];
    if (waiting.length > 0) this.#byEstate.set(estate, waiting);
    else this.#byEstate.delete(estate);
  }

  /** How many wait for an estate. */
  count(estate: string): number {
    return this.#byEstate.get(estate)?.length ?? 0;
  }
}
