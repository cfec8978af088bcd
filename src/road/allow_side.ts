/**
 * What both sides of an allow share: it is with one remote, each step is one signed packet that goes
 * again until the next one comes, and past a time it is given up (protocol.md 3).
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import type { Signer } from "../crypto/port.ts";
import { BodyKind, CoatKind, TransactionKind } from "../wire/kinds.ts";
import type { Remote } from "./remote.ts";
import { EMPTY, type Road } from "./road.ts";
import { Redo, Transaction } from "./transaction.ts";

/** What all packets that one side sends have in their heads. */
export interface AllowHead {
  readonly sessionId: number;
  readonly transactionId: number;
  readonly flags: number;
}

/** One side of an allow. */
export abstract class AllowSide extends Transaction {
  readonly sessionId: number;
  readonly transactionId: number;
  readonly #flags: number;
  readonly #redo: Redo;
  readonly #givesUpAt: number;
  #sendStep: () => Uint8Array = () => EMPTY;
  #last: Uint8Array = EMPTY;
  /** Whose signature that bears. */
  #signer: Signer | null = null;

  constructor(road: Road, protected readonly remote: Remote, ours: boolean, head: AllowHead) {
    super(road, "allow", ours);
    this.sessionId = head.sessionId;
    this.transactionId = head.transactionId;
    this.#flags = head.flags;
    this.#redo = new Redo(road.settings.allowRedoMs);
    this.#givesUpAt = road.now + road.settings.allowTimeoutMs;
  }

  override get estate(): string {
    return this.remote.label;
  }

  override get address(): Address {
    return this.remote.address;
  }

  override onTime(): void {
    if (this.road.now >= this.#givesUpAt) return this.gaveUp();
    this.repeat();
    this.#arm();
  }

  /** The time for it is over. */
  protected abstract gaveUp(): void;

  /**
   * Sends the packet of the next step, which goes again until it is answered: byte for byte, while our keys
   * are those that signed it. The far side takes nothing from the ones before once it has seen new ones.
   */
  protected sendNext(packetKind: number, makeBody: () => Uint8Array): void {
    this.#redo.reset();
    this.#sendStep = () => this.pack(packetKind, makeBody());
    this.#send();
    this.#arm();
  }

  /** Sends the packet of this step once more. */
  protected repeat(): void {
    this.noteRedo();
    if (this.#signer !== this.remote.identity.signer) return this.#send();
    this.road.resend(this.#last, this.remote);
    this.noteSent(this.#last);
  }

  /** Sends a packet once, and returns it. */
  protected pack(packetKind: number, body: Uint8Array): Uint8Array {
    const bytes = this.road.sendSigned(this.remote, {
      transactionKind: TransactionKind.allow,
      packetKind,
      sessionId: this.sessionId,
      transactionId: this.transactionId,
      flags: this.#flags,
      bodyKind: BodyKind.raw,
      coatKind: CoatKind.none,
      segmentNumber: 0,
    }, body);
    this.noteSent(bytes);
    return bytes;
  }

  #send(): void {
    this.#signer = this.remote.identity.signer;
    this.#last = this.#sendStep();
  }

  #arm(): void {
    const at = Math.min(this.road.now + this.#redo.next(), this.#givesUpAt);
    this.road.timers.set(this, at);
  }
}
