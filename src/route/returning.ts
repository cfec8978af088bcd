/**
 * Yards that were on the lane before their manor was. Each may be a process of ours that attached to the
 * manor before this one: within a moment it attaches again, and says what it claims. What is for a yard
 * that did not yet waits here that long, and at the desk what is for a share that nobody claims; else it
 * would be given as to a Python yard, or fail though somebody listens.
 *
 * @module
 */
import { ATTACH_AGAIN_MS } from "../base/limits.ts";
import type { Relay } from "./relay.ts";

/** What the waiting asks of its manor's router. */
export interface ReturningHands {
  /** whether a yard has attached */
  isAttached(yard: string): boolean;
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
   * @param areOthers whether processes may come back that are not on the lane
   */
  expect(yards: readonly string[], areOthers: boolean, now: number): void {
    for (const yard of yards) this.#yards.add(yard);
    this.#areOthers = areOthers;
    if (yards.length > 0) this.#until = now + ATTACH_AGAIN_MS;
    else this.#noteHeard();
  }

  /** Whether some may still claim what they claimed. */
  get some(): boolean {
    return this.#yards.size > 0;
  }

  /** Whether it may turn out to be one of ours: nothing is given to it before that is known. */
  mayAttach(yard: string): boolean {
    return this.#yards.has(yard) && !this.#hands.isAttached(yard);
  }

  /** Has a message wait if it is for a yard that may attach in a moment. */
  holdsBack(relay: Relay): boolean {
    const waits = this.mayAttach(relay.envelope.destination.yard);
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
    if (!this.#yards.has(yard)) return;
    this.#goOn(now);
    this.#hands.pump(yard, now);
  }

  /** A yard has said all that it claims. One that left in place of that may have come again. */
  done(yard: string, now: number): void {
    if (!this.#yards.delete(yard) || this.#yards.size > 0) return;
    this.#noteHeard();
    this.#end(now);
  }

  /** Waits for nobody any more, once the time is over. */
  advance(now: number): void {
    if (now < this.#until) return;
    const yards = [...this.#yards];
    this.#yards.clear();
    this.#goOn(now);
    for (const yard of yards) this.#hands.pump(yard, now);
    this.#end(now);
  }

  /** When to call `advance` next. */
  deadline(): number {
    return this.#until;
  }

  #goOn(now: number): void {
    // One that is tried again comes here after those that it stands before.
    for (const relay of [...this.#waiting].sort((a, b) => a.number - b.number)) {
      if (this.mayAttach(relay.envelope.destination.yard)) continue;
      // What one leads to may have ended another.
      if (this.#waiting.delete(relay)) this.#hands.dispatch(relay, now);
    }
  }

  #noteHeard(): void {
    if (!this.#areOthers) this.#hands.heardAll();
  }

  #end(now: number): void {
    this.#until = Infinity;
    this.#hands.over(now);
  }
}
