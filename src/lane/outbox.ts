/**
 * Messages that wait for one yard, in order, within limits.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { MESSAGE_BYTES_PER_YARD_MAX, MESSAGES_PER_YARD_MAX } from "../base/limits.ts";
import type { PackedPages } from "../wire/page.ts";

/** A message on its way out. */
export interface Waiting {
  readonly handle: number;
  readonly pages: PackedPages;
  readonly queuedAt: number;
  /** Number of the page to send next. */
  nextPage: number;
  /** That page, once it was tried. */
  page: Uint8Array | null;
}

/** The messages that wait for one yard. */
export class Outbox {
  #messages: Waiting[] = [];
  #first = 0;
  #bytes = 0;

  /** How many there are. */
  get length(): number {
    return this.#messages.length - this.#first;
  }

  /** Bytes of all their pages. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The one to send from; undefined if there is none. */
  get head(): Waiting | undefined {
    return this.#messages[this.#first];
  }

  /**
   * Checks that there is room for one more.
   *
   * @throws {RaetError} `queue_full`
   */
  checkRoom(yard: string, bytes: number): void {
    if (this.length < MESSAGES_PER_YARD_MAX && this.#bytes + bytes <= MESSAGE_BYTES_PER_YARD_MAX) {
      return;
    }
    throw new RaetError(
      "queue_full",
      `${this.length} messages of ${this.#bytes} bytes wait for yard "${yard}": expected at most ${MESSAGES_PER_YARD_MAX} of ${MESSAGE_BYTES_PER_YARD_MAX}`,
    );
  }

  /** Adds one at the end. */
  push(message: Waiting): void {
    this.#messages.push(message);
    this.#bytes += message.pages.bytes;
  }

  /** Takes the first one off. */
  shift(): Waiting | undefined {
    const message = this.#messages[this.#first];
    if (message === undefined) return undefined;
    this.#first++;
    this.#bytes -= message.pages.bytes;
    // Taken ones go in heaps, as moving the rest up one by one would cost their square.
    if (this.#first * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#first);
      this.#first = 0;
    }
    return message;
  }
}
