/**
 * A join that somebody else began, or claims to have: nothing of it is signed, so until it completes
 * it is only a proposal beside what is on record (protocol.md 2).
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import { PacketKind } from "../wire/kinds.ts";
import type { Packet } from "../wire/packet.ts";
import type { Ending } from "./endings.ts";
import { answerIds, type JoinIds, packResponse, placeOf, sendJoin } from "./join_packet.ts";
import type { Peer } from "./peer.ts";
import type { Proposal } from "./proposal.ts";
import type { Road } from "./road.ts";
import { Redo, Transaction } from "./transaction.ts";

/**
 * - `probing` what is on record would change, so the remote on record is asked for life first
 * - `pending` its key waits for our operator
 * - `answered` we accepted it, and wait for its ack
 * - `proving` it would change what is on record, so it is asked for a sign of the keys that it named
 * - `dormant` the ack never came; a signed packet under its keys would do as well
 */
export type JoinentStage = "probing" | "pending" | "answered" | "proving" | "dormant";

/** Who keeps the joins of others. */
export interface JoinentOwner {
  /** It is of no use any more. */
  joinentExpired(joinent: Joinent): void;
}

/** A join that somebody else began. */
export class Joinent extends Transaction {
  step: JoinentStage = "probing";
  readonly #ids: JoinIds;
  readonly #owner: JoinentOwner;
  #redo: Redo;
  #last: Uint8Array | null = null;
  #givesUpAt = Infinity;

  constructor(
    road: Road,
    packet: Packet,
    readonly from: Address,
    readonly key: string,
    readonly proposal: Proposal,
    readonly target: Peer | null,
    owner: JoinentOwner,
  ) {
    super(road, "join", false);
    this.#ids = answerIds(packet);
    this.#owner = owner;
    this.#redo = new Redo(road.settings.joinentRedoMs);
    this.noteReceived(packet.datagram);
  }

  override get estate(): string {
    return this.proposal.name;
  }

  override get address(): Address {
    return this.from;
  }

  override get stage(): string {
    return STAGES[this.step];
  }

  /** Tells the joiner that its key waits for our operator. */
  pend(): void {
    this.step = "pending";
    this.#last = this.#send(PacketKind.pend);
    this.road.timers.clear(this);
  }

  /** Accepts: the response is on its way when this returns. */
  answer(): void {
    const { road } = this;
    const { nearUid, hinted, shown } = this.proposal;
    this.step = "answered";
    this.#redo = new Redo(road.settings.joinentRedoMs);
    this.#givesUpAt = road.now + road.settings.joinentTimeoutMs;
    this.#last = this.#send(PacketKind.response, packResponse(road, nearUid, hinted, shown));
    this.#arm();
  }

  /** Whether a request names the number that ours answers from: who forgot us since names none. */
  isAskedBy(packet: Packet): boolean {
    return packet.head.destinationId === this.#ids.sourceId;
  }

  /** The request came again: what we last said must have been lost. */
  repeat(packet: Packet): void {
    this.noteReceived(packet.datagram);
    if (this.step === "dormant") this.answer();
    else if (this.#last && this.step !== "proving") this.#resend();
  }

  /** The joiner's own operator has to accept us first. */
  farPended(): void {
    // As with the reference the redo that is set still comes; after that they are rare.
    this.#redo = new Redo({ first: FAR_PENDED_REDO_MS, last: FAR_PENDED_REDO_MS });
    this.#givesUpAt = Infinity;
  }

  /** It was acknowledged, which anybody could do: nothing more is said until it is proven. */
  prove(): void {
    this.step = "proving";
    this.road.timers.clear(this);
  }

  /** The ack doesn't come: stops asking, and waits a while for a signed packet instead. */
  sleep(): void {
    this.step = "dormant";
    this.road.timers.set(this, this.road.now + DORMANT_MS);
  }

  /** Ends it with a word to the joiner. */
  refuse(packetKind: number, ending: Ending, why?: string): void {
    this.#send(packetKind);
    this.end(ending, why);
  }

  override onTime(): void {
    if (this.step === "dormant") {
      this.end("silent", "its ack never came");
      this.#owner.joinentExpired(this);
    } else if (this.road.now >= this.#givesUpAt) {
      this.sleep();
    } else {
      this.#resend();
      this.#arm();
    }
  }

  #resend(): void {
    this.noteRedo();
    const { address, isProven } = placeOf(this.from, this.target?.remote);
    this.road.send(this.#last!, address, isProven);
    this.noteSent(this.#last!);
  }

  #send(packetKind: number, body?: Uint8Array): Uint8Array {
    const place = placeOf(this.from, this.target?.remote);
    const bytes = sendJoin(this.road, place, this.#ids, packetKind, body);
    this.noteSent(bytes);
    return bytes;
  }

  #arm(): void {
    const at = Math.min(this.road.now + this.#redo.next(), this.#givesUpAt);
    this.road.timers.set(this, at);
  }
}

const STAGES: Record<JoinentStage, string> = {
  probing: "asks the one on record for life",
  pending: "its key waits for our operator",
  answered: "waits for its ack",
  proving: "waits for a sign that it holds its keys",
  dormant: "its ack never came",
};

/** How long a join that was accepted but not acknowledged can still be completed. */
const DORMANT_MS = 60_000;
/** Redo of our response while the far operator decides. */
const FAR_PENDED_REDO_MS = 60_000;
