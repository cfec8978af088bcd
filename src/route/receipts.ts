/**
 * Receipts that wait to be sent: gathered per party, so that one message answers many ids.
 *
 * @module
 */
import { IDS_PER_RECEIPT_MAX, RECEIPTS_PER_PARTY_MAX } from "../base/limits.ts";
import type { NoteWord } from "./notes.ts";
import type { Result } from "./outcome.ts";

/**
 * What is said of an id: how its message ended, or a note; of one that is skipped, which one was before it, and
 * of one that a process had, which estate it came from, "" for ours.
 */
export type Saying =
  | Result
  | { readonly note: NoteWord; readonly after?: string; readonly origin?: string };

/** One receipt message, or one note: what is said of these ids. */
export interface Receipt {
  readonly ids: string[];
  readonly saying: Saying;
  /** set once the road could not say whether it arrived */
  readonly before?: Copy;
}

/** How a receipt went to an estate before: it goes again as the same one, so that it counts once. */
export interface Copy {
  /** the id of its message */
  readonly id: string;
  /** the run of the estate that it was for, "" for one that does not say that: another knows nothing of its ids */
  readonly run: string;
  /** when all that it is about is over */
  readonly until: number;
}

/** What waits for one party. */
export class ReceiptQueue {
  readonly #groups = new Map<string, { readonly ids: Set<string>; readonly saying: Saying }>();
  /** those that were taken out, and could not be sent or would have been too many at once */
  #again: Receipt[] = [];
  #count = 0;
  /** where each is said that is skipped */
  readonly #skips = new Map<string, string>();

  /** How many ids there are. */
  get size(): number {
    return this.#count;
  }

  /** Adds one; false if too many wait already. What is said again, as it was not answered, waits once. */
  add(id: string, saying: Saying): boolean {
    const key = this.#placeOf(saying);
    const group = this.#groups.get(key);
    if (group?.ids.has(id)) return true;
    if (this.#count >= RECEIPTS_PER_PARTY_MAX) return false;
    if (group) group.ids.add(id);
    else this.#groups.set(key, { ids: new Set([id]), saying });
    this.#count++;
    if (isSkip(saying)) this.#skips.set(id, key);
    return true;
  }

  /** One that is skipped goes in one packet with that before it, where that is too: neither overtakes the other. */
  #placeOf(saying: Saying): string {
    const before = "note" in saying && isSkip(saying)
      ? this.#skips.get(saying.after ?? "")
      : undefined;
    const hasRoom = before !== undefined &&
      this.#groups.get(before)!.ids.size < IDS_PER_RECEIPT_MAX;
    return hasRoom ? before : keyOf(saying);
  }

  /** Puts back what was taken out, before all that came since; false if too many wait by now. */
  putBack(receipt: Receipt): boolean {
    if (this.#count + receipt.ids.length > RECEIPTS_PER_PARTY_MAX) return false;
    this.#again.push(receipt);
    this.#count += receipt.ids.length;
    return true;
  }

  /** Takes out at most so many, cut so that each fits one packet. */
  drain(most = Infinity): Receipt[] {
    const receipts = this.#again;
    for (const { ids, saying } of this.#groups.values()) {
      const all = [...ids];
      for (let start = 0; start < all.length; start += IDS_PER_RECEIPT_MAX) {
        receipts.push({ ids: all.slice(start, start + IDS_PER_RECEIPT_MAX), saying });
      }
    }
    this.#groups.clear();
    this.#skips.clear();
    this.#again = receipts.splice(most);
    this.#count = this.#again.reduce((count, { ids }) => count + ids.length, 0);
    return receipts;
  }
}

/** Whether it says that messages are skipped. */
export function isSkip(saying: Saying): boolean {
  return "note" in saying && saying.note === "skip";
}

function keyOf(saying: Saying): string {
  if ("note" in saying) return `note ${saying.note} ${saying.after ?? ""} ${saying.origin ?? ""}`;
  return saying.status === "failed" ? `${saying.code} ${saying.message}` : saying.status;
}
