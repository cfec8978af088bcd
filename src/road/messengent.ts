/**
 * One message of a remote that has not all arrived, or waits to be admitted (protocol.md 5).
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import type { Drop } from "../base/drop.ts";
import { assert } from "../base/errors.ts";
import type { Body } from "../base/value.ts";
import type { Packet } from "../wire/packet.ts";
import { Reassembly } from "../wire/segments.ts";
import type { Remote } from "./remote.ts";
import type { Road } from "./road.ts";
import { Redo, Transaction, TRANSACTION_BYTES } from "./transaction.ts";

/** A message that is coming in. It holds what has arrived and nothing for what was only announced. */
export class Messengent extends Transaction {
  readonly sessionId: number;
  readonly transactionId: number;
  readonly bodyKind: number;
  readonly coatKind: number;
  /** Flags of our answers: the reference copies `wait` from the packet that arrived first. */
  readonly flags: number;
  /**
   * The body once all has arrived and it waits to be admitted, and only while it is one of the next: it can
   * take many times its bytes.
   */
  body: Body | null = null;
  /** What it waits for; "" for anything. */
  waitsFor = "";
  /** Since when it waits to be admitted. */
  completeAt = 0;
  #reassembly: Reassembly | null;
  #packed: Uint8Array | null = null;
  readonly #redo: Redo;

  constructor(
    road: Road,
    private readonly remote: Remote,
    packet: Packet,
    flags: number,
    private readonly onAsk: (messengent: Messengent) => void,
  ) {
    super(road, "message", false);
    const { head } = packet;
    this.sessionId = head.sessionId;
    this.transactionId = head.transactionId;
    this.bodyKind = head.bodyKind;
    this.coatKind = head.coatKind;
    this.flags = flags;
    this.#reassembly = new Reassembly(head.segmentCount, head.messageLength);
    this.#redo = new Redo(road.settings.messageAskMs);
  }

  override get estate(): string {
    return this.remote.label;
  }

  override get address(): Address {
    return this.remote.address;
  }

  override get stage(): string {
    return this.packed ? "waits for room" : `has ${this.#reassembly?.bytes} bytes`;
  }

  override onTime(): void {
    this.onAsk(this);
  }

  /** Roughly what it takes in memory. */
  get heldBytes(): number {
    return TRANSACTION_BYTES + (this.#packed?.length ?? this.#arriving.heldBytes);
  }

  /** The packed body, once all has arrived and it waits to be admitted. */
  get packed(): Uint8Array | null {
    return this.#packed;
  }

  /** Whether all has arrived. */
  get complete(): boolean {
    return this.#arriving.complete;
  }

  /** The highest segment that has arrived. */
  get highest(): number {
    return this.#arriving.highest;
  }

  /** Whether a packet can be of this message. */
  fits(packet: Packet): boolean {
    const { head } = packet;
    return head.bodyKind === this.bodyKind && head.coatKind === this.coatKind &&
      this.#arriving.fits(head);
  }

  /** Takes a segment; true if it is new. */
  add(packet: Packet): boolean | Drop {
    this.noteReceived(packet.datagram);
    return this.#arriving.add(packet.head.segmentNumber, packet.coat);
  }

  /** Those missing below the highest, as many as one packet names. */
  missing(): number[] {
    return this.#arriving.missing(this.#arriving.highest);
  }

  /** The whole coat. */
  join(): Uint8Array | Drop {
    return this.#arriving.join();
  }

  /** All has arrived and was opened, and it waits to be admitted. */
  waitForRoom(packed: Uint8Array): void {
    this.#packed = packed;
    this.#reassembly = null;
    this.completeAt = this.road.now;
  }

  /** Waits for more; longer each time until something comes. */
  waitForMore(somethingCame: boolean): void {
    if (somethingCame) this.#redo.reset();
    this.road.timers.set(this, this.road.now + this.#redo.next());
  }

  get #arriving(): Reassembly {
    assert(this.#reassembly !== null, "not all has arrived");
    return this.#reassembly;
  }
}
