/**
 * The deliveries of one process that have no outcome yet.
 *
 * @module
 */
import { LEAVE_GRACE_MS, RECEIPT_GRACE_MS } from "../base/limits.ts";
import type { Clock } from "../io/clock.ts";
import { failure, type Result } from "../route/outcome.ts";
import type { Envelope } from "../route/envelope.ts";
import type { Delivery, DeliveryNews } from "./delivery.ts";

/** How often deadlines are looked at. */
const SWEEP_MS = 250;
/** How long after its deadline nobody will say any more what became of a message. */
const GIVE_UP_MS = 2 * RECEIPT_GRACE_MS;
/** Ids of those that were given up, with their routes: few programs name ids, and fewer give up. */
const GIVEN_UP_REMEMBERED = 1000;

interface Open {
  readonly delivery: Delivery;
  readonly giveUpAt: number;
  /** a manor that went away may be back and go on with it */
  durable: boolean;
  /** where it goes, "" if that is not known; null unless its program named its id: one before may have sent it */
  namedTo: string | null;
  /** what to send again to a manor that may not have written it down; null if it has */
  envelope: Envelope | null;
  /** the link has given it to a manor */
  taken: boolean;
  /** the link has it, or has given it to the manor that runs now */
  onWay: boolean;
  /** the link has it, and has not said whether it gave it to a manor */
  inLink: boolean;
}

/** Open deliveries by message id, and by the link's handle until that has sent them. */
export class DeliveryTable {
  readonly #open = new Map<string, Open>();
  readonly #byHandle = new Map<number, string>();
  /** where those went that were given up and have ids that their program named: what became of them may be heard yet */
  readonly #givenUp = new Map<string, string>();
  readonly #clock: Clock;
  #callOff: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Takes on one that the link has. The manor speaks first: giving up is for when it can't.
   *
   * @param namedTo where it goes, if its program named its id
   */
  add(
    delivery: Delivery,
    handle: number,
    ttlMs: number,
    durable: Envelope | null = null,
    namedTo: string | null = null,
  ): void {
    const state = {
      namedTo,
      durable: durable !== null,
      envelope: durable,
      taken: false,
      onWay: true,
      inLink: true,
    };
    this.#add(delivery, ttlMs, state);
    this.#byHandle.set(handle, delivery.id);
  }

  /** Takes on a durable one that is sent once the manor is back. @param namedTo as for `add` */
  addWaiting(
    delivery: Delivery,
    ttlMs: number,
    envelope: Envelope,
    namedTo: string | null = null,
  ): void {
    const state = { namedTo, durable: true, envelope, taken: false, onWay: false, inLink: false };
    this.#add(delivery, ttlMs, state);
  }

  /** Takes on one that a manor has on disk. */
  addStored(delivery: Delivery, ttlMs: number): void {
    const state = {
      namedTo: "",
      durable: true,
      envelope: null,
      taken: true,
      onWay: true,
      inLink: false,
    };
    this.#add(delivery, ttlMs, state);
  }

  #add(
    delivery: Delivery,
    ttlMs: number,
    state: Omit<Open, "delivery" | "giveUpAt">,
  ): void {
    const giveUpAt = this.#clock.now() + ttlMs + GIVE_UP_MS;
    this.#open.set(delivery.id, { delivery, giveUpAt, ...state });
    this.#callOff ??= this.#clock.after(SWEEP_MS, () => this.#sweep());
  }

  /** The link has given it to the manor. */
  sent(handle: number): void {
    const id = this.#takeHandle(handle);
    const open = id && this.#open.get(id);
    if (!open) return;
    open.taken = true;
    open.inLink = false;
    open.delivery.markTaken();
  }

  /** Whether one of that id is under way. */
  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** Whether one of that id was given up and went elsewhere: what is heard of it later is not of another. */
  wasGivenUp(id: string, route: string): boolean {
    const other = this.#givenUp.get(id);
    return other !== undefined && other !== route;
  }

  /** Something is heard of one. */
  tell(id: string, news: DeliveryNews): void {
    const open = this.#open.get(id);
    if (news === "stored" && open) open.envelope = null;
    open?.delivery.tell(news);
  }

  /** Durable ones that the manor that runs now may not have, in order; also those that come meanwhile. */
  *unsent(): Generator<Envelope> {
    for (const { envelope, onWay } of this.#open.values()) if (envelope && !onWay) yield envelope;
  }

  /** How much is left of the life of one that still waits to be sent, milliseconds; 0 of any other. */
  lifeLeft(envelope: Envelope): number {
    const open = this.#open.get(envelope.id);
    if (!open || open.envelope !== envelope || open.onWay) return 0;
    return Math.max(0, Math.floor(open.giveUpAt - GIVE_UP_MS - this.#clock.now()));
  }

  /** Whether some wait to be sent once the manor is back. */
  get hasUnsent(): boolean {
    return !this.unsent().next().done;
  }

  /** Ids of durable ones that a manor has on disk. */
  storedIds(): string[] {
    return [...this.#open].filter(([, { durable, envelope }]) => durable && !envelope)
      .map(([id]) => id);
  }

  /** One was sent again. */
  sentAgain(id: string, handle: number): void {
    this.#byHandle.set(handle, id);
    const open = this.#open.get(id);
    if (!open) return;
    open.onWay = true;
    open.inLink = true;
    if (open.envelope?.durable) return;
    // One that only waited for those before it in its order is sent once.
    open.envelope = null;
    open.durable = false;
  }

  /** The link could not give it to the manor. @returns whether that runs, and it is to be sent again to it */
  failed(handle: number, result: Result): boolean {
    const id = this.#takeHandle(handle);
    const open = id && this.#open.get(id);
    if (!open) return false;
    open.inLink = false;
    const code = result.status === "failed" && result.code;
    // One that was given before, maybe by a process before this one, may be on a manor's disk.
    const maybeKept = open.taken || open.namedTo !== null;
    // A durable one is sent again once a manor is back.
    if (open.durable && (code === "no_manor" || maybeKept)) open.onWay = false;
    else this.settle(id, result);
    return !open.onWay && code === "queue_full";
  }

  /** Its outcome is known. */
  settle(id: string, result: Result): void {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    if (open.durable && result.status !== "failed") open.delivery.tell("stored");
    open.delivery.settle(result, this.#clock.now());
  }

  /** Nobody will say what became of it. */
  giveUp(id: string, why: string): void {
    const open = this.#open.get(id);
    // What the link has still goes to a manor that has only not read for a while.
    if (open?.envelope && open.namedTo === null && !open.taken && !open.inLink) {
      return this.settle(id, failure("no_manor", `no manor took the message: ${why}`));
    }
    this.settle(id, failure("outcome_unknown", `the message may have arrived: ${why}`));
    if (open?.namedTo) this.#rememberGivenUp(id, open.namedTo);
  }

  /** Nobody will say what became of any. */
  giveUpAll(why: string): void {
    for (const id of [...this.#open.keys()]) this.giveUp(id, why);
    this.#stopSweeping();
  }

  /**
   * The manor went away: nobody will say more of any that are open now, save the durable ones. Receipts
   * of them may lie unread, so they end a moment later.
   */
  giveUpSoon(why: string): void {
    const left: Open[] = [];
    for (const open of this.#open.values()) {
      if (open.durable) open.onWay = false;
      else left.push(open);
    }
    this.#clock.after(LEAVE_GRACE_MS, () => {
      for (const open of left) {
        const { id } = open.delivery;
        if (this.#open.get(id) === open) this.giveUp(id, why); // else it has ended, and is sent again
      }
    });
  }

  #rememberGivenUp(id: string, route: string): void {
    this.#givenUp.set(id, route);
    const [oldest] = this.#givenUp.keys();
    if (this.#givenUp.size > GIVEN_UP_REMEMBERED) this.#givenUp.delete(oldest);
  }

  #takeHandle(handle: number): string | undefined {
    const id = this.#byHandle.get(handle);
    this.#byHandle.delete(handle);
    return id;
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const [id, { giveUpAt }] of this.#open) {
      if (giveUpAt <= now) this.giveUp(id, "the manor did not say before its deadline");
    }
    const isOver = this.#open.size === 0;
    this.#callOff = isOver ? undefined : this.#clock.after(SWEEP_MS, () => this.#sweep());
  }

  #stopSweeping(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }
}
