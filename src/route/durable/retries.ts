/**
 * Messages that were given in vain, and not for good: each is given again in a while, later each time.
 *
 * @module
 */
import type { Relay } from "../relay.ts";

const RETRY_MS = { first: 200, last: 60_000 };

/** What is tried again, and when. */
export class Retries {
  readonly #all = new Set<Relay>();
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
    kept!.retryAt = now + ms;
    this.#all.add(relay);
    this.#next = Math.min(this.#next, kept!.retryAt);
  }

  /** Whether one is to be tried again. */
  has(relay: Relay): boolean {
    return this.#all.has(relay);
  }

  /** Takes one out. */
  remove(relay: Relay): void {
    this.#all.delete(relay);
  }

  /** What some waited for is there: they are tried at once. */
  hasten(which: (relay: Relay) => boolean, now: number): void {
    for (const relay of this.#all) {
      if (which(relay)) relay.kept!.retryAt = this.#next = now;
    }
  }

  /** Takes out those whose time has come, in the order of their coming. */
  due(now: number): Relay[] {
    if (now < this.#next) return [];
    const due: Relay[] = [];
    this.#next = Infinity;
    for (const relay of this.#all) {
      if (relay.kept!.retryAt <= now) due.push(relay);
      else this.#next = Math.min(this.#next, relay.kept!.retryAt);
    }
    for (const relay of due) this.#all.delete(relay);
    return due.sort((a, b) => a.number - b.number);
  }

  /** When to look next. */
  deadline(): number {
    return this.#all.size === 0 ? Infinity : this.#next;
  }
}
