/**
 * Messages that come while a process tells a manor which durable ones it has. Pages of a manor before that
 * one may lie unread in its socket until then; what they bring was not among those, and so the next manor
 * gives it to somebody, maybe to this process again. What is ordered waits as well, also where it is in
 * memory only: it would overtake those.
 *
 * Invariants: what a manor gave comes before the link says that it is gone, and that comes before all that
 * the next one says; so what is here when that is said was given by a manor that is gone, and what is here
 * when one has answered was given by that. No time would tell: a manor may read what it was told however late.
 *
 * @module
 */
import type { Envelope } from "../route/envelope.ts";
import type { Arrived, ShareListener } from "./listener.ts";

/** One of them. */
export interface HeldMessage {
  readonly share: string;
  readonly arrived: Arrived;
  /** who listened there when it came */
  readonly listener: ShareListener | undefined;
}

/** What is held back. */
export class HeldBack {
  #isOn = false;
  #held: HeldMessage[] = [];

  /** A manor is told what this process has. */
  begin(): void {
    this.#isOn = true;
  }

  /** Whether a message has to wait for the manor's answer. */
  concerns({ wants, durable, ordered }: Envelope): boolean {
    return this.#isOn && wants && (durable || ordered);
  }

  /** Holds one back. */
  add(held: HeldMessage): void {
    this.#held.push(held);
  }

  /** The manor has answered: what is here is its own, in the order in which it gave it. */
  end(): HeldMessage[] {
    this.#isOn = false;
    return this.#held.splice(0);
  }

  /** The manor that gave it is gone. */
  drop(): void {
    this.#held = [];
  }
}
