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
import { ReceiptTable } from "./receipts.ts";

/** What is said of a durable message, until the manor has it. */
interface Saying {
  readonly envelope: Envelope;
  readonly result: Result;
  /** the link had no room for it */
  failed: boolean;
}

/** Sends acknowledgements, and knows which have left. Of a durable message they are sent until they have. */
export class Acknowledgements {
  readonly #yard: string;
  readonly #transmit: (envelope: Envelope) => number | RaetError;
  readonly #receipts: ReceiptTable;
  readonly #sayings = new Map<string, Saying>();
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

  /**
   * Tells the manor what became of a message; whether it knows, or is gone and gives it to nobody else.
   * Copies are never acknowledged: they want nothing.
   */
  send(envelope: Envelope, result: Result): Promise<boolean> {
    if (!envelope.wants) return Promise.resolve(true);
    if (this.#closed) return Promise.resolve(false);
    const { durable, source, id } = envelope;
    const isKnown = this.#receipts.wait(this.#transmit(makeEnvelope({
      source: { estate: "", yard: this.#yard, share: INBOX },
      // The manor may have been restarted: with where it came from it finds the message on its disk.
      ...durable ? { durable, destination: { ...NOWHERE, estate: source.estate } } : {},
      answers: [id],
      result,
    })));
    if (durable) void this.#follow({ envelope, result, failed: false }, isKnown);
    return isKnown;
  }

  /** The manor reads again: it is told what the link had no room for. */
  again(): void {
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
  }

  async #follow(saying: Saying, isKnown: Promise<boolean>): Promise<void> {
    const key = keyText(keyOf(saying.envelope));
    this.#sayings.set(key, saying);
    saying.failed = !await isKnown;
    // It may have been forgotten, or something else have been said of it.
    if (!saying.failed && this.#sayings.get(key) === saying) this.#sayings.delete(key);
  }
}
