/**
 * Receipts that wait to be sent: gathered per party, so that one message answers many ids.
 *
 * @module
 */
import { IDS_PER_RECEIPT_MAX, RECEIPTS_PER_PARTY_MAX } from "../base/limits.ts";
import type { Result } from "./outcome.ts";

/** One receipt message: what became of these ids. */
export interface Receipt {
  readonly ids: string[];
  readonly result: Result;
}

/** What waits for one party. */
export class ReceiptQueue {
  readonly #groups = new Map<string, Receipt>();
  #count = 0;

  /** Adds one; false if too many wait already. */
  add(id: string, result: Result): boolean {
    if (this.#count >= RECEIPTS_PER_PARTY_MAX) return false;
    const key = result.status === "failed" ? `${result.code} ${result.message}` : result.status;
    const group = this.#groups.get(key);
    if (group) group.ids.push(id);
    else this.#groups.set(key, { ids: [id], result });
    this.#count++;
    return true;
  }

  /** Takes all out, cut so that each fits one packet. */
  drain(): Receipt[] {
    const receipts: Receipt[] = [];
    for (const { ids, result } of this.#groups.values()) {
      for (let start = 0; start < ids.length; start += IDS_PER_RECEIPT_MAX) {
        receipts.push({ ids: ids.slice(start, start + IDS_PER_RECEIPT_MAX), result });
      }
    }
    this.#groups.clear();
    this.#count = 0;
    return receipts;
  }
}
