/**
 * Whose turn it is among ordered messages: none overtakes one of its order that is just being written down,
 * nor, on this host, one that a process may be at work on since an earlier run of this manor, or that was
 * given in vain and is tried again. Messages in memory only wait for durable ones as well.
 *
 * @module
 */
import type { Relay } from "../relay.ts";
import type { DurableBook } from "./book.ts";
import type { Doubt } from "./doubt.ts";
import type { DurableHands } from "./hands.ts";
import type { Retries } from "./retries.ts";
import { Streams } from "./streams.ts";

/** What turns depend on. */
export interface TurnsParts {
  readonly hands: Pick<DurableHands, "relays" | "route">;
  readonly book: DurableBook;
  readonly doubt: Doubt;
  readonly retries: Retries;
}

/** The turns of ordered messages. */
export class Turns {
  readonly #parts: TurnsParts;
  /** Orders of which some are about to be written down for the first time. */
  readonly #unwritten = new Streams();
  /** One that waited for those before it to be written down, and goes on. */
  #freed: Relay | null = null;

  constructor(parts: TurnsParts) {
    this.#parts = parts;
  }

  /** One is about to be written down for the first time, or is not any more. */
  noteUnwritten(relay: Relay, isUnwritten: boolean): void {
    if (isUnwritten) this.#unwritten.add(relay);
    else this.#unwritten.remove(relay);
  }

  /** Whether one is kept here because it would overtake others of its order. It goes on after them. */
  holdsBack(relay: Relay): boolean {
    if (!relay.kept && relay !== this.#freed && this.#unwritten.has(relay)) {
      const goOn = (now: number) => this.#goOn(relay, now);
      this.#parts.book.stage({ changes: [], then: goOn, otherwise: (_, now) => goOn(now) });
      return true;
    }
    const { doubt } = this.#parts;
    if (!doubt.holdsBack(relay)) return false;
    doubt.add(relay);
    return true;
  }

  /** Whether one before it in its order was given in vain and is tried again. */
  isBehind(relay: Relay): boolean {
    return this.#parts.retries.holdsBack(relay);
  }

  /** Whether one to a yard waits for such a one; it goes on after it. */
  waitsBehind(relay: Relay, now: number): boolean {
    const isBehind = this.isBehind(relay);
    if (isBehind) this.#parts.retries.addBehind(relay, now);
    return isBehind;
  }

  /** One has its outcome, or is given up. */
  remove(relay: Relay): void {
    this.#parts.doubt.remove(relay);
    this.#parts.retries.remove(relay);
  }

  #goOn(relay: Relay, now: number): void {
    const { relays, route } = this.#parts.hands;
    if (!relays.has(relay)) return;
    relays.renumber(relay); // those that it waited for have their numbers only now
    this.#freed = relay; // those of its order that are still unwritten came after it
    route(relay, now);
    this.#freed = null;
  }
}
