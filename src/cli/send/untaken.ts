/**
 * A message, or a request, that nobody takes waits until its time is over: whoever sent it is told,
 * before that, why nothing happens.
 *
 * @module
 */
import type { Delivery } from "../../client/delivery.ts";
import { formatTriple, INBOX, type Triple } from "../../route/triple.ts";
import type { Output } from "../output.ts";
import { noteWaiting } from "./durable.ts";

/** What is delivered within that is nothing to tell. */
const TELL_AFTER_MS = 2_000;

/**
 * Says that a message waits for its estate, which is away, or, once, that it has not been taken yet.
 * Nothing once it has its outcome, or is disposed of.
 */
export class UntakenNote implements Disposable {
  readonly #timer: ReturnType<typeof setTimeout>;

  /** @param waitMs how long its outcome is waited for */
  constructor(output: Output, delivery: Delivery, to: Triple, waitMs: number) {
    let isAway = false;
    noteWaiting(output, delivery, to);
    delivery.onNews((news) => isAway ||= news === "waiting");
    delivery.outcome.then(() => clearTimeout(this.#timer));
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
