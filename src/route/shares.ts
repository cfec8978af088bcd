/**
 * The shares of one manor: who claims each, whose turn it is, and what is held until somebody can
 * take it. A share exists while a yard claims it, or if it was declared (design.md, Delivery).
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { MESSAGES_PER_SHARE_MAX, SHARES_MAX } from "../base/limits.ts";

/** One share. `T` is whatever is held. */
interface Share<T> {
  claimants: string[];
  observers: string[];
  /** index into claimants of whose turn is next */
  turn: number;
  held: T[];
  declared: boolean;
  heldMax: number;
}

/** The shares of a manor. */
export class ShareTable<T> {
  readonly #shares = new Map<string, Share<T>>();
  #taken = 0;

  /** How many messages were ever taken out of shares: who found one full looks whether it changed. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Makes a share that exists also while nobody claims it, and holds up to that many messages; one that
   * is there keeps its claims and what it holds.
   *
   * @throws {RaetError} `queue_full` if there are too many shares
   */
  declare(name: string, heldMax: number = MESSAGES_PER_SHARE_MAX): void {
    const share = this.#shares.get(name);
    if (share) Object.assign(share, { declared: true, heldMax });
    else this.#add(name, true, heldMax);
  }

  /**
   * Makes a yard one that shares the work of a share, or that sees copies of it.
   *
   * @throws {RaetError} `queue_full` if there are too many shares
   */
  claim(name: string, yard: string, observe: boolean): void {
    const share = this.#shares.get(name) ?? this.#add(name, false, MESSAGES_PER_SHARE_MAX);
    const list = observe ? share.observers : share.claimants;
    if (!list.includes(yard)) list.push(yard);
  }

  /** Ends a claim; returns what the share held if it ends with it. */
  release(name: string, yard: string, observe: boolean): T[] {
    const share = this.#shares.get(name);
    if (!share) return [];
    if (observe) share.observers = share.observers.filter((other) => other !== yard);
    else share.claimants = share.claimants.filter((other) => other !== yard);
    if (share.declared || share.claimants.length + share.observers.length > 0) return [];
    this.#shares.delete(name);
    return share.held;
  }

  /** Ends all claims of a yard; returns what shares held that end with it. */
  releaseAll(yard: string): T[] {
    return [...this.#shares.keys()].flatMap((
      name,
    ) => [...this.release(name, yard, true), ...this.release(name, yard, false)]);
  }

  /** Whether messages can be given to the share: it is declared, or somebody claims it. */
  takes(name: string): boolean {
    const share = this.#shares.get(name);
    return share !== undefined && (share.declared || share.claimants.length > 0);
  }

  /** Who sees copies. */
  observers(name: string): readonly string[] {
    return this.#shares.get(name)?.observers ?? [];
  }

  /** The claimant whose turn it is among those that have room; null if there is none. */
  next(name: string, hasRoom: (yard: string) => boolean): string | null {
    const share = this.#shares.get(name);
    if (!share) return null;
    const count = share.claimants.length;
    for (let step = 0; step < count; step++) {
      const index = (share.turn + step) % count;
      if (!hasRoom(share.claimants[index])) continue;
      share.turn = (index + 1) % count;
      return share.claimants[index];
    }
    return null;
  }

  /** Whether one more message can be held. */
  hasRoom(name: string): boolean {
    const share = this.#shares.get(name);
    return share !== undefined && share.held.length < share.heldMax;
  }

  /** Holds a message until a claimant can take it: at the end, or first in line if it came back. */
  hold(name: string, message: T, first = false): void {
    const held = this.#shares.get(name)?.held;
    if (first) held?.unshift(message);
    else held?.push(message);
  }

  /** Takes out the message that has been held longest; undefined if there is none. */
  takeHeld(name: string): T | undefined {
    this.#taken++;
    return this.#shares.get(name)?.held.shift();
  }

  /** Takes one message out of those held. */
  removeHeld(name: string, message: T): void {
    const share = this.#shares.get(name);
    this.#taken++;
    if (share) share.held = share.held.filter((other) => other !== message);
  }

  /** How many messages a share holds. */
  heldCount(name: string): number {
    return this.#shares.get(name)?.held.length ?? 0;
  }

  /** Every share that a yard claims. */
  claimedBy(yard: string): string[] {
    return [...this.#shares].filter(([, share]) => share.claimants.includes(yard))
      .map(([name]) => name);
  }

  /** All shares, for an operator. */
  rows(): {
    name: string;
    claimants: string[];
    observers: string[];
    held: number;
    declared: boolean;
  }[] {
    return [...this.#shares].map(([name, share]) => ({
      name,
      claimants: [...share.claimants],
      observers: [...share.observers],
      held: share.held.length,
      declared: share.declared,
    }));
  }

  #add(name: string, declared: boolean, heldMax: number): Share<T> {
    if (this.#shares.size >= SHARES_MAX) {
      throw new RaetError("queue_full", `share "${name}" would be one more than ${SHARES_MAX}`);
    }
    const share = { claimants: [], observers: [], turn: 0, held: [], declared, heldMax };
    this.#shares.set(name, share);
    return share;
  }
}
