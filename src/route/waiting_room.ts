/**
 * Messages for estates that are known and away: they wait, within a bound, until messages may flow.
 *
 * @module
 */
import { MESSAGE_BYTES_PER_REMOTE_MAX, MESSAGES_PER_REMOTE_MAX } from "../base/limits.ts";
import { weightOf } from "../base/weight.ts";
import type { Relay } from "./relay.ts";

interface Queue {
  readonly relays: Set<Relay>;
  bytes: number;
}

/** Relays that wait, per estate, in the order of their coming. */
export class WaitingRoom {
  readonly #byEstate = new Map<string, Queue>();

  /** Lets one wait; false if too many wait for that estate. */
  add(estate: string, relay: Relay): boolean {
    const queue = this.#byEstate.get(estate) ?? { relays: new Set(), bytes: 0 };
    const isFull = queue.relays.size >= MESSAGES_PER_REMOTE_MAX ||
      queue.bytes >= MESSAGE_BYTES_PER_REMOTE_MAX;
    if (isFull) return false;
    relay.bytes ||= weightOf(relay.envelope.payload);
    queue.bytes += relay.bytes;
    queue.relays.add(relay);
    this.#byEstate.set(estate, queue);
    return true;
  }

  /** Takes out all that wait for an estate. */
  takeAll(estate: string): Relay[] {
    const waiting = [...this.#byEstate.get(estate)?.relays ?? []];
    this.#byEstate.delete(estate);
    return waiting;
  }

  /** Takes one out. */
  remove(estate: string, relay: Relay): void {
    const queue = this.#byEstate.get(estate);
    if (!queue?.relays.delete(relay)) return;
    queue.bytes -= relay.bytes;
    if (queue.relays.size === 0) this.#byEstate.delete(estate);
  }

  /** How many wait for an estate. */
  count(estate: string): number {
    return this.#byEstate.get(estate)?.relays.size ?? 0;
  }
}
