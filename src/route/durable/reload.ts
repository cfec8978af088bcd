/**
 * Durable messages as a manor finds them on its disk when it starts.
 *
 * @module
 */
import { Drop } from "../../base/drop.ts";
import { unpackBody } from "../../wire/body.ts";
import { BodyKind } from "../../wire/kinds.ts";
import { type Envelope, readEnvelope } from "../envelope.ts";
import { streamOf } from "../order.ts";
import type { Relay } from "../relay.ts";
import type { StoredMessage } from "./store.ts";

/** The envelope of a message on disk. One that was given already waits for none before it. */
export function readStored({ body, handed, after }: StoredMessage): Envelope | Drop {
  const unpacked = unpackBody(BodyKind.msgpack, body);
  const envelope = unpacked instanceof Drop ? unpacked : readEnvelope(unpacked);
  return envelope instanceof Drop ? envelope : { ...envelope, after: handed ? "" : after };
}

/** Those of one order in the order in which they were sent, in the places that they have among all. */
export function inOrder(relays: readonly Relay[]): Relay[] {
  const places = Map.groupBy(
    relays.keys(),
    (at) => relays[at].envelope.ordered ? streamOf(relays[at].envelope) : "",
  );
  const sorted = [...relays];
  for (const [stream, at] of places) {
    if (stream === "") continue;
    const ordered = at.map((place) => relays[place])
      .sort((a, b) => a.envelope.seq - b.envelope.seq);
    for (const [i, place] of at.entries()) sorted[place] = ordered[i];
  }
  return sorted;
}

/** Numbers for messages of an order: they grow also over restarts, past all that have no outcome. */
export class Sequence {
  readonly #dateAt: (now: number) => number;
  #last = 0;

  /** @param dateAt Unix time of a moment, milliseconds */
  constructor(dateAt: (now: number) => number) {
    this.#dateAt = dateAt;
  }

  /** One that is taken. */
  note(seq: number): void {
    this.#last = Math.max(this.#last, seq);
  }

  /** The next one. */
  next(now: number): number {
    return this.#last = Math.max(this.#last + 1, Math.round(this.#dateAt(now) * 1000));
  }
}
