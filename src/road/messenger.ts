/**
 * One message of ours on its way: its packed body, its coat in the session that it is sent in, and
 * what the receiver said so far (protocol.md 5). When and what to send is the outbox's to say.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import type { ErrorCode } from "../base/errors.ts";
import type { Signer } from "../crypto/port.ts";
import { COAT_OVERHEAD_BYTES, sealCoat } from "../wire/coat.ts";
import { makeHead } from "../wire/head.ts";
import { CoatKind, Flag, FootKind, PacketKind, TransactionKind } from "../wire/kinds.ts";
import { packPacket } from "../wire/packet.ts";
import { type CutMessage, cutMessage } from "../wire/segments.ts";
import type { Ending } from "./endings.ts";
import { Ledger } from "./ledger.ts";
import type { Letter } from "./letter.ts";
import type { Remote } from "./remote.ts";
import type { Road } from "./road.ts";
import { Transaction } from "./transaction.ts";

/**
 * - `queued` waits for its turn
 * - `begun` has a transaction
 * - `doubtful` it was nacked; an alive will tell whether a lost session was the reason
 * - `suspended` its session ended; what becomes of it is settled when the next one is ready
 */
export type MessengerState = "queued" | "begun" | "doubtful" | "suspended";

/** A message of ours. */
export class Messenger extends Transaction {
  state: MessengerState = "queued";
  sessionId = 0;
  transactionId = 0;
  /** When the first packet of it left, in whatever session; Infinity if none did. */
  firstSentAt = Infinity;
  /** Whether any went more than once, in whatever sessions: then a nack no longer says that it did not arrive. */
  sentAgain = false;
  /** Whether it was nacked and had been sent only once. */
  refusedAtFirst = false;
  /** Whether the receiver said anything in this transaction: before, `again` must not be set. */
  answered = false;
  /** When it became doubtful. */
  doubtfulAt = 0;
  /** How long until the redo, set with each packet. */
  redoMs = 0;
  /** Redos since the last answer. */
  unanswered = 0;
  /** Segments since the last one that asked for an answer. */
  sinceWait = 0;
  /** Whether an answer was asked for and has not come. */
  waitPending = false;
  /** The last first sending that asked for an answer, for measuring round trips: -1 for none. */
  #waitSegment = -1;
  #waitSentAt = 0;
  ledger: Ledger;
  /** Bytes of its packed body when it was taken on: later they are no more. */
  readonly bodyBytes: number;
  readonly deadline: number;
  #letter: Letter;
  #packedAt: number;
  /** The session that it was packed in. */
  #packedIn: number;
  #cut: CutMessage | null = null;
  /** A single packet as it was sent: it goes again as it is, while our keys are those that signed it. */
  #single: { readonly bytes: Uint8Array; readonly signer: Signer } | null = null;

  /** @param onRedo what to do when its timer runs out */
  constructor(
    road: Road,
    private readonly remote: Remote,
    letter: Letter,
    private readonly onRedo: (messenger: Messenger) => void,
  ) {
    super(road, "message", true, letter.handle);
    this.bodyBytes = letter.packed.length;
    this.deadline = letter.deadline;
    this.#letter = letter;
    this.#packedAt = road.now;
    this.#packedIn = remote.sessionId;
    this.ledger = new Ledger(1);
  }

  override get estate(): string {
    return this.remote.label;
  }

  override get address(): Address {
    return this.remote.address;
  }

  override get stage(): string {
    if (this.state !== "begun") return `is ${this.state}`;
    const { sent, count } = this.ledger;
    return sent < count ? `sent ${sent} of ${count} segments` : "waits for done";
  }

  override onTime(): void {
    this.onRedo(this);
  }

  /** Whether any packet of it ever left. */
  get everSent(): boolean {
    return this.firstSentAt < Infinity;
  }

  /** Whether it will take only a few packets. */
  get isSmall(): boolean {
    return this.bodyBytes + COAT_OVERHEAD_BYTES <= SMALL_BYTES_MAX;
  }

  /** Whether its body has to be another one by now: in another session there may be another run of the far side. */
  get isOld(): boolean {
    if (this.#letter.packNow === undefined) return false;
    if (this.#packedIn !== this.remote.sessionId) return true;
    const leftMs = this.deadline - this.#packedAt;
    return this.road.now - this.#packedAt >= Math.min(OLD_MS_MAX, OLD_SHARE * leftMs);
  }

  /** Gets a transaction in the remote's session. */
  begin(): void {
    const { remote } = this;
    this.state = "begun";
    this.sentAgain ||= this.everSent;
    this.refusedAtFirst = false;
    this.sessionId = remote.sessionId;
    this.transactionId = remote.nextTransactionId();
    const { segmentCount } = this.#cut = this.#seal();
    if (segmentCount > 1) this.ledger = new Ledger(segmentCount);
  }

  /** Gives the transaction up; the message can be begun again in another session. */
  suspend(): void {
    this.road.timers.set(this, this.deadline);
    this.state = "suspended";
    this.#cut = null;
    this.#single = null;
    this.ledger = new Ledger(1);
    this.answered = this.waitPending = false;
    this.unanswered = this.sinceWait = 0;
    this.#waitSegment = -1;
  }

  /**
   * Sends a segment.
   *
   * @param wait whether to ask for an answer
   * @param again whether this one went before
   */
  send(segment: number, wait: boolean, again: boolean): void {
    const { road, remote } = this;
    if (again) {
      this.sentAgain = true;
      remote.packetsResent++;
      if (this.isOld && this.ledger.count === 1) this.#cut = this.#seal();
    }
    const bytes = this.#packet(segment, wait, again);
    this.firstSentAt = Math.min(this.firstSentAt, road.now);
    remote.countSent(bytes);
    road.send(bytes, remote.address, remote.addressProven);
    this.noteSent(bytes);
    if (!wait) {
      this.sinceWait++;
      return;
    }
    this.sinceWait = 0;
    this.waitPending = true;
    this.#waitSegment = again ? -1 : segment;
    this.#waitSentAt = road.now;
  }

  /** Tells the receiver that it was given up. */
  sendNack(): void {
    const { road, remote, sessionId, transactionId } = this;
    const { message } = TransactionKind;
    const { nack } = PacketKind;
    this.noteSent(road.sendEmpty(remote, message, nack, sessionId, transactionId, 0));
  }

  /** The receiver said something. */
  noteAnswer(): void {
    this.answered = true;
    this.waitPending = false;
    this.unanswered = 0;
  }

  /** The receiver has answered what asked for it up to a segment: how long that took tells the round trip. */
  sampleRoundTrip(segment: number): void {
    const { roundTrip } = this.remote;
    if (this.#waitSegment < 0 && this.sentAgain) {
      roundTrip.noteUnsure(this.firstSentAt, this.redoMs);
    }
    if (this.#waitSegment < 0 || this.#waitSegment > segment) return;
    roundTrip.sample(this.#waitSentAt, this.road.now, this.redoMs);
    this.#waitSegment = -1;
  }

  /** Seals its body and cuts it. A whole message in one packet may be another one each time that it is sent. */
  #seal(): CutMessage {
    const { road, remote } = this;
    if (this.isOld) {
      this.#letter = { ...this.#letter, packed: this.#letter.packNow!() };
      this.#packedAt = road.now;
      this.#packedIn = remote.sessionId;
    }
    this.#single = null;
    const head = makeHead({
      headKind: road.headKind,
      packetKind: PacketKind.message,
      transactionKind: TransactionKind.message,
      sourceId: remote.nearUid,
      destinationId: remote.farUid,
      sessionId: this.sessionId,
      transactionId: this.transactionId,
      bodyKind: this.#letter.bodyKind,
      coatKind: CoatKind.nacl,
      footKind: FootKind.nacl,
    });
    const coat = sealCoat(this.#letter.packed, remote.session!.box, road.random);
    return cutMessage(head, coat, true);
  }

  #packet(segment: number, wait: boolean, again: boolean): Uint8Array {
    // The reference nacks an `again` for a transaction that it doesn't know.
    const flags = (wait ? Flag.wait : 0) | (again && this.answered ? Flag.again : 0);
    const { signer } = this.remote.identity;
    if (flags === Flag.wait && this.#single?.signer === signer) return this.#single.bytes;
    const cut = this.#cut!;
    const bytes = packPacket(cut.headAt(segment, flags), cut.coatAt(segment), signer);
    if (cut.segmentCount === 1 && flags === Flag.wait) this.#single = { bytes, signer };
    return bytes;
  }
}

/** Up to this size a message counts as small: it never waits behind long ones. */
const SMALL_BYTES_MAX = 6 * 1024;

/** A body that changes with time is packed anew after so long: later it would be untrue, sooner too dear. */
const OLD_MS_MAX = 1000;
/** And after this share of the time that its message had left. */
const OLD_SHARE = 0.1;

/** How the transaction of a message ends that failed: with most codes it was given up here. */
export function endingOfFailure(code: ErrorCode): Ending {
  return code === "denied" ? "refused" : code === "rejected" ? "rejected" : "stopped";
}
