/**
 * Hands the messages of the manor's shares to those who claim them: each claimant in its turn, no more
 * than it can have unacknowledged, and to the next what one that goes away did not acknowledge.
 *
 * Messages that are ordered among themselves go to one claimant as long as it has any of them
 * unacknowledged, so that two processes never work on them at once.
 *
 * @module
 */
import type { Counters } from "../base/drop.ts";
import { CLAIM_MS_MAX, UNACKNOWLEDGED_PER_CLAIMANT_MAX } from "../base/limits.ts";
import { weightOf } from "../base/weight.ts";
import type { Envelope } from "./envelope.ts";
import { streamOf } from "./order.ts";
import { failure, type Result } from "./outcome.ts";
import { originOf, type Relay } from "./relay.ts";
import { ShareTable } from "./shares.ts";

/** What the desk asks of its router. */
export interface DeskHands {
  /** gives a message to a yard */
  give(relay: Relay, yard: string, now: number): void;
  /** takes a message back from the yard that has it */
  take(relay: Relay): void;
  /** ends a message */
  settle(relay: Relay, result: Result, now: number): void;
  /** gives a yard a copy; false if it can't be given */
  copy(yard: string, envelope: Envelope): boolean;
  /** whether it has to wait for one before it that is tried again */
  isBehind(relay: Relay): boolean;
  /** notes on disk that a message is about to be given, where it is kept there; false if it can't */
  prepare(relay: Relay, share: string, now: number): boolean;
  /** whether a share that nobody claims may be claimed in a moment */
  mayBeClaimed(): boolean;
  /** whether a yard reads what it is given, so that it may have more */
  hasRoom(yard: string): boolean;
  /** whether a yard is a process of ours, which says again what it claims */
  isAttached(yard: string): boolean;
  /** whether it will be known only in a moment what a yard is */
  mayAttach(yard: string): boolean;
}

/** Who has the messages of one order, and how many of them. */
interface Stream {
  yard: string;
  count: number;
}

/** The desk of one manor. */
export class ShareDesk {
  /** Who claims what, and what is held. */
  readonly shares = new ShareTable<Relay>(
    (relay) => relay.bytes ||= weightOf(relay.envelope.payload),
    (relay) => relay.number,
    (relay) => originOf(relay.from),
  );
  readonly #estate: string;
  readonly #counters: Counters;
  readonly #hands: DeskHands;
  readonly #unacknowledged = new Map<string, number>();
  /** when each yard said last what it claims */
  readonly #claimedAt = new Map<string, number>();
  readonly #streams = new Map<string, Stream>();
  readonly #pumping = new Set<string>();
  /** claimants that were given nothing more as they had not read what they have */
  readonly #slow = new Set<string>();

  constructor(estate: string, counters: Counters, hands: DeskHands) {
    this.#estate = estate;
    this.#counters = counters;
    this.#hands = hands;
  }

  /**
   * Takes a message for a share: it is given to a claimant, held, or settled as failed. What is kept on
   * disk is held also where nobody claims the share yet, and past what the share may hold in memory; the
   * rest where the manor has just begun, and claims are to be said again.
   */
  accept(relay: Relay, share: string, now: number): void {
    const of = `share "${share}" of estate "${this.#estate}"`;
    const mayWait = relay.kept !== null || this.#hands.mayBeClaimed();
    const canWait = () => mayWait && this.shares.canKeep(share, originOf(relay.from));
    if (!this.shares.takes(share) && !canWait()) {
      return this.#hands.settle(relay, failure("no_share", `nobody claims ${of}`), now);
    }
    if (relay.share === "") this.#copyToObservers(relay, share);
    relay.share = share;
    const isFirst = this.shares.heldCount(share) === 0;
    const yard = isFirst ? this.#pick(relay, share, now) : null;
    if (yard !== null && this.#hands.prepare(relay, share, now)) {
      return this.#hands.give(relay, yard, now);
    }
    if (!relay.kept && !this.shares.hasRoom(share)) {
      this.#counters.add("share_full");
      return this.#hands.settle(relay, failure("queue_full", `${of} is full`), now);
    }
    this.shares.hold(share, relay);
    if (!isFirst) this.pump(share, now);
  }

  /** A yard claims a share, or wants to see copies. */
  claim(share: string, yard: string, observe: boolean, now: number): void {
    this.shares.claim(share, yard, observe);
    this.#claimedAt.set(yard, now);
    this.pump(share, now);
  }

  /** A claim ends; what its yard was given by that and did not acknowledge goes to the next. */
  release(share: string, yard: string, observe: boolean, given: Relay[], now: number): void {
    const held = this.shares.release(share, yard, observe);
    this.#takeBackAll(given, now);
    this.#abandon(held, now);
  }

  /** A yard is about to have left: it reads nothing more. */
  leaving(yard: string): void {
    this.#slow.delete(yard);
  }

  /** A yard left for good. */
  left(yard: string, had: Relay[], now: number): void {
    const held = this.shares.releaseAll(yard);
    this.#takeBackAll(had.filter(({ share }) => share !== ""), now);
    this.#abandon(held, now);
    this.#unacknowledged.delete(yard);
    this.#claimedAt.delete(yard);
  }

  /** A claimant can't be given anything: it loses its turn until it says again what it claims. */
  refused(relay: Relay, yard: string, now: number): void {
    this.release(relay.share, yard, false, [], now);
    this.takeBack(relay, now);
  }

  /** A claimant took nothing at once: whether the message waits for another, or for its next claim. */
  goesToAnother(relay: Relay, yard: string, now: number): boolean {
    const others = this.shares.claimants(relay.share).filter((other) => other !== yard);
    // One in memory only is not held for somebody who may not come.
    if (!relay.kept && !others.some((other) => this.#canTake(other, now))) return false;
    this.refused(relay, yard, now);
    return true;
  }

  /** Takes a message back from a claimant; it is the first that the next one gets. */
  takeBack(relay: Relay, now: number): void {
    this.#takeBackAll([relay], now);
  }

  /** Gives what a share holds to its claimants while one has room. */
  pump(share: string, now: number): void {
    // What a message that can't be given leads to comes back here: the loop below goes on by itself.
    if (this.#pumping.has(share)) return;
    this.#pumping.add(share);
    try {
      this.#pump(share, now);
    } finally {
      this.#pumping.delete(share);
    }
  }

  /** The same for all shares that a yard claims. */
  pumpAllOf(yard: string, now: number): void {
    for (const share of this.shares.claimedBy(yard)) this.pump(share, now);
  }

  /** The same for all who have read what they were given since something waited for that. */
  goOn(now: number): void {
    for (const yard of this.#slow) {
      if (!this.#hands.hasRoom(yard)) continue;
      this.#slow.delete(yard);
      this.pumpAllOf(yard, now);
    }
  }

  /** Fails what is held for shares that nobody claims, and not on disk. */
  failUnclaimed(now: number): void {
    for (const { name } of this.shares.rows()) {
      if (this.shares.takes(name)) continue;
      for (const relay of [...this.shares.heldOf(name)]) {
        if (relay.kept) continue;
        const why = `nobody claims share "${name}" of estate "${this.#estate}"`;
        this.#hands.settle(relay, failure("no_share", why), now);
      }
    }
  }

  #pump(share: string, now: number): void {
    const stuck = new Set<string>();
    for (let at = 0;;) {
      const relay = this.shares.heldAt(share, at);
      if (!relay) return;
      const stream = relay.envelope.ordered ? streamOf(relay.envelope) : "";
      const yard = stuck.has(stream) ? null : this.#pick(relay, share, now);
      if (yard !== null) {
        if (!this.#hands.prepare(relay, share, now)) return;
        this.shares.removeHeld(share, relay);
        this.#hands.give(relay, yard, now);
      } else if (stuck.has(stream) || this.#streams.has(stream) || this.#hands.isBehind(relay)) {
        // Who has those before it has no room: others needn't wait for that.
        stuck.add(stream);
        at++;
      } else return;
    }
  }

  /** Counts what a yard has and has not acknowledged. */
  countUnacknowledged(relay: Relay, yard: string, step: 1 | -1): void {
    const count = (this.#unacknowledged.get(yard) ?? 0) + step;
    if (count > 0) this.#unacknowledged.set(yard, count);
    else this.#unacknowledged.delete(yard);
    if (!relay.envelope.ordered) return;
    const key = streamOf(relay.envelope);
    const stream = this.#streams.get(key) ?? { yard, count: 0 };
    stream.count += step;
    if (stream.count > 0) this.#streams.set(key, stream);
    else this.#streams.delete(key);
  }

  #pick(relay: Relay, share: string, now: number): string | null {
    if (relay.envelope.ordered && this.#hands.isBehind(relay)) return null;
    const stream = relay.envelope.ordered && this.#streams.get(streamOf(relay.envelope));
    if (stream) {
      // One that is not read any more has lost its claim; it is given back what it has when it leaves.
      const canTake = this.shares.isClaimedBy(share, stream.yard) &&
        this.#canTake(stream.yard, now);
      return canTake ? stream.yard : null;
    }
    return this.shares.next(share, (yard) => this.#canTake(yard, now));
  }

  /**
   * Whether a claimant is there to take one more. A process that is stopped, or busy with something else
   * for long, does not say its claims again: what it was given by then is lost to others, as it may take it
   * yet, and nothing is added to that.
   */
  #canTake(yard: string, now: number): boolean {
    if ((this.#unacknowledged.get(yard) ?? 0) >= UNACKNOWLEDGED_PER_CLAIMANT_MAX) return false;
    if (!this.#hands.hasRoom(yard)) {
      this.#slow.add(yard);
      return false;
    }
    if (!this.#hands.isAttached(yard)) return !this.#hands.mayAttach(yard);
    return now - this.#claimedAt.get(yard)! <= CLAIM_MS_MAX;
  }

  #copyToObservers(relay: Relay, share: string): void {
    // Without the job: only who took a request can answer it.
    const copy = { ...relay.envelope, id: relay.id, wants: false, job: "" };
    for (const yard of this.shares.observers(share)) {
      if (!this.#hands.copy(yard, copy)) this.#counters.add("observer_missed");
    }
  }

  /** All are taken before any is given again: else those that are ordered would overtake each other. */
  #takeBackAll(relays: readonly Relay[], now: number): void {
    for (const relay of relays) this.#hands.take(relay);
    const shares = new Set<string>();
    for (const relay of relays) {
      if (this.shares.takes(relay.share) || relay.kept) {
        this.shares.hold(relay.share, relay);
        shares.add(relay.share);
      } else this.#abandon([relay], now);
    }
    for (const share of shares) this.pump(share, now);
  }

  /** Nobody claims their share any more: they wait for the next claim as `accept` would have them wait, or fail. */
  #abandon(relays: readonly Relay[], now: number): void {
    for (const relay of relays) {
      const why = `the last process that claimed share "${relay.share}" went away`;
      if (relay.kept || this.#hands.mayBeClaimed()) this.shares.hold(relay.share, relay);
      else this.#hands.settle(relay, failure("no_share", why), now);
    }
  }
}
