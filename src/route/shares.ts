/**
 * The shares of one manor: who claims each, whose turn it is, and what is held until somebody can
 * take it. A share exists while a yard claims it, or if it was declared (design.md, Delivery).
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import {
  CLAIMS_PER_YARD_MAX,
  MESSAGE_BYTES_PER_SHARE_MAX,
  MESSAGES_PER_SHARE_MAX,
  SHARES_KEPT_MAX,
  SHARES_KEPT_PER_ESTATE_MAX,
  SHARES_MAX,
} from "../base/limits.ts";

/** One share. `T` is whatever is held. */
interface Share<T> {
  claimants: string[];
  observers: string[];
  /** index into claimants of whose turn is next */
  turn: number;
  held: T[];
  /** about how much memory those take */
  heldBytes: number;
  declared: boolean;
  heldMax: number;
}

/** The shares of a manor. */
export class ShareTable<T> {
  readonly #shares = new Map<string, Share<T>>();
  readonly #claims = new Map<string, number>();
  readonly #weigh: (message: T) => number;
  readonly #rank: (message: T) => number;
  readonly #origin: (message: T) => string;
  #taken = 0;

  /**
   * @param weigh about how much memory a held message takes
   * @param rank the order of their coming
   * @param origin the estate that one came from, "" for this one
   */
  constructor(
    weigh: (message: T) => number,
    rank: (message: T) => number,
    origin: (message: T) => string,
  ) {
    this.#weigh = weigh;
    this.#rank = rank;
    this.#origin = origin;
  }

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
   * @throws {RaetError} `queue_full` if there are too many shares, or that yard claims too many
   */
  claim(name: string, yard: string, observe: boolean): void {
    const known = this.#shares.get(name);
    if (known && listOf(known, observe).includes(yard)) return;
    const claims = this.#claims.get(yard) ?? 0;
    if (claims >= CLAIMS_PER_YARD_MAX) {
      throw new RaetError(
        "queue_full",
        `yard "${yard}" claims ${claims} shares: expected at most ${CLAIMS_PER_YARD_MAX}`,
      );
    }
    const share = known ?? this.#add(name, false, MESSAGES_PER_SHARE_MAX);
    listOf(share, observe).push(yard);
    this.#claims.set(yard, claims + 1);
  }

  /** Ends a claim; returns what the share held if it was for those that claimed it, and that was the last. */
  release(name: string, yard: string, observe: boolean): T[] {
    const share = this.#shares.get(name);
    if (!share) return [];
    const list = listOf(share, observe);
    const at = list.indexOf(yard);
    if (at < 0) return [];
    list.splice(at, 1);
    this.#forgetClaim(yard);
    // Those that only see copies keep nothing for anybody.
    if (observe ? isWanted(share) : this.takes(name)) return [];
    const { held } = share;
    Object.assign(share, { held: [], heldBytes: 0 });
    if (!isWanted(share)) this.#shares.delete(name);
    return held;
  }

  /** Ends all claims of a yard; returns what shares held whose last claim was one of them. */
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

  /** Whether somebody claims it. */
  isClaimed(name: string): boolean {
    return (this.#shares.get(name)?.claimants.length ?? 0) > 0;
  }

  /** Whether a yard claims it. */
  isClaimedBy(name: string, yard: string): boolean {
    return this.#shares.get(name)?.claimants.includes(yard) ?? false;
  }

  /** Whether a message from there that is on disk can be held, also where there is no such share yet. */
  canKeep(name: string, origin: string): boolean {
    const { size } = this.#shares;
    if (this.#shares.has(name) || size < SHARES_KEPT_PER_ESTATE_MAX) return true;
    return size < SHARES_KEPT_MAX &&
      (origin === "" || this.#countOf(origin) < SHARES_KEPT_PER_ESTATE_MAX);
  }

  /** Who claims it. */
  claimants(name: string): readonly string[] {
    return this.#shares.get(name)?.claimants ?? [];
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

  /** Whether one more message can be held, after some that are coming; a share that is not there yet is empty. */
  hasRoom(name: string, coming = 0): boolean {
    const share = this.#shares.get(name);
    return share === undefined ||
      share.held.length + coming < share.heldMax && share.heldBytes < MESSAGE_BYTES_PER_SHARE_MAX;
  }

  /**
   * Holds a message until a claimant can take it, in the order of their coming: one that came back
   * stands before those that came after it. The share is there as long as it holds some, however many there
   * are: what came back has nowhere else to go, and who takes on asks `canKeep`.
   */
  hold(name: string, message: T): void {
    const share = this.#shares.get(name) ?? this.#make(name, false, MESSAGES_PER_SHARE_MAX);
    const rank = this.#rank(message);
    const { held } = share;
    // Nearly all come at the end; of the rest nearly all belong to the front.
    const isNewest = held.length === 0 || this.#rank(held[held.length - 1]) < rank;
    const at = isNewest ? held.length : held.findIndex((other) => this.#rank(other) > rank);
    if (at < 0) held.push(message);
    else held.splice(at, 0, message);
    share.heldBytes += this.#weigh(message);
  }

  /** The message at that place of those held; undefined if there are fewer. */
  heldAt(name: string, at: number): T | undefined {
    return this.#shares.get(name)?.held[at];
  }

  /** All that is held, the oldest first. */
  heldOf(name: string): readonly T[] {
    return this.#shares.get(name)?.held ?? [];
  }

  /** Takes one message out of those held. */
  removeHeld(name: string, message: T): void {
    const share = this.#shares.get(name);
    const at = share?.held.indexOf(message) ?? -1;
    if (!share || at < 0) return;
    this.#taken++;
    share.held.splice(at, 1);
    share.heldBytes -= this.#weigh(message);
    if (share.held.length === 0 && !isWanted(share)) this.#shares.delete(name);
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

  /** How many shares there are for no other reason than messages from there. */
  #countOf(origin: string): number {
    let count = 0;
    for (const share of this.#shares.values()) {
      if (!isWanted(share) && this.#origin(share.held[0]) === origin) count++;
    }
    return count;
  }

  #forgetClaim(yard: string): void {
    const claims = (this.#claims.get(yard) ?? 0) - 1;
    if (claims > 0) this.#claims.set(yard, claims);
    else this.#claims.delete(yard);
  }

  #add(name: string, declared: boolean, heldMax: number): Share<T> {
    if (this.#shares.size >= SHARES_MAX) {
      throw new RaetError("queue_full", `share "${name}" would be one more than ${SHARES_MAX}`);
    }
    return this.#make(name, declared, heldMax);
  }

  #make(name: string, declared: boolean, heldMax: number): Share<T> {
    const share: Share<T> = {
      claimants: [],
      observers: [],
      turn: 0,
      held: [],
      heldBytes: 0,
      declared,
      heldMax,
    };
    this.#shares.set(name, share);
    return share;
  }
}

/** Whether there is a reason for the share besides what it holds. */
function isWanted({ declared, claimants, observers }: Share<unknown>): boolean {
  return declared || claimants.length + observers.length > 0;
}

function listOf({ claimants, observers }: Share<unknown>, observe: boolean): string[] {
  return observe ? observers : claimants;
}
