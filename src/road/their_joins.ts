/**
 * The joins that others begin, or that somebody forges in their name (protocol.md 2). Until one
 * completes it lies beside what is on record; and before one that says otherwise than the record of a
 * remote is taken, that remote is asked for life: whoever answers with its keys is not replaced.
 *
 * @module
 */
import { type Address, sameAddress } from "../base/address.ts";
import { Drop } from "../base/drop.ts";
import {
  HALF_OPEN_JOINS_MAX,
  REJECTIONS_TOLD_BURST,
  REJECTIONS_TOLD_PER_SECOND,
  REJOINS_BURST,
  REJOINS_PER_SECOND,
  STRANGERS_BURST,
  STRANGERS_PER_SECOND,
} from "../base/limits.ts";
import type { RemoteRole } from "../keep/records.ts";
import type { JoinRequest } from "../wire/joinbody.ts";
import { PacketKind } from "../wire/kinds.ts";
import { type Packet, verifyPacket } from "../wire/packet.ts";
import { Budget } from "./budget.ts";
import type { Ending } from "./endings.ts";
import type { Estates } from "./estates.ts";
import { placeOf, readRequest, refuseJoin } from "./join_packet.ts";
import { Joinent, type JoinentOwner } from "./joinent.ts";
import type { JoinTarget } from "./joiner.ts";
import type { OurJoins } from "./our_joins.ts";
import type { Peer } from "./peer.ts";
import {
  isAnother,
  isDoubtful,
  keysToShow,
  makeProposal,
  type Proposal,
  sameAll,
  saysTheSame,
} from "./proposal.ts";
import { addressKey, type Road } from "./road.ts";

/** All joins that others began and that have not completed. */
export class TheirJoins implements JoinentOwner {
  /** By source address and the joiner's ids, oldest first. */
  readonly #joinents = new Map<string, Joinent>();
  /** Those that we accepted, by the number that we gave. */
  readonly #accepted = new Map<number, Joinent>();
  readonly #strangers = new Budget(STRANGERS_BURST, STRANGERS_PER_SECOND);
  readonly #rejoins = new Budget(REJOINS_BURST, REJOINS_PER_SECOND);
  readonly #rejections = new Budget(REJECTIONS_TOLD_BURST, REJECTIONS_TOLD_PER_SECOND);

  constructor(
    private readonly road: Road,
    private readonly estates: Estates,
    private readonly ours: OurJoins,
  ) {}

  /** Those under way, for an operator. */
  transactions(): Iterable<Joinent> {
    return this.#joinents.values();
  }

  /** Whether somebody at an address is joining us. */
  isUnderWay(address: Address): boolean {
    const start = `${addressKey(address)}|`;
    for (const key of this.#joinents.keys()) if (key.startsWith(start)) return true;
    return false;
  }

  /** A packet of a join from the joiner's side. */
  receive(packet: Packet, from: Address): Drop | null {
    const { sourceId, transactionId, packetKind } = packet.head;
    const key = `${addressKey(from)}|${sourceId}|${transactionId}`;
    if (packetKind === PacketKind.request) return this.#receiveRequest(packet, from, key);
    const joinent = this.#joinents.get(key);
    if (!joinent) return new Drop("unknown_transaction", "part of no join");
    joinent.noteReceived(packet.datagram);
    switch (packetKind) {
      case PacketKind.ack:
        if (joinent.step === "proving") return null;
        if (!isAccepted(joinent)) return new Drop("unknown_transaction", "an ack of no response");
        this.#complete(joinent);
        return null;
      case PacketKind.pend:
        if (joinent.step === "answered") joinent.farPended();
        return null;
      case PacketKind.nack:
        // The joiner knows of no such join. If it has joined already, its next signed packet tells.
        if (isAccepted(joinent)) joinent.sleep();
        else this.#end(joinent, "forgotten", "the joiner knows of no such join");
        return null;
    }
    const { target, proposal } = joinent;
    if (packetKind === PacketKind.reject && target) target.remote.rejectedKeys = proposal.shown;
    this.#end(joinent, "refused", "by the joiner");
    return null;
  }

  /**
   * A signed packet that names a number which we gave in a response: if it is right under the keys of
   * that join, the joiner has joined, and only its ack was lost.
   *
   * @returns the remote, now on record
   */
  adopt(packet: Packet): Peer | null {
    const joinent = this.#accepted.get(packet.head.destinationId);
    if (!joinent || joinent.proposal.farUid !== packet.head.sourceId) return null;
    // Its proof is asked for once.
    if (!isAccepted(joinent)) return null;
    const verifier = this.road.crypto.verifier(joinent.proposal.verifyKey);
    return verifyPacket(packet, verifier) ? this.#complete(joinent) : null;
  }

  /** An operator judged a role: who waits for that learns it now. */
  roleJudged(role: string): void {
    for (const joinent of [...this.#joinents.values()]) {
      if (joinent.proposal.role !== role || joinent.step === "probing") continue;
      const { verdict } = this.estates.roles.judge(joinent.proposal, joinent.target);
      if (verdict === "rejected") {
        joinent.refuse(PacketKind.nack, "rejected", "by an operator");
        this.#forget(joinent);
      } else if (verdict === "accepted" && joinent.step === "pending") {
        this.#answer(joinent);
      }
    }
  }

  /** An operator removed a role: its joins end, and count as new when they come again. */
  forgetRole(role: string): void {
    for (const joinent of [...this.#joinents.values()]) {
      if (joinent.proposal.role === role) this.#end(joinent, "stopped", "its key was removed");
    }
  }

  /** Ends all, without a word. */
  clear(): void {
    for (const joinent of this.#joinents.values()) joinent.end("stopped", "the stack closed");
    this.#joinents.clear();
    this.#accepted.clear();
  }

  joinentExpired(joinent: Joinent): void {
    this.#forget(joinent);
  }

  #receiveRequest(packet: Packet, from: Address, key: string): Drop | null {
    const request = readRequest(this.road, packet);
    if (request instanceof Drop) return request;
    if (request.name === this.road.local.name) return new Drop("own_name", request.name);
    const known = this.#joinents.get(key);
    if (known && known.isAskedBy(packet) && saysTheSame(known.proposal, request)) {
      known.repeat(packet);
      return null;
    }
    // The same ids with other words: one of the two is forged, or its sender began to count anew. The
    // last one counts.
    if (known) this.#end(known, "stopped", "a newer one takes its place");
    const { destinationId } = packet.head;
    const vacuous = destinationId === 0;
    const peer = this.#remoteOf(request, destinationId);
    const isStranger = peer
      ? isAnother(peer.remote, request)
      : !this.#isAccepted(destinationId, request);
    if (!vacuous && isStranger) {
      refuseJoin(this.road, placeOf(from, null), packet, PacketKind.renew);
      return null;
    }
    if (vacuous && !this.road.local.main) {
      refuseJoin(this.road, placeOf(from, peer?.remote), packet, PacketKind.reject);
      return null;
    }
    if (!this.#winsCrossing(packet, from, peer, request.name)) return null;
    return this.#consider(packet, from, key, peer, request);
  }

  /** Whether a number that is on no record yet is the one that whoever asks was given. */
  #isAccepted(nearUid: number, request: JoinRequest): boolean {
    const joinent = this.#accepted.get(nearUid);
    return joinent !== undefined && saysTheSame(joinent.proposal, request);
  }

  #remoteOf(request: JoinRequest, nearUid: number): Peer | null {
    const { byName, byUid } = this.estates;
    return (nearUid === 0 ? byName.get(request.name) : byUid.get(nearUid)) ?? null;
  }

  /**
   * Whether a join goes on although we began one with the same estate: the one that names a number
   * beats the one that doesn't, else the estate whose name sorts lower goes on as joiner. One from
   * elsewhere crosses nothing: whoever moved will never answer where ours goes. Nor does one of ours that
   * could not leave, for want of bytes from there.
   */
  #winsCrossing(packet: Packet, from: Address, peer: Peer | null, name: string): boolean {
    const ours = this.ours.find(peer, from);
    if (!ours || ours.pended || !sameAddress(ours.target.address, from)) return true;
    const vacuous = packet.head.destinationId === 0;
    const loses = vacuous === ours.vacuous ? this.road.local.name < name : vacuous;
    if (loses && ours.hasLeft) {
      refuseJoin(this.road, placeOf(from, peer?.remote), packet, PacketKind.refuse);
      ours.askAgain();
      return false;
    }
    this.#yielded = ours.target;
    this.ours.yield(ours);
    return true;
  }

  /** Where a join of ours went that gave way just now: the other side keeps the number that it had. */
  #yielded: JoinTarget | null = null;

  #consider(
    packet: Packet,
    from: Address,
    key: string,
    peer: Peer | null,
    request: JoinRequest,
  ): Drop | null {
    const { road, estates } = this;
    const { sourceId, destinationId } = packet.head;
    const yielded = this.#yielded;
    this.#yielded = null;
    const nearUid = peer?.remote.nearUid || destinationId ||
      (yielded && !estates.byUid.has(yielded.nearUid) ? yielded.nearUid : estates.nextUid());
    const proposal = makeProposal(request, {
      address: from,
      nearUid,
      farUid: sourceId,
      vacuous: destinationId === 0,
      byUs: false,
      lastTransactionId: yielded?.transactionId ?? 0,
      shown: keysToShow(road.identities, peer?.remote, request, destinationId === 0),
    });
    const changes = peer !== null && !sameAll(peer.remote, proposal);
    if (changes && !this.#mayChange(peer, proposal)) {
      refuseJoin(road, placeOf(from, peer?.remote), packet, PacketKind.reject);
      road.counters.add("joins_rejected");
      return null;
    }
    this.#makeRoom();
    const joinent = new Joinent(road, packet, from, key, proposal, peer, this);
    this.#joinents.set(key, joinent);
    if (changes && peer.remote.proven) this.#probe(joinent, peer);
    else this.#decide(joinent);
    return null;
  }

  #mayChange(peer: Peer, proposal: Proposal): boolean {
    const named = this.estates.byName.get(proposal.name);
    if (named && named !== peer) return false;
    if (!peer.isFirm) return true;
    if (isDoubtful(peer.remote, proposal)) return false;
    return this.road.local.mutable ||
      this.estates.roles.successions.isAllThatIsNew(peer.remote, proposal);
  }

  /** So many a second: anybody can be turned down. */
  #tellRejected({ name, role, address }: Proposal, why: string): void {
    this.road.counters.add("joins_rejected");
    if (!this.#rejections.take(this.road.now)) return;
    this.road.emitState("rejected", name, role, address, { ours: false, why });
  }

  /** Whoever answers with the keys on record is not replaced by somebody who shows no key at all. */
  #probe(joinent: Joinent, peer: Peer): void {
    peer.probe((lives) => {
      if (joinent.ended) return;
      if (lives) {
        this.road.counters.add("joins_disproved");
        joinent.refuse(PacketKind.refuse, "refused", "the remote on record lives");
        this.#forget(joinent);
      } else {
        this.#decide(joinent);
      }
    });
  }

  /** What can't be written down is as if it had never been asked: it is asked again. */
  #decide(joinent: Joinent): void {
    try {
      this.#judge(joinent);
    } catch (error) {
      this.#end(joinent, "stopped", "it could not be written down");
      throw error;
    }
  }

  #judge(joinent: Joinent): void {
    const { proposal, target } = joinent;
    const { verdict, record, why } = this.estates.roles.judge(proposal, target);
    if (verdict === "rejected") {
      joinent.refuse(PacketKind.reject, "rejected");
      this.#forget(joinent);
      this.#tellRejected(proposal, why);
    } else if (verdict === "pending") {
      if (record && !this.#writePending(joinent, record)) return;
      joinent.pend();
      const { name, role, address } = proposal;
      this.road.emitState("pending", name, role, address, { ours: false, why });
    } else {
      this.#answer(joinent);
    }
  }

  /** Keys that nobody knows are written down for the operator, so many a second. */
  #writePending(joinent: Joinent, record: RemoteRole): boolean {
    if (!this.#strangers.take(this.road.now)) {
      this.road.counters.add("join_limit");
      this.#end(joinent, "stopped", "too many strangers at once");
      return false;
    }
    this.estates.roles.takePending(record, joinent.proposal);
    return true;
  }

  #answer(joinent: Joinent): void {
    this.#accepted.set(joinent.proposal.nearUid, joinent);
    joinent.answer();
  }

  #complete(joinent: Joinent): Peer | null {
    const { proposal } = joinent;
    const { byName, byUid } = this.estates;
    const target = byUid.get(proposal.nearUid) ?? byName.get(proposal.name) ?? null;
    const isTaken = target !== null && target !== joinent.target;
    if (isTaken && !sameAll(target.remote, proposal) && target.isFirm) {
      this.#end(joinent, "stopped", "another took its name");
      return null;
    }
    // The joiner is asked for its ack again, or shows by a signed packet that it has joined.
    if (!(target ? this.#rejoins : this.#strangers).take(this.road.now)) {
      this.road.counters.add("join_limit");
      return null;
    }
    joinent.prove();
    let joined: Peer | null = null;
    this.estates.prove(target, proposal, (isProven) => {
      if (isProven) joined = this.#establish(joinent, target);
      else this.#disproved(joinent);
    });
    return joined;
  }

  #establish(joinent: Joinent, target: Peer | null): Peer | null {
    if (joinent.ended) return null;
    const left = this.ours.leaves(target, joinent.proposal);
    const established = this.#write(joinent, target);
    this.#forget(joinent);
    if (typeof established === "string") {
      joinent.end("refused", established);
      return null;
    }
    joinent.end("done");
    const { peer, news } = established;
    this.ours.fulfilled(peer);
    if (news.changed) this.ours.stop(peer, "the other side joined us");
    peer.joinCompleted(news);
    if (left) this.ours.wish(left, this.isUnderWay(left));
    return peer;
  }

  /** What can't be written down now may be when the joiner asks again, or says something signed. */
  #write(joinent: Joinent, target: Peer | null): ReturnType<Estates["establish"]> {
    try {
      return this.estates.establish(joinent.proposal, target);
    } catch (error) {
      joinent.sleep();
      throw error;
    }
  }

  #disproved(joinent: Joinent): void {
    this.road.counters.add("joins_disproved");
    this.#end(joinent, "rejected", "nobody there showed the keys that it named");
  }

  #end(joinent: Joinent, ending: Ending, why: string): void {
    joinent.end(ending, why);
    this.#forget(joinent);
  }

  #forget(joinent: Joinent): void {
    if (this.#joinents.get(joinent.key) === joinent) this.#joinents.delete(joinent.key);
    const { nearUid } = joinent.proposal;
    if (this.#accepted.get(nearUid) === joinent) this.#accepted.delete(nearUid);
  }

  /** The oldest gives way: whoever means it asks again. */
  #makeRoom(): void {
    if (this.#joinents.size < HALF_OPEN_JOINS_MAX) return;
    const [oldest] = this.#joinents.values();
    this.road.counters.add("join_limit");
    this.#end(oldest, "stopped", "too many joins at once");
  }
}

function isAccepted(joinent: Joinent): boolean {
  return joinent.step === "answered" || joinent.step === "dormant";
}
