/**
 * Which transactions of a remote have ended, within a window behind the newest (protocol.md 5). One
 * byte an id, so a remote costs nothing until it sends a message, and never more than the window.
 *
 * @module
 */
import { DONE_WINDOW } from "../base/limits.ts";
import { isSameOrNewer } from "../base/serial.ts";
import type { Head } from "../wire/head.ts";

/** What the head of a packet names a transaction by. */
type Ids = Pick<Head, "sessionId" | "transactionId">;

/** How a transaction ended. */
export type LastWord = "done" | "nacked";

/**
 * The ended transaction ids of one session of one remote: those under its newest number. Those under one
 * before are forgotten, as nothing under it is looked at any more: it may have been an earlier session's.
 */
export class DoneWindow {
  #marks: Uint8Array | null = null;
  #sessionId = 0;
  #newest = 0;

  /** Remembers that a transaction ended, whatever was remembered of it before. */
  add({ sessionId, transactionId }: Ids, ending: LastWord): void {
    if (this.#marks !== null && sessionId !== this.#sessionId) {
      if (!isSameOrNewer(sessionId, this.#sessionId)) return;
      this.clear();
    }
    this.#sessionId = sessionId;
    this.#marks ??= new Uint8Array(DONE_WINDOW);
    this.#moveTo(transactionId);
    // Its place is another one's by now, and what is so old counts as nacked anyway.
    if (distance(this.#newest, transactionId) >= DONE_WINDOW) return;
    this.#marks[transactionId % DONE_WINDOW] = ending === "done" ? DONE : NACKED;
  }

  /**
   * How a transaction ended; null if it is not known to have ended. One that is older than the window
   * reaches counts as nacked: it can't be told from one that was done.
   */
  get({ sessionId, transactionId }: Ids): LastWord | null {
    if (this.#marks === null || sessionId !== this.#sessionId) return null;
    if (isSameOrNewer(transactionId, this.#newest) && transactionId !== this.#newest) return null;
    if (distance(this.#newest, transactionId) >= DONE_WINDOW) return "nacked";
    const mark = this.#marks[transactionId % DONE_WINDOW];
    return mark === DONE ? "done" : mark === NACKED ? "nacked" : null;
  }

  /** Forgets everything: a new session began. */
  clear(): void {
    this.#marks = null;
    this.#newest = 0;
  }

  /** The slots between the newest so far and this one held ids that are out of the window now. */
  #moveTo(transactionId: number): void {
    if (this.#newest === 0) {
      this.#newest = transactionId;
      return;
    }
    if (!isSameOrNewer(transactionId, this.#newest)) return;
    const steps = Math.min(distance(transactionId, this.#newest), DONE_WINDOW);
    for (let i = 1; i <= steps; i++) this.#marks![(this.#newest + i) % DONE_WINDOW] = 0;
    this.#newest = transactionId;
  }
}

const DONE = 1;
const NACKED = 2;
const SPAN = 0x100000000;

function distance(newer: number, older: number): number {
  return (newer - older + SPAN) % SPAN;
}
