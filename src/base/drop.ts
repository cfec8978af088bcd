/**
 * What becomes of input that can't be used: a drop with a reason out of a closed list. Functions
 * that read bytes from a socket return a `Drop` instead of throwing, and whoever owns the socket
 * counts it.
 *
 * @module
 */

/** Why something was thrown away. Each reason is one counter. */
export type DropReason =
  // packets
  | "packet_size" // empty, longer than a packet can be, or shorter than its head says
  | "packet_head" // not a head of this protocol, or one with a field of the wrong form
  | "packet_version" // another protocol version
  | "packet_kind" // a reserved kind, or one that its transaction doesn't have
  | "packet_ids" // estate, session or transaction id 0 where it can't be, or not 0 where it must be
  | "packet_foot" // a foot of a kind we can't check
  | "broadcast" // broadcast packets are not served
  | "unsigned" // a signature is needed here
  | "bad_signature"
  | "bad_box" // a coat or handshake box that doesn't open
  | "bad_body" // a body that doesn't decode, or holds what a body can't
  | "bad_join" // a join body that lacks a field or has one of the wrong form
  | "bad_handshake" // an allow body of the wrong size or content
  | "bad_segment" // segment number, count or length that don't fit together
  | "unknown_remote" // a packet for an estate number that we never gave
  | "unknown_transaction" // a packet that no transaction awaits and that can't begin one
  | "stale_session"
  | "repeat_limit" // more packets that only repeat than are looked at
  | "repeated" // a packet of a transaction that has ended
  | "unfinished_limit" // too many unfinished messages of that remote
  | "join_limit" // too many joins by strangers under way
  | "source_limit" // too many unsigned packets from one source
  | "remote_limit"
  | "own_name" // a join under our own name
  // pages
  | "page_size"
  | "page_head"
  | "page_source" // its source yard is not the socket it came from
  | "page_destination" // for another yard
  | "page_order" // a page of a book whose first page never came
  | "page_repeated" // a page of a book that had come before
  | "book_stale" // an unfinished book of a yard that began a new session
  | "book_limit"
  | "yard_limit"
  | "unknown_yard"
  // messages
  | "bad_route" // a route that isn't two triples of names
  | "no_source" // from the road without a source estate, or from the lane without a source yard
  | "false_source" // names another estate than the one that signed it
  | "not_for_us" // from the road for a third estate
  | "too_many_hops"
  | "duplicate_message" // the same message id again
  | "unexpected_receipt" // a receipt for what was never sent, or from the wrong estate
  | "not_attached" // a durable message of a process that the manor does not know yet
  | "undeliverable" // nobody to hand it to and nobody to tell
  | "share_full"
  | "estate_durable_full" // a durable message of an estate of which as many wait as may, or are remembered
  | "control_from_road"
  | "denied_by_rule"; // a rule of our own policy does not let it through

/** A piece of input that was thrown away. */
export class Drop {
  /**
   * Says what was thrown away.
   *
   * @param reason the counter it goes under
   * @param detail more for a trace, never bytes of a key or a body
   */
  constructor(readonly reason: DropReason, readonly detail: string = "") {}
}

/** Counts by name. */
export class Counters {
  readonly #counts = new Map<string, number>();

  /** Adds to a count. */
  add(name: string, amount = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount);
  }

  /** A count, 0 if nothing was ever added. */
  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** All counts, sorted by name. */
  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a < b ? -1 : 1));
  }
}
