/**
 * Whether the manor has read what it was told. Over a connection, what the system has sent may be lost with
 * that, though both ends live: only an answer to what was said later tells that it was read.
 *
 * Invariant: what was said over one connection is never taken to be read because of what is said over the next.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";

interface Waiting {
  readonly number: number;
  readonly resolve: (isRead: boolean) => void;
}

/** Those who wait until the manor has read what they said. */
export class Readings {
  readonly #call: () => Promise<unknown>;
  #waiting: Waiting[] = [];
  #count = 0;
  #isCalling = false;

  /** @param call has the manor answer; rejects with no_manor if it did not */
  constructor(call: () => Promise<unknown>) {
    this.#call = call;
  }

  /** Whether the manor reads what it was told just now; false if the connection ends first. */
  wait(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.push({ number: ++this.#count, resolve });
    this.again();
    return promise;
  }

  /** The manor answers, so it can be asked again. */
  again(): void {
    if (this.#isCalling || this.#waiting.length === 0) return;
    this.#isCalling = true;
    // A turn may say much, and one call is enough for it.
    queueMicrotask(() => void this.#ask());
  }

  /** The connection has ended. */
  end(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(false);
  }

  async #ask(): Promise<void> {
    const upTo = this.#count;
    let isRead = true;
    try {
      await this.#call();
    } catch (error) {
      // What else it may answer, it has read.
      isRead = !(error instanceof RaetError) || error.code !== "no_manor";
    }
    this.#isCalling = false;
    if (!isRead) return;
    const read = this.#waiting.filter(({ number }) => number <= upTo);
    this.#waiting = this.#waiting.filter(({ number }) => number > upTo);
    for (const { resolve } of read) resolve(true);
    this.again();
  }
}
