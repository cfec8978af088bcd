/**
 * The port through which durable messages reach the disk. Synchronous, as the keep's: what a manor
 * says after `apply` returned may rely on what was applied.
 *
 * Invariant of whoever implements it: a call of `apply` is one transaction. After a crash at any
 * moment all of its changes are there, or none.
 *
 * @module
 */
import type { Result } from "../outcome.ts";

/** Where a message stands: the estate that it came from, "" for a yard of this host, and its id. */
export interface DurableKey {
  readonly origin: string;
  readonly id: string;
}

/** A message on disk that has no outcome yet. */
export interface StoredMessage extends DurableKey {
  /** its envelope, packed as msgpack */
  readonly body: Uint8Array;
  /** Unix time in milliseconds at which its life ends */
  readonly deadline: number;
  /** it was given to somebody, or was about to be */
  readonly handed: boolean;
  /** the message that has to be handed over before it, or "" */
  readonly after: string;
}

/** What is kept of one that has its outcome. */
export interface EndedMessage {
  readonly result: Result;
  /** from whom it was and for whom, packed (same_message.ts); null for those of other estates */
  readonly route: Uint8Array | null;
}

/** One change. */
export type DurableChange =
  /** a message is taken on */
  | ({ readonly is: "add" } & StoredMessage)
  /** it is about to be given to somebody for the first time */
  | ({ readonly is: "hand" } & DurableKey)
  /** it waits no more for the one before it */
  | ({ readonly is: "free" } & DurableKey)
  /** it has its outcome; of its body at most the route is of use any more, its id is kept until that Unix time */
  | ({ readonly is: "end"; readonly keepUntil: number } & EndedMessage & DurableKey)
  /** whoever sent it has the outcome: it can be forgotten, if it has ended */
  | ({ readonly is: "forget" } & DurableKey)
  /** what has ended and was kept until before then is forgotten */
  | { readonly is: "prune"; readonly before: number }
  /** of this host's own messages that have ended, the oldest are forgotten until so many are left */
  | { readonly is: "trim"; readonly left: number };

/** Durable messages at rest. A failure of the medium is thrown as a RaetError. */
export interface DurableStore {
  /** Those without an outcome, in the order in which they were added. */
  load(): StoredMessage[];
  /** The outcome of one that has ended and is not forgotten; null for all others. */
  resultOf(key: DurableKey): Result | null;
  /** The route of one that has ended; null where none is kept, as by a raet before this one. */
  routeOf(key: DurableKey): Uint8Array | null;
  /** How many have ended and are not forgotten, by their origin; those that have none may be left out. */
  ended(): ReadonlyMap<string, number>;
  /** Makes changes in one transaction: on disk when this returns, and none of them if it throws. */
  apply(changes: readonly DurableChange[]): void;
  /** Gives the file back. */
  close(): void;
}
