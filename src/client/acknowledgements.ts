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
import { ReceiptTable } from "./receipts.ts";

/** Sends acknowledgements, and knows which have left. */
export class Acknowledgements {
  readonly #yard: string;
  readonly #transmit: (envelope: Envelope) => number | RaetError;
  readonly #receipts = new ReceiptTable();
  #closed = false;

  /** @param transmit puts a message for the manor on the link; its handle, or why it can't */
  constructor(yard: string, transmit: (envelope: Envelope) => number | RaetError) {
    this.#yard = yard;
    this.#transmit = transmit;
  }

  /**
   * Tells the manor what became of a message; whether it knows, or is gone and gives it to nobody else.
   * Copies are never acknowledged: they want nothing.
   */
  send(envelope: Envelope, result: Result): Promise<boolean> {
    if (!envelope.wants) return Promise.resolve(true);
    if (this.#closed) return Promise.resolve(false);
    const { durable, source, id } = envelope;
    return this.#receipts.wait(this.#transmit(makeEnvelope({
      source: { estate: "", yard: this.#yard, share: INBOX },
      // The manor may have been restarted: with where it came from it finds the message on its disk.
      ...durable ? { durable, destination: { ...NOWHERE, estate: source.estate } } : {},
      answers: [id],
      result,
    })));
  }

  /** The link is done with something. */
  ended(event: LinkEvent & { type: "sent" | "failed" }): void {
    this.#receipts.ended(event);
  }

  /** The process leaves: it says no more. */
  close(): void {
    this.#closed = true;
  }
}
