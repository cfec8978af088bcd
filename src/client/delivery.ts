/**
 * A message that was sent, and its one outcome.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Outcome, Result, Success } from "../route/outcome.ts";
import { toOutcome } from "../route/outcome.ts";
import { warn } from "./warn.ts";

/**
 * What can be heard of a message before its outcome: a durable one is on disk, so that the manor goes
 * on with it whatever becomes of this process; it waits for its estate, which is away; it waits no more.
 */
export type DeliveryNews = "stored" | "waiting" | "going";

/** A message on its way. Its outcome always resolves, and never rejects. */
export class Delivery {
  /** The message's id, 32 hex digits. */
  readonly id: string;
  /** What became of it. */
  readonly outcome: Promise<Outcome>;
  /** Resolves once the manor has taken the message on, or it has its outcome. */
  readonly taken: Promise<void>;
  /**
   * Resolves to true once a durable message is on disk: from then on it is the manor's, and this
   * process may end. To false if it has its outcome without having been, as one that is not durable.
   */
  readonly stored: Promise<boolean>;

  readonly #sentAt: number;
  #resolve!: (outcome: Outcome) => void;
  #resolveTaken!: () => void;
  #resolveStored!: (isStored: boolean) => void;
  #isStored = false;
  readonly #listeners: ((news: DeliveryNews) => void)[] = [];
  #news: DeliveryNews[] = [];

  /** Made by `Yard.send`. @param now milliseconds on a clock that never goes back */
  constructor(id: string, now: number) {
    this.id = id;
    this.#sentAt = now;
    this.outcome = new Promise((resolve) => this.#resolve = resolve);
    this.taken = new Promise((resolve) => this.#resolveTaken = resolve);
    this.stored = new Promise((resolve) => this.#resolveStored = resolve);
  }

  /** Whether it is known by now to be on disk. */
  get isStored(): boolean {
    return this.#isStored;
  }

  /** Calls back with what is heard of it before its outcome, what was heard so far included. */
  onNews(callback: (news: DeliveryNews) => void): void {
    this.#listeners.push(callback);
    for (const news of this.#news) callback(news);
  }

  /**
   * The outcome, where it is a good one.
   *
   * @throws {RaetError} with the code of a delivery that failed or whose outcome is unknown
   */
  async orThrow(): Promise<Extract<Outcome, { status: Success }>> {
    const outcome = await this.outcome;
    if ("code" in outcome) throw new RaetError(outcome.code, outcome.message);
    return outcome;
  }

  /** For the yard that sent it. */
  settle(result: Result, now: number): void {
    this.#resolve(toOutcome(result, this.id, now - this.#sentAt));
    this.#resolveTaken();
    this.#resolveStored(false);
  }

  /** For the yard that sent it. */
  markTaken(): void {
    this.#resolveTaken();
  }

  /** For the yard that sent it. */
  tell(news: DeliveryNews): void {
    if (news === "stored") {
      if (this.#isStored) return;
      this.#isStored = true;
      this.#resolveStored(true);
    }
    if (this.#news.at(-1) === news) return;
    // It may go and come many times; what it was told first and last is enough for who asks late.
    this.#news = [...this.#news.filter((known) => known === "stored"), news];
    for (const callback of this.#listeners) this.#callBack(callback, news);
  }

  /** What a program's callback throws must keep no message from its outcome, nor be hidden. */
  #callBack(callback: (news: DeliveryNews) => void, news: DeliveryNews): void {
    try {
      callback(news);
    } catch (error) {
      warn(error);
    }
  }
}
