/**
 * What every transaction of the road has: a timer of its own, counts, and steps for the trace.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import type { Ending } from "./endings.ts";
import type { TransactionName, TransactionView } from "./events.ts";
import type { RedoRange } from "./options.ts";
import type { RingNotes } from "./packet_notes.ts";
import type { Road } from "./road.ts";
import type { Timed } from "./timers.ts";

/** About what one takes in memory besides the bytes of its message. */
export const TRANSACTION_BYTES = 1000;

/** A transaction that is under way. It is its own timer. */
export abstract class Transaction implements Timed {
  dueAt = Infinity;
  heapIndex = -1;
  /** How many packets went and came, their bytes, and how many went again. */
  packets = 0;
  bytes = 0;
  redos = 0;
  readonly beganAt: number;
  /** Set once it has ended: late timers and answers must not wake it. */
  ended = false;
  #traceId = 0;
  #notes: RingNotes | null = null;

  constructor(
    protected readonly road: Road,
    readonly kind: TransactionName,
    readonly ours: boolean,
    /** Of the message of ours that it carries; 0 for none. */
    readonly handle: number = 0,
  ) {
    this.beganAt = road.now;
  }

  /** Whom it is with. */
  abstract get estate(): string;

  /** Where that is. */
  abstract get address(): Address;

  /** What it waits for, one clause. */
  abstract get stage(): string;

  abstract onTime(): void;

  /** A packet of it went out. */
  noteSent(bytes: Uint8Array): void {
    if (bytes !== this.road.withheld) this.#note(bytes, true);
  }

  /** A packet of it came in. */
  noteReceived(bytes: Uint8Array): void {
    this.#note(bytes, false);
  }

  /** A packet of it is about to go out again. */
  noteRedo(): void {
    this.redos++;
    if (this.road.settings.trace && this.road.steps()) this.#trace("redo");
  }

  /**
   * Ends it: its timer is taken out. Later calls do nothing.
   *
   * @param why more than the ending says, one clause for people
   */
  end(outcome: Ending, why = ""): void {
    if (this.ended) return;
    this.ended = true;
    this.road.timers.clear(this);
    if (this.#notes) this.road.notes.release(this.#notes);
    if (this.packets > 0 && this.road.settings.trace) this.#trace("ended", outcome, why);
  }

  /** The number that its events bear. */
  get id(): number {
    if (this.#traceId === 0) this.#traceId = this.road.nextTraceId();
    return this.#traceId;
  }

  /** It as an operator sees it. */
  view(): TransactionView {
    return { ...this.#facts(), stage: this.stage };
  }

  #note(bytes: Uint8Array, out: boolean): void {
    this.packets++;
    this.bytes += bytes.length;
    const { road } = this;
    if (!road.settings.trace) return;
    this.#notes ??= road.notes.open();
    // What follows its end, as a word that is said to nobody in particular, is not of it any more.
    if (!this.ended) road.notes.add(this.#notes, bytes, out, road.now - this.beganAt);
    if (this.packets === 1 && road.steps()) this.#trace("began");
  }

  #trace(phase: "began" | "redo" | "ended", outcome: Ending | "" = "", why = ""): void {
    const at = this.road.now;
    this.road.emit({ type: "transaction", phase, ...this.#facts(), at, outcome, why });
  }

  #facts() {
    return {
      id: this.id,
      kind: this.kind,
      ours: this.ours,
      estate: this.estate,
      address: this.address,
      handle: this.handle,
      packets: this.packets,
      bytes: this.bytes,
      redos: this.redos,
      ms: this.road.now - this.beganAt,
      notes: this.#notes,
    };
  }
}

/** A redo interval that doubles within a range. */
export class Redo {
  #next: number;
  readonly #jitter: () => number;

  /** @param jitter a factor for each interval, from 1 */
  constructor(readonly range: RedoRange, jitter: () => number = () => 1) {
    this.#next = range.first;
    this.#jitter = jitter;
  }

  /** The interval to wait now; the next one is twice as long. */
  next(): number {
    const ms = this.#next;
    this.#next = Math.min(2 * ms, this.range.last);
    return ms * this.#jitter();
  }

  /** Begins with the first interval again. */
  reset(): void {
    this.#next = this.range.first;
  }
}
