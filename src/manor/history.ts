/**
 * The transactions of the road, open and recent, as an operator asks for them. They are kept as the
 * road told of them, and made readable when somebody asks: most are never asked for.
 *
 * Bounded by number and by the bytes of their packets' heads; the oldest are forgotten first.
 *
 * @module
 */
import { formatAddress } from "../base/address.ts";
import {
  TRACE_ANSWER_BYTES_MAX,
  TRACE_BYTES_MAX,
  TRACE_ROWS_MAX,
  TRANSACTIONS_REMEMBERED_MAX,
} from "../base/limits.ts";
import type { TransactionEvent } from "../road/events.ts";
import type { TransactionDetail, TransactionView } from "../route/control.ts";
import { noteHead, packetView, roundMs } from "./packet_view.ts";

/** What is remembered of one transaction: the last step that the road told. */
interface Entry {
  step: TransactionEvent;
  /** what its notes counted for, once it has ended */
  heldBytes: number;
  messageId: string;
}

/** What a history needs of the manor. */
export interface HistoryOwner {
  /** Unix time in milliseconds of a moment on the road's clock */
  wallTime(now: number): number;
  /** the id of the message that the road was given under a handle; "" if there is none */
  messageOf(handle: number): string;
}

/** Remembers the last transactions, the oldest forgotten first. */
export class History {
  readonly #owner: HistoryOwner;
  readonly #byId = new Map<number, Entry>();
  #heldBytes = 0;

  constructor(owner: HistoryOwner) {
    this.#owner = owner;
  }

  /** Notes a step of a transaction. */
  note(step: TransactionEvent): void {
    const entry = this.#entry(step);
    if (step.phase === "ended") this.#end(entry, step);
    this.#forget();
  }

  /** Puts the id of a message that came in beside the transaction that brought it. */
  noteMessage(transaction: number, messageId: string): void {
    const entry = this.#byId.get(transaction);
    if (entry) entry.messageId = messageId;
  }

  /** All that are remembered, the oldest first. */
  rows(): TransactionView[] {
    return [...this.#byId.values()].map(({ step }) => this.view(step));
  }

  /** A transaction as it stood at a step. */
  view(step: TransactionEvent): TransactionView {
    return {
      id: step.id,
      kind: step.kind,
      estate: step.estate,
      ours: step.ours,
      state: step.phase === "ended" ? "ended" : "open",
      beganAt: roundMs(this.#owner.wallTime(step.at - step.ms)),
      ms: roundMs(step.ms),
      packets: step.packets,
      bytes: step.bytes,
      redos: step.redos,
      outcome: step.outcome,
    };
  }

  /** One of them with its packets; undefined if it is not remembered. */
  detail(id: number): TransactionDetail | undefined {
    const entry = this.#byId.get(id);
    return entry && this.#detail(entry);
  }

  /** Those after an id, the oldest first: at most so many, and as much as one answer may hold. */
  details(after: number, limit: number): TransactionDetail[] {
    const details: TransactionDetail[] = [];
    let bytes = 0;
    for (const [id, entry] of this.#byId) {
      if (id <= after) continue;
      bytes += entry.step.notes?.heldBytes ?? 0;
      const isFull = details.length >= Math.min(limit, TRACE_ROWS_MAX) ||
        bytes > TRACE_ANSWER_BYTES_MAX && details.length > 0;
      if (isFull) break;
      details.push(this.#detail(entry));
    }
    return details;
  }

  #end(entry: Entry, step: TransactionEvent): void {
    // The road asks nobody about a handle once its message has its outcome, which comes next.
    if (step.handle !== 0) entry.messageId = this.#owner.messageOf(step.handle);
    entry.heldBytes = step.notes?.heldBytes ?? 0;
    this.#heldBytes += entry.heldBytes;
  }

  #entry(step: TransactionEvent): Entry {
    const known = this.#byId.get(step.id);
    if (known) {
      known.step = step;
      return known;
    }
    const entry: Entry = { step, heldBytes: 0, messageId: "" };
    this.#byId.set(step.id, entry);
    return entry;
  }

  #forget(): void {
    while (
      this.#byId.size > TRANSACTIONS_REMEMBERED_MAX || this.#heldBytes > TRACE_BYTES_MAX
    ) {
      const [id, entry] = this.#byId.entries().next().value!;
      this.#heldBytes -= entry.heldBytes;
      this.#byId.delete(id);
    }
  }

  #detail({ step, messageId }: Entry): TransactionDetail {
    const { notes } = step;
    const list = notes?.list() ?? [];
    const ids = list.length > 0 ? noteHead(list[0]) : { sessionId: 0, transactionId: 0 };
    const last = list.at(-1);
    const view = this.view(step);
    const leftOut = notes?.leftOut ?? step.packets;
    return {
      ...view,
      // An open one has more packets than at its last step: its notes are those of now.
      packets: Math.max(view.packets, list.length + leftOut),
      ms: view.state === "open" && last ? Math.max(view.ms, roundMs(last.ms)) : view.ms,
      address: formatAddress(step.address),
      sessionId: ids.sessionId,
      transactionId: ids.transactionId,
      messageId: messageId || this.#owner.messageOf(step.handle),
      packetList: list.map(packetView),
      leftOut,
    };
  }
}
