/**
 * Telling a manor that was started again of what is durable: messages that the one before may not have
 * written down are sent again, in order, and it is asked of those that it has.
 *
 * Invariant: while that goes on no other durable message is sent, so none is overtaken.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { IDS_PER_CALL_MAX } from "../base/limits.ts";
import { type Clock, pause } from "../io/clock.ts";
import type { Envelope } from "../route/envelope.ts";
import { failure } from "../route/outcome.ts";
import type { DeliveryTable } from "./deliveries.ts";

/** How soon a link that is full is tried again. */
const PAUSE_MS = 20;
/** How soon a manor is asked again that can't read what became of messages. */
const UNREAD_PAUSE_MS = 2_000;

/** What catching up needs of its yard. */
export interface CatchUpYard {
  readonly clock: Clock;
  readonly deliveries: DeliveryTable;
  /** whether there is a manor to send to */
  isTied(): boolean;
  /** puts a message for the manor on the link; its handle, or why it can't */
  transmit(envelope: Envelope): number | RaetError;
  /** ids of those that the manor does not know. @throws {RaetError} */
  resume(ids: string[]): Promise<string[]>;
}

/** Brings a manor up to date. */
export class CatchUp {
  readonly #yard: CatchUpYard;
  #isRunning = false;
  /** counts the manors that were to be told */
  #runs = 0;

  constructor(yard: CatchUpYard) {
    this.#yard = yard;
  }

  /** Whether a durable message has to wait for those before it. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Another manor runs. */
  async run(): Promise<void> {
    const { deliveries } = this.#yard;
    this.#isRunning = true;
    const run = ++this.#runs;
    for (const envelope of deliveries.unsent()) {
      if (!await this.#send(envelope, run)) return; // the next manor is told anew
    }
    this.#isRunning = false;
    const stored = deliveries.storedIds();
    for (let at = 0; at < stored.length; at += IDS_PER_CALL_MAX) {
      await this.#ask(stored.slice(at, at + IDS_PER_CALL_MAX), run);
    }
  }

  /** If the manor goes away again, all is asked of the next one. One that can't read its disk may do so later. */
  async #ask(ids: string[], run: number): Promise<void> {
    while (run === this.#runs && this.#yard.isTied()) {
      try {
        return await this.resume(ids);
      } catch (error) {
        if (!(error instanceof RaetError) || error.code !== "bad_config") return;
      }
      await pause(this.#yard.clock, UNREAD_PAUSE_MS);
    }
  }

  /**
   * The link gave one back that the manor did not read, and others may follow: they are sent again in a moment,
   * before all that came after them.
   */
  again(): void {
    this.#isRunning = true;
    const run = ++this.#runs; // one that waits for the link would go on behind them
    this.#yard.clock.after(PAUSE_MS, () => {
      if (run === this.#runs) void this.run();
    });
  }

  /** Asks for what became of messages. @throws {RaetError} `no_manor` */
  async resume(ids: string[]): Promise<void> {
    for (const id of await this.#yard.resume(ids)) {
      const why = "the manor knows of no such durable message, or not any more";
      this.#yard.deliveries.giveUp(id, why);
    }
  }

  async #send(envelope: Envelope, run: number): Promise<boolean> {
    const { clock, deliveries } = this.#yard;
    // Before it is tied a manor takes nothing, and so nothing may count as sent to it.
    while (run === this.#runs && this.#yard.isTied()) {
      const ttlMs = deliveries.lifeLeft(envelope);
      if (ttlMs === 0) return true; // it was given up meanwhile, or is about to be
      const handle = this.#yard.transmit({ ...envelope, ttlMs });
      if (!(handle instanceof RaetError)) {
        deliveries.sentAgain(envelope.id, handle); // at once: that it failed may be told next
        return true;
      }
      if (handle.code === "too_large" || handle.code === "bad_body") {
        // No link takes it, however long those after it wait.
        deliveries.settle(envelope.id, failure(handle.code, handle.message));
        return true;
      }
      await pause(clock, PAUSE_MS); // the link is full
    }
    return false;
  }
}
