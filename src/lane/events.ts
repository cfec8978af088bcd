/**
 * What a lane stack tells, and how a yard looks from it.
 *
 * @module
 */
import type { DropReason } from "../base/drop.ts";
import type { Body } from "../base/value.ts";
import type { Packing } from "../wire/page.ts";

/** Why a message did not leave: its yard is gone, stays full, takes no such page, or we closed first. */
export type LaneFailure = "no_yard" | "queue_full" | "too_large" | "expired";

/** Something that happened on a lane. */
export type LaneEvent =
  /** a whole message came */
  | { type: "message"; yard: string; body: Body; packing: Packing }
  /** the last page of a message was handed to its yard's socket */
  | { type: "sent"; handle: number; yard: string }
  /** a message did not leave, or not whole: nobody got it */
  | { type: "failed"; handle: number; yard: string; code: LaneFailure; message: string }
  /**
   * a yard sent its first page; or it is gone, or began anew (then `left` and `came`). What one that is gone
   * said before comes after `left`, and before `came` of the next
   */
  | { type: "yard"; yard: string; state: "came" | "left" }
  /** a datagram, or an unfinished book, was thrown away */
  | { type: "dropped"; reason: DropReason; from: string; detail: string };

/** A yard, for operators. */
export interface YardView {
  /** Its name. */
  readonly yard: string;
  /** Whether a page of it came in its present session. */
  readonly heard: boolean;
  /** When the last page of it came, in the clock of the stack; 0 before the first. */
  readonly heardAt: number;
  /** Whether its socket's queue is full. */
  readonly blocked: boolean;
  /** Messages that wait to be sent to it. */
  readonly messagesWaiting: number;
  /** Bytes of their pages, heads included. */
  readonly bytesWaiting: number;
  /** Books of it that have not all arrived. */
  readonly booksUnfinished: number;
  /** Messages that came from it. */
  readonly messagesReceived: number;
  /** Messages whose last page its socket has taken. */
  readonly messagesSent: number;
}
