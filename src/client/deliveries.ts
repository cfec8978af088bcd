/**
 * The deliveries of one process that have no outcome yet.
 *
 * @module
 */
import { LEAVE_GRACE_MS, RECEIPT_GRACE_MS } from "../base/limits.ts";
import { failure, type Result } from "../route/outcome.ts";
import type { Delivery } from "./delivery.ts";

/** How often deadlines are looked at. */
const SWEEP_MS = 250;

interface Open {
  readonly delivery: Delivery;
  readonly giveUpAt: number;
}

/** Open deliveries by message id, and by the link's handle until that has sent them. */
export class DeliveryTable {
  readonly #open = new Map<string, Open>();
  readonly #byHandle = new Map<number, string>();
  readonly #now: () => number;
  #sweeper: ReturnType<typeof setInterval> | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Takes on one that the link has. The manor speaks first: giving up is for when it can't. */
  add(delivery: Delivery, handle: number, ttlMs: number): void {
    const giveUpAt = this.#now() + ttlMs + 2 * RECEIPT_GRACE_MS;
    this.#open.set(delivery.id, { delivery, giveUpAt });
    this.#byHandle.set(handle, delivery.id);
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** The link has given it to the manor. */
  sent(handle: number): void {
    const id = this.#takeHandle(handle);
    if (id) this.#open.get(id)?.delivery.markTaken();
  }

  /** The link could not give it to the manor. */
  failed(handle: number, result: Result): void {
    const id = this.#takeHandle(handle);
    if (id) this.settle(id, result);
  }

  /** Its outcome is known. */
  settle(id: string, result: Result): void {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    open.delivery.settle(result, this.#now());
  }

  /** Nobody will say what became of it. */
  giveUp(id: string, why: string): void {
    this.settle(id, failure("outcome_unknown", `the message may have arrived: ${why}`));
  }

  /** Nobody will say what became of any. */
  giveUpAll(why: string): void {
    for (const id of [...this.#open.keys()]) this.giveUp(id, why);
    this.#stopSweeping();
  }

  /**
   * Nobody will say more of any that are open now. Receipts of them may lie unread, so they end a
   * moment later.
   */
  giveUpSoon(why: string): void {
    const left = [...this.#open.keys()];
    setTimeout(() => left.forEach((id) => this.giveUp(id, why)), LEAVE_GRACE_MS);
  }

  #takeHandle(handle: number): string | undefined {
    const id = this.#byHandle.get(handle);
    this.#byHandle.delete(handle);
    return id;
  }

  #sweep(): void {
    const now = this.#now();
    for (const [id, { giveUpAt }] of this.#open) {
      if (giveUpAt <= now) this.giveUp(id, "the manor did not say before its deadline");
    }
    if (this.#open.size === 0) this.#stopSweeping();
  }

  #stopSweeping(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}
