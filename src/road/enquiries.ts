/**
 * What a remote is asked by alives, beyond the alive itself: whether it lives under the keys on record
 * (a probe, for whoever wants to take its place), and what it can do. The second is asked in
 * each session anew, by alives that are filled (design.md), of whoever said in the handshake that it is one
 * of ours.
 *
 * One that is ours is not taken for classic for want of an answer: anybody on the way could bring that
 * about by throwing away what is filled. It is asked on, and after some tries what needs nothing of it
 * flows meanwhile.
 *
 * @module
 */
import type { Capabilities } from "./events.ts";
import { Redo } from "./transaction.ts";

/** How long the server of a handshake waits for the client's filled alive before it asks itself. */
export const HINT_PAUSE_MS = 250;
/** Filled alives in one session before messages flow to a peer that has not said what it can do. */
const FILLED_ALIVES_MAX = 3;
/** Pauses between those after that. */
const ASK_ON_MS = { first: 500, last: 5000 };
/** Stands for the epoch of one that was asked in vain: none is like it. */
const UNTOLD = "";

/** Questions to one remote that wait for an answer. */
export class Enquiries {
  /** What it said that it can do; null where it said nothing. */
  capabilities: Capabilities | null = null;
  /** When it is to be asked next what it can do; Infinity once that is settled. */
  dueAt = Infinity;
  /** Filled alives of this session that brought nothing. */
  #inVain = 0;
  readonly #pause: Redo;
  /** The epoch that it last said; null where it has nothing to say, undefined before the first session. */
  #lastEpoch: string | null | undefined = undefined;
  #probes: ((lives: boolean) => void)[] = [];

  /** @param jitter a factor for each pause, from 1 */
  constructor(jitter: () => number = () => 1) {
    this.#pause = new Redo(ASK_ON_MS, jitter);
  }

  /** Whether it is to be asked what it can do. */
  get unsettled(): boolean {
    return this.dueAt < Infinity;
  }

  /** Whether anybody wants to know whether it lives. */
  get probing(): boolean {
    return this.#probes.length > 0;
  }

  /** Adds one who wants to know whether it lives. */
  probe(report: (lives: boolean) => void): void {
    this.#probes.push(report);
  }

  /** It is known whether it lives: all who asked are told, also if one of them throws. */
  lives(lives: boolean): void {
    const probes = this.#probes;
    this.#probes = [];
    const errors: unknown[] = [];
    for (const report of probes) {
      try {
        report(lives);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /** @param asks whether this session has to find out what it can do */
  sessionBegan(asks: boolean): void {
    this.capabilities = null;
    this.dueAt = asks ? -Infinity : Infinity;
    this.#inVain = 0;
    this.#pause.reset();
  }

  /** Nothing is to be found out in a session that ended. */
  sessionEnded(): void {
    this.dueAt = Infinity;
  }

  /**
   * A filled alive brought nothing, perhaps for a loss: it is asked on.
   *
   * @returns whether messages are not to wait for it any more
   */
  askedInVain(now: number): boolean {
    if (++this.#inVain < FILLED_ALIVES_MAX) return false;
    this.dueAt = now + this.#pause.next();
    // What goes to it now goes to nobody knows which run of it.
    this.#lastEpoch ??= UNTOLD;
    return true;
  }

  /**
   * It is known what it can do in this session, or that it has nothing to say.
   *
   * @returns whether it is the same run of the far side as before. A peer that has nothing to say is classic
   * and counts as the same as long as it has: what was not done is sent again, as the reference does. One
   * that says the same epoch before and after a session in which it was asked in vain ran all the while.
   */
  settle(capabilities: Capabilities | null): boolean {
    this.capabilities = capabilities;
    this.dueAt = Infinity;
    const before = this.#lastEpoch;
    this.#lastEpoch = capabilities?.epoch ?? null;
    return before === undefined || before === this.#lastEpoch;
  }
}
