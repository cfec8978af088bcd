/**
 * Whether the manor has read what it was told. Over a connection, what the system has sent may be lost with
 * that, though both ends live: only an answer to what was said later tells that it was read.
 *
 * Invariant: what was said over one connection is never taken to be read because of what is said over the next.
 *
 * @module
 */
import { ReadMark } from "./read_mark.ts";

interface Waiting {
  readonly number: number;
  readonly resolve: (isRead: boolean) => void;
}

/** Those who wait until the manor has read what they said. */
export class Readings {
  readonly #mark: ReadMark;
  #waiting: Waiting[] = [];

  /** @param call has the manor answer; rejects with no_manor if it did not */
  constructor(call: () => Promise<unknown>) {
    this.#mark = new ReadMark(call, (upTo) => this.#end(upTo, true));
  }

  /** Whether the manor reads what it was told just now; false if the connection ends first. */
  wait(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.push({ number: this.#mark.note(), resolve });
    return promise;
  }

  /** The manor answers, so it can be asked again. */
  again(): void {
    this.#mark.again();
  }

  /** The connection has ended. */
  end(): void {
    this.#mark.forget();
    this.#end(Infinity, false);
  }

  #end(upTo: number, isRead: boolean): void {
    const ended = this.#waiting.filter(({ number }) => number <= upTo);
    this.#waiting = this.#waiting.filter(({ number }) => number > upTo);
    for (const { resolve } of ended) resolve(isRead);
  }
}
