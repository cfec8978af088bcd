/**
 * Orders of which this process has refused a durable message. The manor gives that one again before those
 * after it; but some of them may be on their way already, and would overtake it.
 *
 * Invariants: what the manor gave before it read a call comes before the answer to that, so nothing of such
 * an order is taken until a call that was made after its last refusal has been answered. No time would do:
 * a process may be stopped between what it reads.
 *
 * @module
 */
import type { Envelope } from "../route/envelope.ts";
import { streamOf } from "../route/order.ts";
import { isDurable } from "./message.ts";
import { ReadMark } from "./read_mark.ts";

/** Orders that wait until the manor has read of a refusal. */
export class Refusals {
  readonly #mark: ReadMark;
  /** the number of the last refusal of each */
  readonly #last = new Map<string, number>();

  /** @param call has the manor answer; rejects with no_manor if it did not */
  constructor(call: () => Promise<unknown>) {
    this.#mark = new ReadMark(call, (upTo) => {
      for (const [stream, last] of this.#last) if (last <= upTo) this.#last.delete(stream);
    });
  }

  /** Whether a message may stand behind one that was refused. */
  holdBack(envelope: Envelope): boolean {
    return envelope.ordered && this.#last.has(streamOf(envelope));
  }

  /** The manor is being told that one is refused. */
  note(envelope: Envelope): void {
    if (!envelope.ordered || !isDurable(envelope)) return;
    this.#last.set(streamOf(envelope), this.#mark.note());
  }

  /** The manor answers, so it can be asked again. */
  again(): void {
    this.#mark.again();
  }
}
