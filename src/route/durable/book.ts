/**
 * What is about to be written, and what is done once it is. All that a batch of input leads to goes
 * to disk in one transaction (group commit); nobody is told anything before.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import type { Result } from "../outcome.ts";
import type { Relay } from "../relay.ts";
import { readRoute, type Route } from "./same_message.ts";
import type { DurableChange, DurableKey, DurableStore, EndedMessage } from "./store.ts";

/** Messages that are written down as given at once. */
const HAND_AT_ONCE = 64;

/** Changes that belong together, and what follows. */
interface Group {
  readonly changes: readonly DurableChange[];
  readonly then: (now: number) => void;
  /** missing where the change has to be made in the end, however often it fails */
  readonly otherwise?: (error: RaetError, now: number) => void;
}

/** The store, with what is staged for it. */
export class DurableBook {
  readonly #store: DurableStore;
  #groups: Group[] = [];
  #failed = false;
  /** those whose outcome is staged; null for one that is about to be forgotten */
  readonly #ended = new Map<string, EndedMessage | null>();

  constructor(store: DurableStore) {
    this.#store = store;
  }

  /** Whether something waits to be written. */
  get pending(): boolean {
    return this.#groups.length > 0;
  }

  /** Whether the disk took nothing the last time, and something still waits for it. */
  get isStuck(): boolean {
    return this.#failed && this.pending;
  }

  /** The outcome of a message that has ended and is not forgotten, whether that is on disk yet or not. */
  resultOf(key: DurableKey): Result | null {
    const staged = this.#ended.get(keyText(key));
    return staged === undefined ? this.#store.resultOf(key) : staged && staged.result;
  }

  /** Whether the end of a message is about to be written down, or that it is forgotten. */
  isStaged(key: DurableKey): boolean {
    return this.#ended.has(keyText(key));
  }

  /** From whom and for whom a message was that has ended; null if that is not known, or not any more. */
  routeOf(key: DurableKey): Route | null {
    const staged = this.#ended.get(keyText(key));
    return readRoute(staged === undefined ? this.#store.routeOf(key) : staged && staged.route);
  }

  /** Stages changes; `then` is called once they are on disk, `otherwise` if they can't be. */
  stage(group: Group): void {
    this.#groups.push(group);
    for (const change of group.changes) {
      if (change.is === "end") this.#ended.set(keyText(change), change);
      else if (change.is === "forget") this.#ended.set(keyText(change), null);
    }
  }

  /** Does something once what is staged before it is on disk. */
  after(then: (now: number) => void): void {
    this.#groups.push({ changes: [], then });
  }

  /**
   * Writes down at once, besides what is staged, that a message is about to be given, and with it some
   * others of the same place; why it could not, if so.
   */
  hand(relay: Relay, others: readonly Relay[]): RaetError | null {
    const fresh = [relay];
    for (let at = 0; at < others.length && fresh.length < HAND_AT_ONCE; at++) {
      const { kept } = others[at];
      if (kept && !kept.handed && others[at] !== relay) fresh.push(others[at]);
    }
    try {
      this.#store.apply(fresh.map((one) => ({ is: "hand", ...keyOf(one) })));
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      return error;
    }
    for (const { kept } of fresh) kept!.handed = true;
    return null;
  }

  /**
   * Writes all that is staged, and does what follows; why it could not, if so. What follows from one message
   * may fail, as where the disk can't be read, and keeps nothing from the others: they are on disk.
   *
   * @throws at the end, what failed by a fault of ours
   */
  commit(now: number): RaetError | null {
    const groups = this.#groups;
    this.#groups = [];
    this.#failed = false;
    try {
      const changes = groups.flatMap(({ changes }) => changes);
      if (changes.length > 0) this.#store.apply(changes);
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      this.#failed = true;
      this.#groups = groups.filter(({ otherwise }) => !otherwise);
      doAll(groups.map(({ otherwise }) => () => otherwise?.(error, now)));
      return error;
    }
    this.#ended.clear();
    return doAll(groups.map(({ then }) => () => then(now)));
  }
}

/** Does all, though some of it fails; why it did, if so. */
function doAll(calls: readonly (() => void)[]): RaetError | null {
  let fault: unknown = null;
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      if (fault === null || !(error instanceof RaetError)) fault = error;
    }
  }
  if (fault === null || fault instanceof RaetError) return fault;
  throw fault;
}

/** The key of a message that is kept on disk. */
export function keyOf({ kept, id }: Relay): DurableKey {
  return { origin: kept!.origin, id };
}

/** A key as a text. */
export function keyText({ origin, id }: DurableKey): string {
  return `${origin}/${id}`;
}
