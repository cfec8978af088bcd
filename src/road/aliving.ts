/**
 * Presence: our question whether a remote lives, and our answers to its questions (protocol.md 4). In
 * a session with a peer of ours the first question also carries what we can do (design.md, Delivery);
 * it is redone empty, because a reference that lost its session raises on a sealed alive.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import { Drop } from "../base/drop.ts";
import { isSameOrNewer } from "../base/serial.ts";
import { printOf } from "../keep/succession.ts";
import { packBody, unpackBody } from "../wire/body.ts";
import { openCoat, sealCoat } from "../wire/coat.ts";
import { CoatKind, Flag, PacketKind, TransactionKind } from "../wire/kinds.ts";
import type { Head } from "../wire/head.ts";
import type { Packet } from "../wire/packet.ts";
import {
  capabilitiesBody,
  readCapabilities,
  readKeysNews,
  readSessionId,
  readUpMs,
} from "./capabilities.ts";
import type { Ending } from "./endings.ts";
import type { Capabilities } from "./events.ts";
import type { KeyNews } from "./key_news.ts";
import type { Remote } from "./remote.ts";
import { EMPTY, type Road } from "./road.ts";
import { refusePacket } from "./replies.ts";
import { Redo, Transaction } from "./transaction.ts";

/**
 * How a question of ours came to an end. `stale`: our session number is, to the far side. `refused` is any
 * answer that changes nothing.
 */
export type AliveOutcome =
  | "alive"
  | "refused"
  | "stale"
  | "unjoined"
  | "unallowed"
  | "rejected"
  | "silent";

/** Whom the alives of a remote report to. */
export interface AlivingOwner {
  /**
   * A question of ours ended.
   *
   * @param filled whether it carried what we can do
   */
  aliveEnded(outcome: AliveOutcome, filled: boolean, askedAt: number): void;
  /** The remote said, signed and sealed, what it can do, and how long ago its run began. */
  capabilitiesLearnt(capabilities: Capabilities, upMs: number): void;
  /** The remote asked, and this is not an old question. */
  heard(isQuestion: true): void;
}

/** The alives with one remote. */
export class Aliving {
  #asking: Aliver | null = null;
  /** The newest question that we answered, and whether it was filled. */
  #answered = { sessionId: 0, transactionId: 0, filled: false };

  constructor(
    private readonly road: Road,
    private readonly remote: Remote,
    private readonly owner: AlivingOwner,
    private readonly keyNews: KeyNews,
  ) {}

  /** Whether a question of ours is open. */
  get busy(): boolean {
    return this.#asking !== null;
  }

  /** Those under way, for an operator. */
  *transactions(): Iterable<Transaction> {
    if (this.#asking) yield this.#asking;
  }

  /** Asks; does nothing while a question is open. `filled` needs a session. */
  ask(filled: boolean): void {
    this.#asking ??= new Aliver(this.road, this.remote, filled, ({ beganAt }, outcome) => {
      this.#asking = null;
      this.owner.aliveEnded(outcome, filled, beganAt);
    });
  }

  /** Ends a question of ours without a report. */
  stop(why: string): void {
    this.#asking?.end("stopped", why);
    this.#asking = null;
  }

  /** The remote lost count of its sessions: that a question is older than one before says nothing. */
  countsAnew(): void {
    this.#answered = { sessionId: 0, transactionId: 0, filled: false };
  }

  /** Whether an answer is to the question that is open. */
  awaits({ sessionId, transactionId }: Head): boolean {
    const asking = this.#asking;
    return asking?.transactionId === transactionId && asking.sessionId === sessionId;
  }

  /** Whether a question of the remote was answered, or is older than one that was. */
  hasAnswered({ sessionId, transactionId }: Head): boolean {
    const answered = this.#answered;
    return answered.sessionId === sessionId &&
      isSameOrNewer(answered.transactionId, transactionId);
  }

  /** A packet of the remote that answers a question of ours. */
  receiveAnswer(packet: Packet): Drop | null {
    const { sessionId, transactionId } = packet.head;
    const asking = this.#asking;
    if (asking?.transactionId === transactionId && asking.sessionId === sessionId) {
      // Learnt first: what ends the question looks at it.
      const said = asking.filled ? this.#readSealed(packet) : false;
      if (said instanceof Drop) return said;
      asking.receive(packet);
      return null;
    }
    refusePacket(this.road, this.remote, packet);
    return new Drop("unknown_transaction", "an answer to no question of ours");
  }

  /**
   * A question of the remote.
   *
   * @param refusal what to say instead of ack, null if all is well
   * @param isSign whether it is one of life: it is not if it may be of an earlier session, and a replay
   */
  receive(packet: Packet, refusal: number | null, isSign: boolean): Drop | null {
    const { packetKind, sessionId, transactionId } = packet.head;
    if (packetKind !== PacketKind.request) return new Drop("unknown_transaction", "no question");
    const answered = this.#answered;
    const again = answered.sessionId === sessionId && answered.transactionId === transactionId;
    if (!again && answered.sessionId === sessionId) {
      // Answering a replay does no harm, but it is no sign of life.
      if (isSameOrNewer(answered.transactionId, transactionId)) {
        return new Drop("repeated", "an older alive");
      }
    }
    let filled = again && answered.filled;
    if (refusal === null && packet.coat.length > 0) {
      const said = this.#readSealed(packet);
      if (said instanceof Drop) return said;
      filled = said;
    }
    this.#answered = { sessionId, transactionId, filled };
    if (!again && isSign) this.owner.heard(true);
    const question = new Question(this.road, this.remote);
    question.noteReceived(packet.datagram);
    const answer = refusal === null
      ? this.#acknowledge(packet, filled)
      : refusePacket(this.road, this.remote, packet, refusal);
    if (answer) question.noteSent(answer);
    question.end(...ENDS[refusal === null ? "alive" : OUTCOMES[refusal] ?? "refused"]);
    return null;
  }

  #acknowledge(packet: Packet, filled: boolean): Uint8Array {
    const { sessionId, transactionId } = packet.head;
    const coat = filled ? sealedCapabilities(this.road, this.remote) : EMPTY;
    return sendAlive(
      this.road,
      this.remote,
      PacketKind.ack,
      sessionId,
      transactionId,
      Flag.correspondent,
      coat,
    );
  }

  /** Learns what a sealed body says; false if there is none, or it says nothing that we know. */
  #readSealed(packet: Packet): boolean | Drop {
    if (packet.coat.length === 0) return false;
    const session = this.remote.session;
    if (!session || packet.head.coatKind !== CoatKind.nacl) {
      return new Drop("bad_box", "an alive that we have no key for");
    }
    const plain = openCoat(packet.coat, session.box);
    if (!plain) return new Drop("bad_box", "alive");
    const body = unpackBody(packet.head.bodyKind, plain);
    if (body instanceof Drop) return body;
    this.remote.toldFarSessionId = readSessionId(body);
    this.keyNews.told(readKeysNews(body));
    const capabilities = readCapabilities(body);
    if (capabilities) this.owner.capabilitiesLearnt(capabilities, readUpMs(body));
    return capabilities !== null;
  }
}

/** A question of the remote's: answered as it comes, so it is here for the trace only. */
class Question extends Transaction {
  constructor(road: Road, private readonly remote: Remote) {
    super(road, "alive", false);
  }

  override get estate(): string {
    return this.remote.label;
  }

  override get address(): Address {
    return this.remote.address;
  }

  override get stage(): string {
    return "is answered";
  }

  override onTime(): void {
    // It waits for nothing.
  }
}

/** A question of ours. */
class Aliver extends Transaction {
  readonly sessionId: number;
  readonly transactionId: number;
  readonly #redo: Redo;
  readonly #givesUpAt: number;

  constructor(
    road: Road,
    private readonly remote: Remote,
    readonly filled: boolean,
    private readonly report: (aliver: Aliver, outcome: AliveOutcome) => void,
  ) {
    super(road, "alive", true);
    this.#redo = new Redo(road.settings.aliveRedoMs);
    this.#givesUpAt = road.now + road.settings.aliveTimeoutMs;
    this.sessionId = remote.sessionId;
    this.transactionId = remote.nextTransactionId();
    this.#send(filled ? sealedCapabilities(road, remote) : EMPTY);
    this.#arm();
  }

  override get estate(): string {
    return this.remote.label;
  }

  override get address(): Address {
    return this.remote.address;
  }

  override get stage(): string {
    return "waits for an answer";
  }

  receive(packet: Packet): void {
    this.noteReceived(packet.datagram);
    const { road, remote } = this;
    if (this.redos === 0) {
      remote.roundTrip.sample(this.beganAt, road.now, road.settings.aliveRedoMs.first);
    }
    const outcome = OUTCOMES[packet.head.packetKind] ?? "refused";
    this.end(...ENDS[outcome]);
    this.report(this, outcome);
  }

  override onTime(): void {
    if (this.road.now >= this.#givesUpAt) {
      this.end(...ENDS.silent);
      this.report(this, "silent");
      return;
    }
    this.noteRedo();
    this.remote.packetsResent++;
    // Always without a body, and signed anew: our keys may have changed. Else it is the same byte for byte.
    this.#send(EMPTY);
    this.#arm();
  }

  #send(coat: Uint8Array): void {
    const { road, remote, sessionId, transactionId } = this;
    const bytes = sendAlive(road, remote, PacketKind.request, sessionId, transactionId, 0, coat);
    this.noteSent(bytes);
  }

  #arm(): void {
    const at = Math.min(this.road.now + this.#redo.next(), this.#givesUpAt);
    this.road.timers.set(this, at);
  }
}

const OUTCOMES: Record<number, AliveOutcome> = {
  [PacketKind.ack]: "alive",
  [PacketKind.nack]: "stale",
  [PacketKind.unjoined]: "unjoined",
  [PacketKind.unallowed]: "unallowed",
  [PacketKind.reject]: "rejected",
};

const ENDS: Record<AliveOutcome, readonly [Ending, string?]> = {
  alive: ["done"],
  refused: ["refused"],
  stale: ["refused", "our session number is stale there"],
  unjoined: ["forgotten", "not joined"],
  unallowed: ["forgotten", "no session"],
  rejected: ["rejected"],
  silent: ["silent"],
};

function sealedCapabilities(road: Road, remote: Remote): Uint8Array {
  if (!road.capabilities || !remote.session) return EMPTY;
  const knows = printOf(remote.keys);
  const next = road.identities.stepFrom(remote.identity);
  const upMs = road.now - road.beganAt;
  const said = capabilitiesBody(road.capabilities, upMs, remote.sessionId, { knows, next });
  return sealCoat(packBody(road.bodyKind, said), remote.session.box, road.random);
}

function sendAlive(
  road: Road,
  remote: Remote,
  packetKind: number,
  sessionId: number,
  transactionId: number,
  flags: number,
  coat: Uint8Array,
): Uint8Array {
  return road.sendSigned(remote, {
    transactionKind: TransactionKind.alive,
    packetKind,
    sessionId,
    transactionId,
    flags,
    bodyKind: road.bodyKind,
    coatKind: CoatKind.nacl,
    segmentNumber: 0,
  }, coat);
}
