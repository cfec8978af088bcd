/**
 * The transactions of the road, open and recent, as an operator asks for them. Those that ended are
 * kept as the road told of them, and made readable when somebody asks: most are never asked for.
 *
 * Bounded by number, and by the bytes that long ones keep of their last packets; the oldest are
 * forgotten first. The heads of packets stand in a ring of the road's that forgets by itself.
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
import type {
  TransactionEvent,
  TransactionFacts,
  TransactionView as OpenTransaction,
} from "../road/events.ts";
import type { TransactionDetail, TransactionView } from "../route/control.ts";
import { noteHead, packetView, roundMs } from "./packet_view.ts";

/** What a history needs of the manor. */
export interface HistoryOwner {
  /** Unix time in milliseconds of a moment on the road's clock */
  wallTime(now: number): number;
  /** the road's clock */
  now(): number;
  /** transactions of the road that have not ended */
  open(): OpenTransaction[];
  /** the id of the message that the road was given under a handle; "" if there is none */
  messageOf(handle: number): string;
}

/** Remembers the last transactions, the oldest forgotten first. */
export class History {
  readonly #owner: HistoryOwner;
  /** Rings of what has ended, with the id of the message that each carried. */
  readonly #ended: (TransactionEvent | undefined)[] = [];
  readonly #messageIds: string[] = [];
  /** Counts all that ever ended, and those that were forgotten. */
  #end = 0;
  #start = 0;
  #heldBytes = 0;
  /** The message that came last: the end of its transaction is told next. */
  #arrived = { transaction: 0, messageId: "" };

  constructor(owner: HistoryOwner) {
    this.#owner = owner;
  }

  /** Notes the end of a transaction. Other steps are not kept: the road tells of what is open. */
  note(step: TransactionEvent): void {
    if (step.phase !== "ended") return;
    if (this.#end - this.#start >= TRANSACTIONS_REMEMBERED_MAX) this.#forget();
    const at = this.#end++ % TRANSACTIONS_REMEMBERED_MAX;
    this.#ended[at] = step;
    // The road asks nobody about a handle once its message has its outcome, which comes next.
    this.#messageIds[at] = step.handle !== 0
      ? this.#owner.messageOf(step.handle)
      : step.id === this.#arrived.transaction
      ? this.#arrived.messageId
      : "";
    this.#heldBytes += step.notes?.heldBytes ?? 0;
    while (this.#heldBytes > TRACE_BYTES_MAX) this.#forget();
  }

  /** A message came in: its id is put beside the transaction that brought it. */
  noteMessage(transaction: number, messageId: string): void {
    this.#arrived.transaction = transaction;
    this.#arrived.messageId = messageId;
  }

  /** All that are remembered or open, the oldest first. */
  rows(): TransactionView[] {
    return this.#all().map(({ facts, step }) => step ? this.view(step) : this.#openView(facts));
  }

  /** A transaction as it stood at a step. */
  view(step: TransactionEvent): TransactionView {
    const state = step.phase === "ended" ? "ended" : "open";
    return this.#view(step, step.at - step.ms, state, step.outcome);
  }

  /** One of them with its packets; undefined if it is not remembered. */
  detail(id: number): TransactionDetail | undefined {
    const entry = this.#all().find(({ facts }) => facts.id === id);
    return entry && this.#detail(entry);
  }

  /** Those after an id, the oldest first: at most so many, and as much as one answer may hold. */
  details(after: number, limit: number): TransactionDetail[] {
    const details: TransactionDetail[] = [];
    let bytes = 0;
    for (const entry of this.#all()) {
      if (entry.facts.id <= after) continue;
      if (details.length >= Math.min(limit, TRACE_ROWS_MAX)) break;
      const detail = this.#detail(entry);
      bytes += DETAIL_BYTES + detail.packetList.length * PACKET_BYTES;
      if (bytes > TRACE_ANSWER_BYTES_MAX && details.length > 0) break;
      details.push(detail);
    }
    return details;
  }

  #forget(): void {
    const at = this.#start++ % TRANSACTIONS_REMEMBERED_MAX;
    this.#heldBytes -= this.#ended[at]!.notes?.heldBytes ?? 0;
    this.#ended[at] = undefined;
    this.#messageIds[at] = "";
  }

  #all(): Entry[] {
    const entries: Entry[] = this.#owner.open().map((facts) => ({
      facts,
      step: null,
      messageId: this.#owner.messageOf(facts.handle),
    }));
    for (let i = this.#start; i < this.#end; i++) {
      const at = i % TRANSACTIONS_REMEMBERED_MAX;
      const step = this.#ended[at]!;
      entries.push({ facts: step, step, messageId: this.#messageIds[at] });
    }
    return entries.sort((a, b) => a.facts.id - b.facts.id);
  }

  #openView(facts: TransactionFacts): TransactionView {
    return this.#view(facts, this.#owner.now() - facts.ms, "open", "");
  }

  #view(
    facts: TransactionFacts,
    beganAt: number,
    state: TransactionView["state"],
    outcome: string,
  ): TransactionView {
    const { id, kind, estate, ours, ms, packets, bytes, redos } = facts;
    return {
      id,
      kind,
      estate,
      ours,
      state,
      beganAt: roundMs(this.#owner.wallTime(beganAt)),
      ms: roundMs(ms),
      packets,
      bytes,
      redos,
      outcome,
    };
  }

  #detail({ facts, step, messageId }: Entry): TransactionDetail {
    const list = facts.notes?.list() ?? [];
    const ids = list.length > 0 ? noteHead(list[0]) : { sessionId: 0, transactionId: 0 };
    return {
      ...(step ? this.view(step) : this.#openView(facts)),
      address: formatAddress(facts.address),
      sessionId: ids.sessionId,
      transactionId: ids.transactionId,
      messageId,
      packetList: list.map(packetView),
      leftOut: facts.packets - list.length,
    };
  }
}

/** A transaction, with how it ended if it has. */
interface Entry {
  readonly facts: TransactionFacts;
  readonly step: TransactionEvent | null;
  readonly messageId: string;
}

/** Roughly what a transaction and a packet take in an answer. */
const DETAIL_BYTES = 400;
const PACKET_BYTES = 250;
