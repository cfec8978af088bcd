/**
 * A join that we began: request, redone for ever, until the other side answers (protocol.md 2). All
 * answers are unsigned, so none of them ends more than this join; what is on record is changed by
 * whoever started it, after it was judged.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import { formatAddress } from "../base/address.ts";
import { Drop } from "../base/drop.ts";
import { printOf } from "../keep/succession.ts";
import type { JoinResponse } from "../wire/joinbody.ts";
import { PacketKind } from "../wire/kinds.ts";
import type { Packet } from "../wire/packet.ts";
import type { Ending, JoinFailure } from "./endings.ts";
import {
  type JoinIds,
  type JoinPlace,
  packRequest,
  readResponse,
  sendJoin,
} from "./join_packet.ts";
import type { Identity } from "./identity.ts";
import type { Peer } from "./peer.ts";
import type { Proposal } from "./proposal.ts";
import type { Road } from "./road.ts";
import { Redo, Transaction } from "./transaction.ts";

/** Where a join goes. */
export interface JoinTarget {
  /** The remote on record, if there is one. */
  readonly peer: Peer | null;
  readonly address: Address;
  /** Our number for it. */
  readonly nearUid: number;
  /** Its number for us; 0 for a vacuous join. */
  readonly farUid: number;
  readonly transactionId: number;
}

/** Who started a join. */
export interface JoinerOwner {
  /** The other side accepts us; what now is to be judged. */
  joinAnswered(joiner: Joiner, response: JoinResponse): void;
  /** Our key waits for the far operator. */
  joinPended(joiner: Joiner): void;
  /** It ended. */
  joinFailed(joiner: Joiner, failure: JoinFailure): void;
}

/** A join that we began. */
export class Joiner extends Transaction {
  /** Set while the far key waits for our operator. */
  awaiting: Proposal | null = null;
  /** Whether our key waits for the far operator. */
  pended = false;
  /** The keys of ours that the request names. */
  readonly shown: Identity;
  /** Whether the last request left: to who proved nothing goes no more than came from there. */
  hasLeft: boolean;
  readonly #owner: JoinerOwner;
  readonly #redo: Redo;
  readonly #request: Uint8Array;
  #askedAt = -Infinity;
  /** Requests since something last came. */
  #unanswered: number;

  constructor(road: Road, readonly target: JoinTarget, owner: JoinerOwner) {
    super(road, "join", true);
    this.#owner = owner;
    this.#redo = new Redo(road.settings.joinerRedoMs);
    const { newest } = road.identities;
    const remote = target.peer?.remote;
    this.shown = remote ? road.identities.toShow(remote) : newest;
    const request = packRequest(road, this.shown, remote ? printOf(remote.keys) : "");
    this.#request = this.#send(PacketKind.request, request);
    this.hasLeft = this.#request !== road.withheld;
    this.#unanswered = Number(this.hasLeft);
    this.#arm();
  }

  override get estate(): string {
    return this.target.peer?.remote.label ?? formatAddress(this.target.address);
  }

  override get address(): Address {
    return this.target.address;
  }

  override get stage(): string {
    if (this.awaiting) return "their key waits for our operator";
    return this.pended ? "our key waits for their operator" : "waits for an answer";
  }

  /** Whether the request named no number of the other side. */
  get vacuous(): boolean {
    return this.target.farUid === 0;
  }

  /** A packet that names this join. */
  receive(packet: Packet): Drop | null {
    this.noteReceived(packet.datagram);
    this.#unanswered = 0;
    switch (packet.head.packetKind) {
      case PacketKind.response: {
        const response = readResponse(this.road, packet);
        if (response instanceof Drop) return response;
        this.#owner.joinAnswered(this, response);
        return null;
      }
      case PacketKind.pend:
        if (this.pended || this.awaiting) return null;
        // As with the reference the redo that is set still comes; after that they are rare.
        this.pended = true;
        this.#owner.joinPended(this);
        return null;
      case PacketKind.renew:
        return this.#fail("renew");
      case PacketKind.reject:
        return this.#fail("rejected");
      case PacketKind.refuse:
      case PacketKind.nack:
        return this.#fail("refused");
    }
    return new Drop("packet_kind", "not an answer to a join");
  }

  /** The other side's key waits for our operator. It is asked on, seldom: perhaps another one said that. */
  pend(proposal: Proposal): void {
    this.awaiting = proposal;
    this.#send(PacketKind.pend);
    this.#arm();
  }

  /** We are joined: the ack that says so, for sending it again if it gets lost. */
  acknowledge(): Uint8Array {
    const bytes = this.#send(PacketKind.ack);
    this.awaiting = null;
    this.end("done");
    return bytes;
  }

  /** Ends it with a word to the other side: reject, refuse or nack. */
  refuse(packetKind: number, ending: Ending, why?: string): void {
    this.#send(packetKind);
    this.end(ending, why);
  }

  override onTime(): void {
    const { road, target } = this;
    // It is asked nothing else meanwhile: no alive would show that it has gone.
    if (this.#unanswered >= SILENT_REQUESTS) target.peer?.presence.silent(this.#askedAt);
    if (this.awaiting) return this.#ask();
    const { joinerTimeoutMs } = road.settings;
    if (joinerTimeoutMs > 0 && road.now >= this.beganAt + joinerTimeoutMs) {
      this.#fail("timed out");
      return;
    }
    if (target.peer?.reapIfDue()) {
      this.#fail("reaped");
      return;
    }
    this.#ask();
  }

  /** Somebody is there now: asks at once, unless that was so lately that an answer may be on its way. */
  askAgain(): void {
    if (!this.pended && this.road.now - this.#askedAt >= this.#redo.range.first) this.#ask();
  }

  #ask(): void {
    this.noteRedo();
    this.hasLeft = this.road.send(this.#request, this.target.address, this.#place.isProven);
    if (this.hasLeft) this.#unanswered++;
    this.noteSent(this.#request);
    this.#arm();
  }

  #fail(failure: keyof typeof ENDS): null {
    this.end(...ENDS[failure]);
    this.#owner.joinFailed(this, failure);
    return null;
  }

  /** Who is silent for long is asked less often; who said that an operator has to decide, seldom. */
  #arm(): void {
    const { road } = this;
    const { joinerPendedRedoMs, joinerTimeoutMs } = road.settings;
    this.#askedAt = road.now;
    const patience = Math.min((road.now - this.beganAt) * PATIENCE_SHARE, PATIENCE_MS_MAX);
    const waits = this.pended || this.awaiting !== null;
    const ms = waits ? joinerPendedRedoMs : Math.max(this.#redo.next(), patience);
    const isLasting = joinerTimeoutMs === 0 || this.awaiting !== null;
    const givesUpAt = isLasting ? Infinity : this.beganAt + joinerTimeoutMs;
    road.timers.set(this, Math.min(road.now + ms, givesUpAt));
  }

  #send(packetKind: number, body?: Uint8Array): Uint8Array {
    const bytes = sendJoin(this.road, this.#place, this.#ids(), packetKind, body);
    this.noteSent(bytes);
    return bytes;
  }

  /** An address that our operator named needs no proof. */
  get #place(): JoinPlace {
    const { peer, address } = this.target;
    return { address, isProven: peer === null || peer.remote.addressProven };
  }

  #ids(): JoinIds {
    const { nearUid, farUid, transactionId } = this.target;
    return { sourceId: nearUid, destinationId: farUid, transactionId, asJoinent: false };
  }
}

/** The redo interval of a silent peer grows with this share of the time that it has been silent. */
const PATIENCE_SHARE = 0.1;
/** Who does not answer so many requests in a row is silent: one alone may be lost. */
const SILENT_REQUESTS = 2;
/** Whoever was away, for however long, is joined within ten seconds of its coming back. */
const PATIENCE_MS_MAX = 7_500;

const ENDS: Record<Exclude<JoinFailure, "unproven">, readonly [Ending, string?]> = {
  refused: ["refused"],
  rejected: ["rejected"],
  renew: ["forgotten", "not joined any more"],
  "timed out": ["silent"],
  reaped: ["stopped", "not heard of for too long"],
};
