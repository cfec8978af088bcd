/**
 * Which messages of each order are in one place, so that what comes after them can be told to wait there.
 *
 * @module
 */
import { streamOf } from "../order.ts";
import type { Relay } from "../relay.ts";

/** The ordered messages in a place, by their order. */
export class Streams {
  readonly #byKey = new Map<string, Set<Relay>>();

  /** Whether there are some of the order of that one. */
  has({ envelope }: Relay): boolean {
    return envelope.ordered && this.#byKey.has(streamOf(envelope));
  }

  /** Whether one would overtake another of its order. */
  holdBack({ envelope, number }: Relay): boolean {
    const there = envelope.ordered ? this.#byKey.get(streamOf(envelope)) : undefined;
    // The first that came is nearly always before it. One without a number had no turn yet: it is after it.
    for (const other of there ?? []) if (other.number > 0 && other.number < number) return true;
    return false;
  }

  /** One is there. */
  add(relay: Relay): void {
    if (!relay.envelope.ordered) return;
    const key = streamOf(relay.envelope);
    const there = this.#byKey.get(key);
    if (there) there.add(relay);
    else this.#byKey.set(key, new Set([relay]));
  }

  /** One is there no more. */
  remove(relay: Relay): void {
    if (!relay.envelope.ordered) return;
    const key = streamOf(relay.envelope);
    const there = this.#byKey.get(key);
    there?.delete(relay);
    if (there?.size === 0) this.#byKey.delete(key);
  }
}
