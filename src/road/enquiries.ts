/**
 * What a remote is asked by alives, beyond the alive itself: whether it lives under the keys on record
 * (a probe, for whoever wants to take its place), and what it can do. The second is hinted at in the
 * join, which is unsigned, so it is asked in each session anew by alives that are filled (design.md).
 *
 * @module
 */
import type { Capabilities } from "./events.ts";

/** Filled alives in one session before a peer that hinted counts as classic. */
const FILLED_ALIVES_MAX = 3;

/** Questions to one remote that wait for an answer. */
export class Enquiries {
  /** What it said that it can do; null where it said nothing. */
  capabilities: Capabilities | null = null;
  /** Filled alives of this session: null once it is settled what the far side can do. */
  #filledAlives: number | null = null;
  /** The epoch that it last said, null if none was heard of; undefined before the first. */
  #lastEpoch: string | null | undefined = undefined;
  #probes: ((lives: boolean) => void)[] = [];

  /** Whether it is to be asked what it can do. */
  get unsettled(): boolean {
    return this.#filledAlives !== null;
  }

  /** Adds one who wants to know whether it lives. */
  probe(report: (lives: boolean) => void): void {
    this.#probes.push(report);
  }

  /** It is known whether it lives: all who asked are told. */
  lives(lives: boolean): void {
    if (this.#probes.length === 0) return;
    const probes = this.#probes;
    this.#probes = [];
    for (const report of probes) report(lives);
  }

  /** @param asks whether this session has to find out what it can do */
  sessionBegan(asks: boolean): void {
    this.capabilities = null;
    this.#filledAlives = asks ? 0 : null;
  }

  /** Nothing is to be found out in a session that ended. */
  sessionEnded(): void {
    this.#filledAlives = null;
  }

  /** A filled alive was answered with nothing, perhaps for a loss; true when there is no use in more. */
  saysNothing(): boolean {
    if (this.#filledAlives === null) return false;
    return ++this.#filledAlives >= FILLED_ALIVES_MAX;
  }

  /**
   * It is known what it can do in this session, or that it says nothing.
   *
   * @returns whether it is the same run of the far side as before. A peer that is not asked is classic
   * and counts as the same: what was not done is sent again, as the reference does. One that was asked and
   * says nothing does not: what it says may have been kept back, to have a message handed over twice.
   */
  settle(capabilities: Capabilities | null): boolean {
    const isNoAnswer = this.unsettled && capabilities === null;
    this.capabilities = capabilities;
    this.#filledAlives = null;
    const epoch = capabilities?.epoch ?? null;
    const isSame = this.#lastEpoch === undefined || this.#lastEpoch === epoch && !isNoAnswer;
    // One that says the same epoch before and after a session in which it said nothing ran all the while.
    this.#lastEpoch = isNoAnswer ? this.#lastEpoch ?? null : epoch;
    return isSame;
  }
}
