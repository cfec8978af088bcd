/**
 * What happens in a manor, for its operators: the last transactions are remembered, and all is told to
 * the processes that watch. Nothing is made of an event that nobody wants.
 *
 * @module
 */
import { systemClock } from "../io/clock.ts";
import type { TransactionEvent } from "../road/events.ts";
import type { PresenceName, TransactionView } from "../route/control.ts";
import { History } from "./history.ts";
import type { Watchers } from "./watchers.ts";

/** The journal of one manor. */
export class Journal {
  readonly #watchers: Watchers;
  readonly #history = new History();

  constructor(watchers: Watchers) {
    this.#watchers = watchers;
  }

  /** The last transactions, the oldest first. */
  transactions(): TransactionView[] {
    return this.#history.rows();
  }

  /** A transaction began, was redone or ended. */
  noteTransaction(step: TransactionEvent): void {
    const at = systemClock.date();
    const transaction = this.#history.note(step, at);
    if (!this.#watchers.wants("transactions")) return;
    this.#watchers.publish({ topic: "transactions", at, event: step.phase, transaction });
  }

  /** A datagram was thrown away. @param from its address or socket path */
  noteDrop(reason: string, from: string, detail: string): void {
    if (!this.#watchers.wants("drops")) return;
    const at = systemClock.date();
    this.#watchers.publish({ topic: "drops", at, event: "dropped", reason, from, detail });
  }

  /** An estate came, went, or waits for something. */
  notePresence(event: PresenceName, estate: string, message: string): void {
    if (!this.#watchers.wants("presence")) return;
    const at = systemClock.date();
    this.#watchers.publish({ topic: "presence", at, event, estate, message });
  }
}
