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
  /** what the road was given under a handle */
  carriedBy(handle: number): Carried;
}

/** What a transaction carries: a message of that id, receipts, or nothing that is known. */
export interface Carried {
  /** "" if it has none, or is not known */
  readonly messageId: string;
  readonly isReceipt: boolean;
}

/** Nothing that is known. */
export const CARRIES_NOTHING: Carried = { messageId: "", isReceipt: false };

/** Remembers the last transactions, the oldest forgotten first. */
export class History {
  readonly #owner: HistoryOwner;
  /** Rings of what has ended, and what each carried. */
  readonly #ended: (TransactionEvent | undefined)[] = [];
  readonly #carried: Carried[] = [];
  /** Counts all that ever ended, and those that were forgotten. */
  #end = 0;
  #start = 0;
  #heldBytes = 0;
  /** The message that came last: the end of its transaction is told next. */
  #arrived = { transaction: 0, carried: CARRIES_NOTHING };

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
    this.#carried[at] = this.#carriedBy(step);
    this.#heldBytes += step.notes?.heldBytes ?? 0;
    while (this.#heldBytes > TRACE_BYTES_MAX) this.#forget();
  }

  /** A message came in: what it is stands beside the transaction that brought it. */
  noteMessage(transaction: number, carried: Carried): void {
    this.#arrived = { transaction, carried };
  }

  /** All that are remembered or open, the oldest first. */
  rows(): TransactionView[] {
    return this.#all().map((entry) => this.#view(entry));
  }

  /** A transaction as it stands at a step that is just told. */
  view(step: TransactionEvent): TransactionView {
    return this.#view({ facts: step, step, carried: this.#carriedBy(step) });
  }

  /** The kind of a transaction at a step that is just told. */
  kindOf(step: TransactionEvent): string {
    return kindOf(step.kind, this.#carriedBy(step));
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
    this.#carried[at] = CARRIES_NOTHING;
  }

  #all(): Entry[] {
    const entries: Entry[] = this.#owner.open().map((facts) => ({
      facts,
      step: null,
      carried: this.#owner.carriedBy(facts.handle),
    }));
    for (let i = this.#start; i < this.#end; i++) {
      const at = i % TRANSACTIONS_REMEMBERED_MAX;
      const step = this.#ended[at]!;
      entries.push({ facts: step, step, carried: this.#carried[at] });
    }
    return entries.sort((a, b) => a.facts.id - b.facts.id);
  }

  #carriedBy({ handle, id }: TransactionFacts): Carried {
    if (handle !== 0) return this.#owner.carriedBy(handle);
    return id === this.#arrived.transaction ? this.#arrived.carried : CARRIES_NOTHING;
  }

  #view({ facts, step, carried }: Entry): TransactionView {
    const { id, kind, estate, ours, ms, packets, bytes, redos } = facts;
    const beganAt = (step ? step.at : this.#owner.now()) - ms;
    const state = step?.phase === "ended" ? "ended" : "open";
    return {
      id,
      kind: kindOf(kind, carried),
      estate,
      ours,
      state,
      beganAt: roundMs(this.#owner.wallTime(beganAt)),
      ms: roundMs(ms),
      packets,
      bytes,
      redos,
      outcome: step?.outcome ?? "",
      why: step?.why ?? "",
    };
  }

  #detail(entry: Entry): TransactionDetail {
    const { facts, carried } = entry;
    const list = facts.notes?.list() ?? [];
    const ids = list.length > 0 ? noteHead(list[0]) : { sessionId: 0, transactionId: 0 };
    return {
      ...this.#view(entry),
      address: formatAddress(facts.address),
      sessionId: ids.sessionId,
      transactionId: ids.transactionId,
      messageId: carried.messageId,
      packetList: list.map(packetView),
      leftOut: facts.packets - list.length,
    };
  }
}

/** A transaction with what it carries, and the step that is told of it; null for one looked at while it is open. */
interface Entry {
  readonly facts: TransactionFacts;
  readonly step: TransactionEvent | null;
  readonly carried: Carried;
}

/** A message that carries only receipts is a kind of its own: nobody sent it. */
function kindOf(kind: string, { isReceipt }: Carried): string {
  return isReceipt ? "receipt" : kind;
}

/** Roughly what a transaction and a packet take in an answer. */
const DETAIL_BYTES = 400;
const PACKET_BYTES = 250;
