/**
 * Yards that may attach in a moment, and what is for them: it waits that long, else it would be given as to
 * a Python yard, which a process of ours refuses without a word.
 *
 * Those that were on the lane before their manor was may be processes that attached to the manor before this
 * one: each attaches again, and says what it claims. Until then also waits at the desk what is for a share
 * that nobody claims. So may operators, who are on no lane: nobody knows which, but all have names of theirs.
 * Those that came to the lane just now may be processes that are about to attach.
 *
 * @module
 */
import { ATTACH_AGAIN_MS, YARD_NEW_MS } from "../base/limits.ts";
import type { Relay } from "./relay.ts";
import { OPERATOR_PREFIX } from "./triple.ts";
import type { YardAges } from "./yard_ages.ts";

/** What the waiting asks of its manor's router. */
export interface ReturningHands {
  /** whether a yard has attached */
  isAttached(yard: string): boolean;
  /** how long one has been on the lane */
  readonly ages: YardAges;
  /** gives a message on */
  dispatch(relay: Relay, now: number): void;
  /** gives what the shares hold that a yard claims */
  pump(yard: string, now: number): void;
  /** nobody is expected any more to claim a share */
  over(now: number): void;
  /** all that were on the lane have said what they have: no process has anything else */
  heardAll(): void;
}

/** The yards that may attach again, and what waits for them. */
export class Returning {
  readonly #hands: ReturningHands;
  readonly #yards = new Set<string>();
  /** Those that are new on the lane and for whom something waits, and until when. */
  readonly #newUntil = new Map<string, number>();
  /** Durable ones as well: none of an order overtakes another. */
  readonly #waiting = new Set<Relay>();
  #until = Infinity;
  #areOthers = false;

  constructor(hands: ReturningHands) {
    this.#hands = hands;
  }

  /**
   * These were on the lane when the manor began.
   *
   * @param areOthers whether operators may come back, who are not on the lane
   */
  expect(yards: readonly string[], areOthers: boolean, now: number): void {
    for (const yard of yards) this.#yards.add(yard);
    this.#areOthers = areOthers;
    if (this.#yards.size > 0 || areOthers) this.#until = now + ATTACH_AGAIN_MS;
    else this.#hands.heardAll();
  }

  /** Whether some may still claim what they claimed. */
  get some(): boolean {
    return this.#yards.size > 0 || this.#mayOthers;
  }

  /** Whether it may turn out to be one of ours: nothing is given to it before that is known. */
  mayAttach(yard: string): boolean {
    const isAwaited = this.#yards.has(yard) || this.#newUntil.has(yard) || this.#isOther(yard);
    return isAwaited && !this.#hands.isAttached(yard);
  }

  /** Has a message wait if it is for a yard that may attach in a moment. */
  holdsBack(relay: Relay, now: number): boolean {
    const { yard } = relay.envelope.destination;
    const waits = yard !== "" && (this.mayAttach(yard) || this.#noteNew(yard, now));
    if (waits) this.#waiting.add(relay);
    return waits;
  }

  /** Whether a message waits. */
  has(relay: Relay): boolean {
    return this.#waiting.has(relay);
  }

  /** It has its outcome. */
  remove(relay: Relay): void {
    this.#waiting.delete(relay);
  }

  /** A yard attached: what waited for that goes. */
  attached(yard: string, now: number): void {
    const wasNew = this.#newUntil.delete(yard);
    const wasThere = this.#yards.has(yard);
    if (wasNew || wasThere || this.#isOther(yard)) this.#goOn(now);
    if (wasThere) this.#hands.pump(yard, now);
  }

  /** A yard has said all that it claims. One that left in place of that may have come again. */
  done(yard: string, now: number): void {
    if (!this.#yards.delete(yard) || this.some) return;
    this.#hands.heardAll();
    this.#until = Infinity;
    this.#hands.over(now);
  }

  /** Waits for nobody any more, once the time is over. */
  advance(now: number): void {
    const sizeBefore = this.#newUntil.size;
    for (const [yard, until] of this.#newUntil) if (now >= until) this.#newUntil.delete(yard);
    if (this.#newUntil.size < sizeBefore) this.#goOn(now);
    if (now < this.#until) return;
    const yards = [...this.#yards];
    this.#yards.clear();
    this.#until = Infinity;
    this.#goOn(now);
    for (const yard of yards) this.#hands.pump(yard, now);
    this.#hands.over(now);
  }

  /** When to call `advance` next. */
  deadline(): number {
    return Math.min(this.#until, ...this.#newUntil.values());
  }

  /** Whether one is new; what is for it waits from now on. */
  #noteNew(yard: string, now: number): boolean {
    if (this.#hands.isAttached(yard)) return false;
    const ageMs = this.#hands.ages.of(yard, now) ?? Infinity;
    // It is told by the date: where that was put back, a yard may have been there for long.
    const isNew = Math.abs(ageMs) < YARD_NEW_MS;
    if (isNew) this.#newUntil.set(yard, now + YARD_NEW_MS - Math.max(0, ageMs));
    return isNew;
  }

  #goOn(now: number): void {
    // One that is tried again comes here after those that it stands before.
    for (const relay of [...this.#waiting].sort((a, b) => a.number - b.number)) {
      if (this.mayAttach(relay.envelope.destination.yard)) continue;
      // What one leads to may have ended another.
      if (this.#waiting.delete(relay)) this.#hands.dispatch(relay, now);
    }
  }

  /** Whether operators may still come back. */
  get #mayOthers(): boolean {
    return this.#areOthers && this.#until < Infinity;
  }

  #isOther(yard: string): boolean {
    return this.#mayOthers && yard.startsWith(OPERATOR_PREFIX);
  }
}
