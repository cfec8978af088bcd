/**
 * A message that was sent, and its one outcome.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Outcome, Result } from "../route/outcome.ts";
import { toOutcome } from "../route/outcome.ts";

/** A message on its way. Its outcome always resolves, and never rejects. */
export class Delivery {
  /** The message's id, 32 hex digits. */
  readonly id: string;
  /** What became of it. */
  readonly outcome: Promise<Outcome>;
  /** Resolves once the manor has taken the message on, or it has its outcome. */
  readonly taken: Promise<void>;

  readonly #sentAt: number;
  #resolve!: (outcome: Outcome) => void;
  #resolveTaken!: () => void;

  /** Made by `Yard.send`. @param now milliseconds on a clock that never goes back */
  constructor(id: string, now: number) {
    this.id = id;
    this.#sentAt = now;
    this.outcome = new Promise((resolve) => this.#resolve = resolve);
    this.taken = new Promise((resolve) => this.#resolveTaken = resolve);
  }

  /**
   * The outcome, where it is a good one.
   *
   * @throws {RaetError} with the code of a delivery that failed or whose outcome is unknown
   */
  async orThrow(): Promise<Outcome> {
    const outcome = await this.outcome;
    if ("code" in outcome) throw new RaetError(outcome.code, outcome.message);
    return outcome;
  }

  /** For the yard that sent it. */
  settle(result: Result, now: number): void {
    this.#resolve(toOutcome(result, this.id, now - this.#sentAt));
    this.#resolveTaken();
  }

  /** For the yard that sent it. */
  markTaken(): void {
    this.#resolveTaken();
  }
}
