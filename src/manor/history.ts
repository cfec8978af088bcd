/**
 * The transactions of the road, open and recent, as an operator asks for them.
 *
 * @module
 */
import { TRANSACTIONS_REMEMBERED_MAX } from "../base/limits.ts";
import type { TransactionEvent } from "../road/events.ts";
import type { TransactionDetail, TransactionView } from "../route/control.ts";

/** Remembers the last transactions, the oldest forgotten first. */
export class History {
  readonly #byId = new Map<number, TransactionView>();

  /** Notes a step of a transaction, and returns how it stands. @param wallTime Unix time, ms */
  note(event: TransactionEvent, wallTime: number): TransactionView {
    const view: TransactionView = {
      id: event.id,
      kind: event.kind,
      estate: event.estate,
      ours: event.ours,
      state: event.phase === "ended" ? "ended" : "open",
      beganAt: Math.round(wallTime - event.ms),
      ms: event.ms,
      packets: event.packets,
      bytes: event.bytes,
      redos: event.redos,
      outcome: event.outcome,
    };
    this.#byId.set(view.id, view);
    if (this.#byId.size > TRANSACTIONS_REMEMBERED_MAX) {
      this.#byId.delete(this.#byId.keys().next().value!);
    }
    return view;
  }

  /** One of them with its packets; undefined if it is not remembered. */
  detail(id: number): TransactionDetail | undefined {
    const view = this.#byId.get(id);
    return view && detailOf(view);
  }

  /** Those after an id, the oldest first, at most so many. */
  details(after: number, limit: number): TransactionDetail[] {
    const rows = this.rows().filter(({ id }) => id > after).slice(0, limit);
    return rows.map(detailOf);
  }

  /** All that are remembered, the oldest first. */
  rows(): TransactionView[] {
    return [...this.#byId.values()];
  }
}

function detailOf(view: TransactionView): TransactionDetail {
  return {
    ...view,
    address: "",
    sessionId: 0,
    transactionId: 0,
    messageId: "",
    packetList: [],
    leftOut: view.packets,
  };
}
