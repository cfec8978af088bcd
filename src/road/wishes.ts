/**
 * First joins that we were told to make, at addresses whose estate is not known yet. Each is tried
 * until it succeeds: an answer that says no may be forged, or an operator may change their mind.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import type { JoinFailure } from "./endings.ts";
import type { Joiner, JoinTarget } from "./joiner.ts";
import { pauseAfterJoin, REJECTED_PAUSE_MS } from "./pauses.ts";
import { addressKey, type Road } from "./road.ts";
import { Timer } from "./timers.ts";
import { Redo } from "./transaction.ts";

/** An address that we want to join. */
export class Wish {
  joiner: Joiner | null = null;
  readonly timer: Timer;
  readonly pause: Redo;
  lastTransactionId = 0;

  constructor(road: Road, readonly address: Address, readonly nearUid: number, start: () => void) {
    this.pause = new Redo(road.settings.retryMs, () => road.jitter());
    this.timer = new Timer(start);
  }

  /** Where its next join goes. */
  nextTarget(): JoinTarget {
    this.lastTransactionId++;
    const { address, nearUid, lastTransactionId: transactionId } = this;
    return { peer: null, address, nearUid, farUid: 0, transactionId };
  }
}

/** All of them, by the text of the address. */
export class Wishes {
  readonly #wishes = new Map<string, Wish>();

  constructor(private readonly road: Road) {}

  /** Those without a success. */
  [Symbol.iterator](): Iterator<Wish> {
    return this.#wishes.values();
  }

  /** The wish for an address. */
  get(address: Address): Wish | undefined {
    return this.#wishes.get(addressKey(address));
  }

  /** Adds one; `start` begins a join of it, now and after each pause. */
  add(address: Address, nearUid: number, start: (wish: Wish) => void): Wish {
    const wish: Wish = new Wish(this.road, address, nearUid, () => start(wish));
    this.#wishes.set(addressKey(address), wish);
    return wish;
  }

  /** It came true, or is given up. */
  remove(wish: Wish): void {
    this.road.timers.clear(wish.timer);
    wish.joiner?.end("stopped", "not wanted any more");
    wish.joiner = null;
    this.#wishes.delete(addressKey(wish.address));
  }

  /** A join of it ended without success: tries again after a pause. */
  failed(wish: Wish, failure: JoinFailure): void {
    wish.joiner = null;
    const pause = pauseAfterJoin(failure, wish.pause);
    const ms = failure === "rejected" ? Math.max(pause, REJECTED_PAUSE_MS) : pause;
    if (this.road.settings.automatic) this.road.timers.set(wish.timer, this.road.now + ms);
  }
}
