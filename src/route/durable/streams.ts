/**
 * Which orders have messages in one place, so that what comes after them can be told to wait there.
 *
 * @module
 */
import { streamOf } from "../order.ts";
import type { Relay } from "../relay.ts";

/** How many messages of each order are in a place. */
export class StreamCounts {
  readonly #counts = new Map<string, number>();

  /** Whether there are some of the order of that one. */
  has({ envelope }: Relay): boolean {
    return envelope.ordered && this.#counts.has(streamOf(envelope));
  }

  /** One more is there, or one less. */
  count({ envelope }: Relay, step: 1 | -1): void {
    if (!envelope.ordered) return;
    const key = streamOf(envelope);
    const count = (this.#counts.get(key) ?? 0) + step;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
