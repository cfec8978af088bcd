/**
 * Hands the messages of the manor's shares to those who claim them: each claimant in its turn, no more
 * than it can have unacknowledged, and to the next what one that goes away did not acknowledge.
 *
 * @module
 */
import type { Counters } from "../base/drop.ts";
import { UNACKNOWLEDGED_PER_CLAIMANT_MAX } from "../base/limits.ts";
import type { Envelope } from "./envelope.ts";
import { failure, type Result } from "./outcome.ts";
import type { Relay } from "./relay.ts";
import { ShareTable } from "./shares.ts";
import { weightOf } from "./weight.ts";

/** What the desk asks of its router. */
export interface DeskHands {
  /** gives a message to a yard */
  give(relay: Relay, yard: string, now: number): void;
  /** takes a message back from the yard that has it */
  take(relay: Relay): void;
  /** ends a message */
  settle(relay: Relay, result: Result): void;
  /** gives a yard a copy; false if it can't be given */
  copy(yard: string, envelope: Envelope): boolean;
}

/** The desk of one manor. */
export class ShareDesk {
  /** Who claims what, and what is held. */
  readonly shares = new ShareTable<Relay>((relay) =>
    relay.bytes ||= weightOf(relay.envelope.payload)
  );
  readonly #estate: string;
  readonly #counters: Counters;
  readonly #hands: DeskHands;
  readonly #unacknowledged = new Map<string, number>();

  constructor(estate: string, counters: Counters, hands: DeskHands) {
    this.#estate = estate;
    this.#counters = counters;
    this.#hands = hands;
  }

  /** Takes a message for a share: it is given to a claimant, held, or settled as failed. */
  accept(relay: Relay, share: string, now: number): void {
    const of = `share "${share}" of estate "${this.#estate}"`;
    if (!this.shares.takes(share)) {
      return this.#hands.settle(relay, failure("no_share", `nobody claims ${of}`));
    }
    relay.share = share;
    this.#copyToObservers(relay, share);
    const yard = this.shares.heldCount(share) === 0 ? this.#nextOf(share) : null;
    if (yard !== null) return this.#hands.give(relay, yard, now);
    if (!this.shares.hasRoom(share)) {
      this.#counters.add("share_full");
      return this.#hands.settle(relay, failure("queue_full", `${of} is full`));
    }
    this.shares.hold(share, relay);
  }

  /** A yard claims a share, or wants to see copies. */
  claim(share: string, yard: string, observe: boolean, now: number): void {
    this.shares.claim(share, yard, observe);
    this.pump(share, now);
  }

  /** A claim ends; what its yard had of the share and did not acknowledge goes to the next. */
  release(share: string, yard: string, observe: boolean, had: Relay[], now: number): void {
    this.#abandon(this.shares.release(share, yard, observe));
    if (observe) return;
    for (const relay of had) if (relay.share === share) this.takeBack(relay, now);
  }

  /** A yard left for good. */
  left(yard: string, had: Relay[], now: number): void {
    this.#abandon(this.shares.releaseAll(yard));
    for (const relay of had) if (relay.share !== "") this.takeBack(relay, now);
    this.#unacknowledged.delete(yard);
  }

  /** Takes a message back from a claimant; it is the first that the next one gets. */
  takeBack(relay: Relay, now: number): void {
    this.#hands.take(relay);
    if (!this.shares.takes(relay.share)) return this.#abandon([relay]);
    this.shares.hold(relay.share, relay, true);
    this.pump(relay.share, now);
  }

  /** Gives what a share holds to its claimants while one has room. */
  pump(share: string, now: number): void {
    while (this.shares.heldCount(share) > 0) {
      const yard = this.#nextOf(share);
      if (yard === null) return;
      this.#hands.give(this.shares.takeHeld(share)!, yard, now);
    }
  }

  /** Counts what a yard has and has not acknowledged. */
  countUnacknowledged(yard: string, step: 1 | -1): void {
    const count = (this.#unacknowledged.get(yard) ?? 0) + step;
    if (count > 0) this.#unacknowledged.set(yard, count);
    else this.#unacknowledged.delete(yard);
  }

  #nextOf(share: string): string | null {
    return this.shares.next(share, (yard) => this.#hasRoom(yard));
  }

  #hasRoom(yard: string): boolean {
    return (this.#unacknowledged.get(yard) ?? 0) < UNACKNOWLEDGED_PER_CLAIMANT_MAX;
  }

  #copyToObservers(relay: Relay, share: string): void {
    // Without the job: only who took a request can answer it.
    const copy = { ...relay.envelope, id: relay.id, wants: false, job: "" };
    for (const yard of this.shares.observers(share)) {
      if (!this.#hands.copy(yard, copy)) this.#counters.add("observer_missed");
    }
  }

  #abandon(relays: Relay[]): void {
    for (const relay of relays) {
      const why = `the last process that claimed share "${relay.share}" went away`;
      this.#hands.settle(relay, failure("no_share", why));
    }
  }
}
