/**
 * Yards that left: their last receipts may lie unread in the manor's socket, so what they had is given
 * to others only a moment later.
 *
 * Invariant: that moment is one in which input was read. Whoever looks much too late was held up, and
 * so was the reading: then there is a second moment.
 *
 * @module
 */
import { LEAVE_GRACE_MS } from "../base/limits.ts";

/** Who left, and until when to wait. */
export class Departures {
  readonly #at = new Map<string, { due: number; late: boolean }>();

  /** A yard left. */
  note(yard: string, now: number): void {
    this.#at.set(yard, { due: now + LEAVE_GRACE_MS, late: false });
  }

  /** Nobody waits for it any more; whether somebody did. */
  end(yard: string): boolean {
    return this.#at.delete(yard);
  }

  /** Those whose moment has passed. They stay until `end`. */
  due(now: number): string[] {
    const due: string[] = [];
    for (const [yard, departure] of this.#at) {
      if (departure.due > now) continue;
      if (departure.late || now - departure.due < LEAVE_GRACE_MS) due.push(yard);
      else this.#at.set(yard, { due: now + LEAVE_GRACE_MS, late: true });
    }
    return due;
  }

  /** When to look next; Infinity if nobody left. */
  deadline(): number {
    let deadline = Infinity;
    for (const { due } of this.#at.values()) deadline = Math.min(deadline, due);
    return deadline;
  }
}
