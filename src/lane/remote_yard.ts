/**
 * What a lane stack knows of one yard.
 *
 * @module
 */
import { YARD_STALL_MS_MAX } from "../base/limits.ts";
import type { YardView } from "./events.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";

/** One yard of the lane. */
export class RemoteYard {
  /** What the yard calls its session; null before its first page. */
  theirSession: string | null = null;
  /** Since when it has taken no page, null if it takes them. */
  fullSince: number | null = null;
  /** When its last page came. */
  heardAt = 0;
  /** Whole messages from it. */
  messagesReceived = 0;
  /** Whole messages to it. */
  messagesSent = 0;
  /** Messages that wait for it. */
  readonly outbox: Outbox = new Outbox();
  /** Books of it that are being put together. */
  readonly inbox: Inbox = new Inbox();

  /** Begins without a page either way. */
  constructor(readonly name: string, readonly path: string) {}

  /** When the first message for it has waited long enough, if it goes on taking nothing. */
  get stallEnd(): number {
    const head = this.outbox.head;
    if (head === undefined || this.fullSince === null) return Infinity;
    return Math.max(head.queuedAt, this.fullSince) + YARD_STALL_MS_MAX;
  }

  /** For operators. */
  view(blocked: boolean): YardView {
    return {
      yard: this.name,
      heard: this.theirSession !== null,
      heardAt: this.heardAt,
      blocked,
      messagesWaiting: this.outbox.length,
      bytesWaiting: this.outbox.bytes,
      booksUnfinished: this.inbox.length,
      messagesReceived: this.messagesReceived,
      messagesSent: this.messagesSent,
    };
  }
}
