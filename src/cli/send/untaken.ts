/**
 * A message that nobody takes waits until its time is over: whoever sent it is told, before that, why
 * nothing happens.
 *
 * @module
 */
import type { Delivery } from "../../client/delivery.ts";
import { formatTriple, INBOX, type Triple } from "../../route/triple.ts";
import type { Output } from "../output.ts";

/** What is delivered within that is nothing to tell. */
const TELL_AFTER_MS = 2_000;

/** Says once that a message has not been taken yet, unless it is disposed of, or its estate is away. */
export class UntakenNote implements Disposable {
  readonly #timer: ReturnType<typeof setTimeout>;

  /** @param waitMs how long its outcome is waited for */
  constructor(output: Output, delivery: Delivery, to: Triple, waitMs: number) {
    let isAway = false;
    delivery.onNews((news) => isAway ||= news === "waiting");
    const where = formatTriple({ ...to, share: to.share || INBOX });
    this.#timer = setTimeout(() => {
      if (isAway) return; // that is said
      const seconds = Math.round(waitMs / 1000);
      const why = `waiting up to ${seconds} s for a process that listens on ${where}`;
      output.note(`nobody has taken the message yet: ${why}`);
    }, TELL_AFTER_MS);
  }

  /** It has its outcome, or is waited for no more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
