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
import { RaetError } from "../base/errors.ts";
import type { Envelope } from "../route/envelope.ts";
import { streamOf } from "../route/order.ts";
import { isDurable } from "./message.ts";

/** Orders that wait until the manor has read of a refusal. */
export class Refusals {
  readonly #call: () => Promise<unknown>;
  /** the number of the last refusal of each */
  readonly #last = new Map<string, number>();
  #count = 0;
  #isCalling = false;

  /** @param call has the manor answer; rejects with no_manor if it did not */
  constructor(call: () => Promise<unknown>) {
    this.#call = call;
  }

  /** Whether a message may stand behind one that was refused. */
  holdBack(envelope: Envelope): boolean {
    return envelope.ordered && this.#last.has(streamOf(envelope));
  }

  /** The manor is being told that one is refused. */
  note(envelope: Envelope): void {
    if (!envelope.ordered || !isDurable(envelope)) return;
    this.#last.set(streamOf(envelope), ++this.#count);
    this.again();
  }

  /** The manor answers, so it can be asked again. */
  again(): void {
    if (this.#isCalling || this.#last.size === 0) return;
    this.#isCalling = true;
    // A turn may refuse many, and one call is enough for them.
    queueMicrotask(() => void this.#ask());
  }

  async #ask(): Promise<void> {
    const upTo = this.#count;
    let isHeard = true;
    try {
      await this.#call();
    } catch (error) {
      // What else it may answer, it has read.
      isHeard = !(error instanceof RaetError) || error.code !== "no_manor";
    }
    this.#isCalling = false;
    if (!isHeard) return;
    for (const [stream, last] of this.#last) if (last <= upTo) this.#last.delete(stream);
    this.again();
  }
}
