/**
 * Durable messages that have their outcome. Their ids are kept so that what comes again is answered and
 * not handed over: until whoever sent it has the outcome on disk, or its life and a margin are over.
 *
 * Invariant: an id is said to be forgettable only once our own stack has nothing of its message left.
 *
 * @module
 */
import {
  DURABLE_IDS_MAX,
  DURABLE_MARGIN_MS,
  DURABLE_OUTCOMES_MAX,
  DURABLE_PRUNE_MS,
} from "../../base/limits.ts";
import { mayTakeOver } from "../grants.ts";
import { failure, type Result } from "../outcome.ts";
import type { Kept, Party, Relay } from "../relay.ts";
import { type DurableBook, keyOf } from "./book.ts";
import type { DurableHands, DurableParts } from "./hands.ts";
import type { Lingering } from "./lingering.ts";
import { isPassing } from "./passing.ts";
import { packRoute } from "./same_message.ts";
import type { DurableKey } from "./store.ts";

/** What has ended at one manor. */
export class Ended {
  readonly #hands: DurableHands;
  readonly #parts: DurableParts;
  readonly #book: DurableBook;
  readonly #openOf: (key: DurableKey) => Relay | undefined;
  readonly #lingering: Lingering;
  /** whose outcome is on disk, and of which the road still has something */
  readonly #unforgotten = new Set<Kept>();
  /** how many are remembered, by their origin */
  #counts = new Map<string, number>();
  #size = 0;
  #pruneAt = Infinity;

  constructor(
    hands: DurableHands,
    parts: DurableParts,
    book: DurableBook,
    lingering: Lingering,
    openOf: (key: DurableKey) => Relay | undefined,
  ) {
    this.#hands = hands;
    this.#lingering = lingering;
    this.#parts = parts;
    this.#book = book;
    this.#openOf = openOf;
  }

  /** How many of other estates are remembered. */
  get theirs(): number {
    return this.#size - this.of("");
  }

  /** How many of an estate are; "" for this host. */
  of(origin: string): number {
    return this.#counts.get(origin) ?? 0;
  }

  /** Whether no more of other estates can be. */
  get isFull(): boolean {
    return this.theirs >= DURABLE_IDS_MAX;
  }

  /** Begins a run. Its date may have leapt: before anything is forgotten all who come back can ask. */
  begin(now: number): void {
    this.#pruneAt = now + DURABLE_PRUNE_MS;
    this.count();
  }

  /** Counts those on disk. */
  count(): void {
    this.#counts = new Map(this.#parts.store.ended());
    this.#size = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /**
   * One has ended: that is written down, and then told to everybody whom it concerns.
   *
   * @param to who had it
   */
  add(relay: Relay, result: Result, to: Party | null, now: number): void {
    const { id, envelope, from } = relay;
    const key = keyOf(relay);
    const keepUntil = this.keepUntil(relay.deadline, now);
    this.#count(key.origin, 1);
    // Whoever sends it again is a process of ours, or a manor, which knows its route itself.
    const route = key.origin === "" ? packRoute(envelope) : null;
    this.#book.stage({
      changes: [{ is: "end", ...key, result, route, keepUntil }],
      then: () => {
        this.#hands.tell(envelope, from, result);
        const { origin } = key;
        if (to?.kind === "yard") this.#hands.say(to, id, { note: "noted", origin });
        if (this.#lingering.has(relay)) this.#unforgotten.add(relay.kept!);
        else if (to?.kind === "estate") this.#tellForget(to.name, id);
      },
    });
  }

  /** The date until which an outcome is remembered. A clock that leapt may be far past its deadline. */
  keepUntil(deadline: number, now: number): number {
    return Math.round(this.#parts.dateAt(Math.max(deadline, now))) + DURABLE_MARGIN_MS;
  }

  /** The road is done with a sending of a message that it was given, and that is not with it any more. */
  roadSent(handle: number): void {
    const sent = this.#lingering.roadSent(handle);
    if (sent && this.#unforgotten.delete(sent.kept)) this.#tellForget(sent.estate, sent.id);
  }

  /** Whoever sent it has the outcome on disk. */
  forget(key: DurableKey, now: number): void {
    if (this.#openOf(key) || !this.#book.resultOf(key)) return;
    this.#count(key.origin, -1);
    this.#hands.over.add(key.origin, key.id, now);
    this.#book.stage({ changes: [{ is: "forget", ...key }], then: () => {} });
  }

  /**
   * An estate asks what became of one that it sent. Of one that is under way there is nothing to say. One
   * that waits for another is asked for again: perhaps it has nothing to wait for any more.
   */
  answer(estate: string, id: string): void {
    const key = { origin: estate, id };
    const party: Party = { kind: "estate", name: estate };
    this.tellEstate(key, () => {
      const open = this.#openOf(key);
      const result = open ? null : this.#book.resultOf(key);
      if (result) this.#hands.say(party, id, result);
      else if (!open || this.#hands.isWaiting(open)) {
        this.#hands.say(party, id, { note: "unknown" });
      }
    });
  }

  /**
   * Tells an estate what there is to say of a message that it asks for or sends again, once that is on disk. Where
   * the disk takes nothing, nothing is kept of what comes again and again: what is on disk is said at once, and
   * an end that is not is told when it is.
   */
  tellEstate(key: DurableKey, tell: () => void): void {
    if (!this.#book.isStuck) this.#book.after(tell);
    else if (!this.#book.isStaged(key)) tell();
  }

  /** A process wants to hear of messages that it, or one before it, sent; those that it can't. */
  resume(yard: string, ids: readonly string[]): string[] {
    const from: Party = { kind: "yard", name: yard };
    return ids.filter((id) => {
      const key = { origin: "", id };
      const relay = this.#openOf(key);
      const route = relay ? relay.envelope : this.#book.routeOf(key);
      if (route && !mayTakeOver(yard, route.source.yard)) return true;
      const result = relay ? null : this.#book.resultOf(key);
      if (relay) relay.from = from;
      if (relay) this.sayStored(relay, from);
      else if (result) this.#book.after(() => this.#hands.say(from, id, result));
      return !relay && !result;
    });
  }

  /** A process is told that one which is known already is on disk; not if that does not take it just now. */
  sayStored(relay: Relay, to: Party): void {
    const key = keyOf(relay);
    this.#book.after(() => {
      const isThere = this.#openOf(key) === relay || this.#book.resultOf(key) !== null;
      if (isThere) this.#hands.say(to, key.id, { note: "stored" });
    });
  }

  /**
   * A process acknowledges what it does not have, or not any more. Of what it was given again meanwhile it is told
   * nothing: it acknowledges that as it comes, and would take the word for one on that.
   */
  acknowledgedLate(yard: string, origin: string, id: string): void {
    const party: Party = { kind: "yard", name: yard };
    this.#book.after(() => {
      const to = this.#openOf({ origin, id })?.to;
      if (to?.kind === "yard" && to.name === yard) return;
      const isDelivered = this.#book.resultOf({ origin, id })?.status === "delivered";
      this.#hands.say(party, id, { note: isDelivered ? "noted" : "late", origin });
    });
  }

  /** Forgets what may be forgotten, every now and then. */
  advance(now: number): void {
    if (now < this.#pruneAt) return;
    this.#pruneAt = now + DURABLE_PRUNE_MS;
    const before = Math.round(this.#parts.dateAt(now));
    this.#book.stage({
      changes: [{ is: "prune", before }, { is: "trim", left: DURABLE_OUTCOMES_MAX }],
      then: () => this.count(),
    });
  }

  /** When to call `advance` next. */
  deadline(): number {
    return this.#size > 0 ? this.#pruneAt : Infinity;
  }

  #count(origin: string, step: 1 | -1): void {
    this.#counts.set(origin, this.of(origin) + step);
    this.#size += step;
  }

  #tellForget(estate: string, id: string): void {
    this.#hands.say({ kind: "estate", name: estate }, id, { note: "forget" });
  }
}

/** How one ended: another process may have seen what the last one certainly did not take, or another copy arrive. */
export function certainOf(relay: Relay, result: Result): Result {
  if (result.status !== "failed") return result;
  const { inDoubt, redelivered } = relay.kept!;
  const isSeen = isPassing(result)
    ? inDoubt || redelivered
    : result.code === "expired" && redelivered;
  return isSeen ? expiryOf(relay, false) : result;
}

/** How one ends whose life is over. It has failed for certain only if nobody can have seen it. */
export function expiryOf({ stage, kept, envelope }: Relay, isOut: boolean): Result {
  if (stage !== "held" || kept!.inDoubt || kept!.redelivered) {
    const why = "the message may have been seen: nobody acknowledged it before its deadline";
    return failure("outcome_unknown", why);
  }
  const { estate } = envelope.destination;
  const why = isOut
    ? `estate "${estate}" could not be reached before the message's deadline`
    : "nobody took the message before its deadline";
  return failure("expired", why);
}
