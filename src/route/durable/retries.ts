/**
 * Messages that were given in vain, and not for good: each is given again in a while, later each time.
 * What is ordered after one of them waits for it.
 *
 * @module
 */
import type { Relay } from "../relay.ts";
import { Streams } from "./streams.ts";

const RETRY_MS = { first: 200, last: 60_000 };

/** What is tried again, and when. */
export class Retries {
  /** when each is tried again, on the caller's clock */
  readonly #all = new Map<Relay, number>();
  readonly #streams = new Streams();
  readonly #jitter: () => number;
  #next = Infinity;

  /** @param jitter a factor around 1 for each pause, so that many don't come back at once */
  constructor(jitter: () => number) {
    this.#jitter = jitter;
  }

  /** Tries one again later. */
  add(relay: Relay, now: number): void {
    const { kept } = relay;
    const ms = Math.min(RETRY_MS.first * 2 ** kept!.tries++, RETRY_MS.last) * this.#jitter();
    this.#add(relay, now + ms);
  }

  /** Tries one again soon: it only waits for one before it, and may be in memory only. */
  addBehind(relay: Relay, now: number): void {
    this.#add(relay, now + RETRY_MS.first);
  }

  /** Whether one would overtake another of its order. */
  holdsBack(relay: Relay): boolean {
    return this.#streams.holdBack(relay);
  }

  /** Whether one is to be tried again. */
  has(relay: Relay): boolean {
    return this.#all.has(relay);
  }

  /** Takes one out. */
  remove(relay: Relay): void {
    this.#all.delete(relay);
    this.#streams.remove(relay);
  }

  /** What some waited for is there: they are tried at once. */
  hasten(which: (relay: Relay) => boolean, now: number): void {
    for (const relay of this.#all.keys()) {
      if (!which(relay)) continue;
      this.#all.set(relay, now);
      this.#next = now;
    }
  }

  /**
   * Takes out those whose time has come, in the order of their coming. One at a time: what comes after one
   * that has not gone on yet must not overtake it.
   */
  *due(now: number): Generator<Relay> {
    if (now < this.#next) return;
    const isDue = (relay: Relay) => (this.#all.get(relay) ?? Infinity) <= now;
    const due = [...this.#all.keys()].filter(isDue).sort((a, b) => a.number - b.number);
    for (const relay of due) {
      if (!isDue(relay)) continue; // it has ended meanwhile
      this.remove(relay);
      yield relay;
    }
    this.#next = Infinity;
    for (const at of this.#all.values()) this.#next = Math.min(this.#next, at);
  }

  /** When to look next. */
  deadline(): number {
    return this.#all.size === 0 ? Infinity : this.#next;
  }

  #add(relay: Relay, at: number): void {
    this.#streams.add(relay);
    this.#all.set(relay, at);
    this.#next = Math.min(this.#next, at);
  }
}
