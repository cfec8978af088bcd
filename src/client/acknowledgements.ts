/**
 * What a process tells its manor of the messages that it was given.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { type Envelope, makeEnvelope, NOWHERE } from "../route/envelope.ts";
import type { Result } from "../route/outcome.ts";
import { INBOX } from "../route/triple.ts";

/** Sends acknowledgements, and knows which have left. */
export class Acknowledgements {
  readonly #yard: string;
  readonly #transmit: (envelope: Envelope) => number | RaetError;
  /** those that the link has not given to the manor yet */
  readonly #leaving = new Map<number, () => void>();
  #closed = false;

  /** @param transmit puts a message for the manor on the link; its handle, or why it can't */
  constructor(yard: string, transmit: (envelope: Envelope) => number | RaetError) {
    this.#yard = yard;
    this.#transmit = transmit;
  }

  /**
   * Tells the manor what became of a message. Resolves once the link has given it to the manor, or can't.
   * Copies are never acknowledged: they want nothing.
   */
  send(envelope: Envelope, result: Result): Promise<void> {
    if (!envelope.wants || this.#closed) return Promise.resolve();
    const { durable, source, id } = envelope;
    const handle = this.#transmit(makeEnvelope({
      source: { estate: "", yard: this.#yard, share: INBOX },
      // The manor may have been restarted: with where it came from it finds the message on its disk.
      ...durable ? { durable, destination: { ...NOWHERE, estate: source.estate } } : {},
      answers: [id],
      result,
    }));
    if (handle instanceof RaetError) return Promise.resolve();
    return new Promise((resolve) => this.#leaving.set(handle, resolve));
  }

  /** The link is done with a handle. */
  ended(handle: number): void {
    this.#leaving.get(handle)?.();
    this.#leaving.delete(handle);
  }

  /** The process leaves: it says no more. */
  close(): void {
    this.#closed = true;
    for (const resolve of this.#leaving.values()) resolve();
    this.#leaving.clear();
  }
}
