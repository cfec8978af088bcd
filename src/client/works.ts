/**
 * Durable messages that this process has been given. Each stays here until the manor has said that the
 * acknowledgement is on disk, so one that comes again, as after a restart of the manor, is known: by its id and
 * the estate that it came from, as those of two may have one id.
 *
 * @module
 */
import type { MessageKey } from "../route/control.ts";
import type { Envelope } from "../route/envelope.ts";
import type { Result } from "../route/outcome.ts";
import { INBOX } from "../route/triple.ts";
import { keyOf, keyText } from "./message.ts";

interface Work {
  readonly envelope: Envelope;
  /** the listener from which the program has it; null until it does */
  listener: object | null;
  /** the program is done with it */
  acknowledged: boolean;
  readonly waiters: ((isNoted: boolean) => void)[];
}

/** What works need of their yard. */
export interface WorksYard {
  /** tells the manor what became of a message */
  send(envelope: Envelope, result: Result): Promise<unknown>;
}

/** The durable messages of one process. */
export class Works {
  readonly #yard: WorksYard;
  readonly #all = new Map<string, Work>();
  #closed = false;

  constructor(yard: WorksYard) {
    this.#yard = yard;
  }

  /** Which they are, for a manor that was restarted. */
  held(): MessageKey[] {
    return [...this.#all.values()].map(({ envelope }) => keyOf(envelope));
  }

  /**
   * Those of a share of the manor's that the program has, and of which the manor has not noted the end. First
   * those that it works on, then those that it was done with last: of the others the manor knows that it is.
   */
  begun(share: string): MessageKey[] {
    const all = [...this.#all.values()].filter(({ listener, envelope: { destination } }) =>
      listener && destination.yard === "" && (destination.share || INBOX) === share
    );
    all.reverse().sort((a, b) => Number(a.acknowledged) - Number(b.acknowledged));
    return all.map(({ envelope }) => keyOf(envelope));
  }

  /** Whether one is here. */
  has(envelope: Envelope): boolean {
    return this.#of(envelope) !== undefined;
  }

  /** One came; false if it is here already. */
  take(envelope: Envelope): boolean {
    const known = this.#of(envelope);
    if (!known) this.#add(envelope);
    else if (known.acknowledged) void this.#yard.send(envelope, DELIVERED);
    return !known;
  }

  /** The program gets it from a listener. */
  begin(envelope: Envelope, listener: object): void {
    const work = this.#of(envelope);
    if (work) work.listener = listener;
  }

  /** The program takes the next one of a listener, so it is done with those that it has of it. */
  finish(listener: object): void {
    for (const work of this.#all.values()) {
      if (work.listener === listener && !work.acknowledged) void this.done(work.envelope);
    }
  }

  /** A listener has ended: what the program has of it and is not done with goes to somebody else. */
  leave(listener: object): Envelope[] {
    const left = [...this.#all.values()]
      .filter((work) => work.listener === listener && !work.acknowledged)
      .map(({ envelope }) => envelope);
    for (const envelope of left) this.giveBack(envelope);
    return left;
  }

  /** The program is done with it. True once that is on disk; false if it was too late. */
  done(envelope: Envelope): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    // One that was given back: the manor will say whether it counts.
    const work = this.#of(envelope) ?? this.#add(envelope);
    const { waiters } = work;
    if (!work.acknowledged) void this.#yard.send(envelope, DELIVERED);
    work.acknowledged = true;
    return new Promise((resolve) => waiters.push(resolve));
  }

  /** It goes to somebody else: the program has not taken it, or is not done with it. */
  giveBack(envelope: Envelope): void {
    if (!this.#of(envelope)?.acknowledged) this.#all.delete(keyText(keyOf(envelope)));
  }

  /** The manor has the acknowledgement on disk, or it came too late. */
  settle(message: MessageKey, isNoted: boolean): void {
    const key = keyText(message);
    const work = this.#all.get(key);
    if (!work?.acknowledged) return;
    this.#all.delete(key);
    for (const resolve of work.waiters) resolve(isNoted);
  }

  /** Another run of the manor: it may not have heard. */
  acknowledgeAgain(): void {
    for (const { envelope, acknowledged } of this.#all.values()) {
      if (acknowledged) void this.#yard.send(envelope, DELIVERED);
    }
  }

  /** The process leaves: nobody will say any more. */
  close(): void {
    this.#closed = true;
    for (const { waiters } of this.#all.values()) for (const resolve of waiters) resolve(false);
    this.#all.clear();
  }

  #of(envelope: Envelope): Work | undefined {
    return this.#all.get(keyText(keyOf(envelope)));
  }

  #add(envelope: Envelope): Work {
    const work: Work = { envelope, listener: null, acknowledged: false, waiters: [] };
    this.#all.set(keyText(keyOf(envelope)), work);
    return work;
  }
}

const DELIVERED: Result = { status: "delivered" };
