/**
 * What a process tells its manor of the messages that it was given.
 *
 * @module
 */
import type { RaetError } from "../base/errors.ts";
import type { LinkEvent } from "../io/link.ts";
import { type Envelope, makeEnvelope, NOWHERE } from "../route/envelope.ts";
import type { Result } from "../route/outcome.ts";
import { INBOX } from "../route/triple.ts";
import { keyOf, keyText } from "./message.ts";
import { ReceiptTable, type Telling } from "./receipts.ts";

/** What is said of a message until the manor has it: of a durable one, or why it was not taken. */
interface Saying {
  readonly envelope: Envelope;
  readonly result: Result;
  /** the link had no room for it */
  failed: boolean;
}

/**
 * Sends acknowledgements, and knows which have left. Those of a durable message are sent until they have, and so is
 * that one was not taken. That a program takes one in memory is said again as long as it may still have it.
 */
export class Acknowledgements {
  readonly #yard: string;
  readonly #transmit: (envelope: Envelope) => number | RaetError;
  readonly #receipts: ReceiptTable;
  readonly #sayings = new Map<string, Saying>();
  #waiting: ((isSame: boolean) => void)[] = [];
  #closed = false;

  /**
   * Begins with none.
   *
   * @param transmit puts a message for the manor on the link; its handle, or why it can't
   * @param canBeCut whether the link may end while the manor lives
   */
  constructor(
    yard: string,
    transmit: (envelope: Envelope) => number | RaetError,
    canBeCut: boolean,
  ) {
    this.#yard = yard;
    this.#transmit = transmit;
    this.#receipts = new ReceiptTable(canBeCut);
  }

  /** Tells the manor what became of a message. Copies are never acknowledged: they want nothing. */
  send(envelope: Envelope, result: Result): Promise<Telling> {
    if (!envelope.wants) return Promise.resolve("told");
    if (this.#closed) return Promise.resolve("cut");
    const { durable, source, id } = envelope;
    const telling = this.#receipts.wait(this.#transmit(makeEnvelope({
      source: { estate: "", yard: this.#yard, share: INBOX },
      // The manor may have been restarted: with where it came from it finds the message on its disk.
      ...durable ? { durable, destination: { ...NOWHERE, estate: source.estate } } : {},
      answers: [id],
      result,
    })));
    const isRepeated = durable || result.status === "failed";
    if (isRepeated) void this.#follow({ envelope, result, failed: false }, telling);
    return telling;
  }

  /**
   * Tells it again whenever the manor reads, as long as the link has no room and that is due.
   *
   * @param isRead waits until the manor has read what was said just now; false if it did not
   */
  async insist(
    envelope: Envelope,
    result: Result,
    isDue: () => boolean,
    isRead: () => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<Telling> {
    while (true) {
      const sending = this.send(envelope, result);
      const reading = isRead(); // at once: what is said of this connection must not be said of the next
      const telling = await sending;
      if (telling !== "full") return telling === "told" && await reading ? "told" : "cut";
      if (!await this.#room()) return "cut";
      if (!isDue()) return "full";
    }
  }

  /** The manor lives and is out of reach: what was given before goes to others. */
  cut(): void {
    this.#endWaiting(false);
  }

  /** The manor reads again: it is told what the link had no room for. */
  again(): void {
    this.#endWaiting(true);
    for (const { envelope, result, failed } of [...this.#sayings.values()]) {
      if (failed) void this.send(envelope, result);
    }
  }

  /**
   * The manor takes some back by itself: that they were refused is not said again, as it would be taken to be
   * said of the next one who has them, who may be this process.
   */
  forgetRefusals(which: (envelope: Envelope) => boolean): void {
    for (const [key, { envelope, result }] of this.#sayings) {
      if (result.status === "failed" && which(envelope)) this.#sayings.delete(key);
    }
  }

  /** The link is done with something. */
  ended(event: LinkEvent & { type: "sent" | "failed" }): void {
    this.#receipts.ended(event);
  }

  /** The process leaves: it says no more. */
  close(): void {
    this.#closed = true;
    this.#sayings.clear();
    this.#endWaiting(false);
  }

  /** Waits until the manor reads again; false if that is over another connection, or the process leaves. */
  #room(): Promise<boolean> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #endWaiting(isSame: boolean): void {
    for (const resolve of this.#waiting.splice(0)) resolve(isSame);
  }

  async #follow(saying: Saying, telling: Promise<Telling>): Promise<void> {
    const key = keyText(keyOf(saying.envelope));
    this.#sayings.set(key, saying);
    saying.failed = await telling !== "told";
    // It may have been forgotten, or something else have been said of it.
    if (!saying.failed && this.#sayings.get(key) === saying) this.#sayings.delete(key);
  }
}
