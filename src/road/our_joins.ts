/**
 * The joins that we begin: with remotes on record, and with addresses that we were told to join. No
 * answer to them is signed, so an answer that says no ends an attempt and nothing else, and one that
 * says yes is judged before anything is written (protocol.md 2).
 *
 * @module
 */
import { type Address, sameAddress } from "../base/address.ts";
import { Drop } from "../base/drop.ts";
import type { JoinResponse } from "../wire/joinbody.ts";
import { PacketKind } from "../wire/kinds.ts";
import type { Packet } from "../wire/packet.ts";
import type { JoinFailure } from "./endings.ts";
import type { Estates } from "./estates.ts";
import { placeOf, refuseJoin } from "./join_packet.ts";
import { Joiner, type JoinerOwner } from "./joiner.ts";
import type { Peer } from "./peer.ts";
import {
  isDoubtful,
  isElsewhere,
  makeProposal,
  type Proposal,
  sameAll,
  saysTheSame,
} from "./proposal.ts";
import { addressKey, type Road } from "./road.ts";
import { type Wish, Wishes } from "./wishes.ts";

/** All joins that we began. */
export class OurJoins implements JoinerOwner {
  readonly wishes: Wishes;
  /** With remotes on record. */
  readonly #joiners = new Map<Peer, Joiner>();
  /** Those that name no number of the other side, by where their answers come from and the number that we gave. */
  readonly #vacuous = new Map<string, Joiner>();
  /** Our last ack to each remote, which may have been lost. */
  readonly #acks = new WeakMap<
    Peer,
    { readonly transactionId: number; readonly ack: Uint8Array }
  >();

  constructor(private readonly road: Road, private readonly estates: Estates) {
    this.wishes = new Wishes(road);
  }

  /** Those under way, for an operator. */
  *transactions(): Iterable<Joiner> {
    yield* this.#joiners.values();
    for (const wish of this.wishes) if (wish.joiner) yield wish.joiner;
  }

  /**
   * Begins to join whoever is at an address, at once also where it was to be tried again later; does
   * nothing if that is under way.
   *
   * @param isJoiningUs whether somebody there is joining us: then ours waits, and is not wanted any more
   * once theirs succeeds. A second join beside an answered one would leave the reference with a number
   * of ours that we forget as soon as theirs is complete.
   */
  wish(address: Address, isJoiningUs: boolean): void {
    const known = this.wishes.get(address);
    if (known && !isJoiningUs) this.#startWish(known);
    if (known) return;
    const peer = this.estates.at(address);
    if (peer) {
      peer.seek();
      peer.plan();
      return;
    }
    const wish = this.wishes.add(address, this.estates.nextUid(), (due) => this.#startWish(due));
    if (isJoiningUs) this.wishes.failed(wish, "refused");
    else this.#startWish(wish);
  }

  /** Whether a join with a remote on record is under way. */
  isJoining(peer: Peer): boolean {
    return this.#joiners.has(peer);
  }

  /** Begins a join with a remote on record. */
  start(peer: Peer, renewed = false): void {
    if (this.#joiners.has(peer)) return;
    const { remote } = peer;
    const { address, nearUid } = remote;
    // Numbers and keys that nobody ever proved are asked for anew.
    const isDoubtful = peer.sought && !peer.isFirm;
    const farUid = renewed || isDoubtful ? 0 : remote.farUid;
    const transactionId = remote.nextTransactionId();
    const target = { peer, address, nearUid, farUid, transactionId };
    this.#remember(new Joiner(this.road, target, this));
  }

  /** Ends a join with a remote on record, without a word. */
  stop(peer: Peer, why: string): void {
    const joiner = this.#joiners.get(peer);
    if (!joiner) return;
    joiner.end("stopped", why);
    this.#forget(joiner);
  }

  /**
   * A join of ours that somebody at this address, or this remote, would be the other side of. One that only
   * waits for its proof has said all that it had to say.
   */
  find(peer: Peer | null, from: Address): Joiner | undefined {
    if (!peer) return [...this.#vacuous.values()].find((one) => !one.ended && isAt(one, from));
    const joiner = this.#joiners.get(peer);
    return joiner?.ended ? undefined : joiner;
  }

  /** Gives way to a join of the other side that crossed it. */
  yield(joiner: Joiner): void {
    joiner.refuse(PacketKind.refuse, "stopped", "gave way to the other side's");
    this.#forget(joiner);
    const wish = this.#wishOf(joiner);
    if (wish) this.wishes.failed(wish, "refused");
    joiner.target.peer?.joinFailed();
  }

  /** Somebody joined us, or moved, perhaps from or to an address that we wished to join. */
  fulfilled(peer: Peer): void {
    const { address } = peer.remote;
    if (this.wishes.get(address)) peer.seek();
    this.unwish(address);
  }

  /**
   * Where nobody would be looked for any more once a join has completed, though our operator said that somebody
   * is there: who was taken for that one was another one, or moved.
   */
  leaves(target: Peer | null, proposal: Proposal): Address | null {
    return target && isElsewhere(target, proposal) ? target.remote.address : null;
  }

  /** Nobody wishes to join at an address any more. */
  unwish(address: Address): void {
    const wish = this.wishes.get(address);
    if (!wish) return;
    if (wish.joiner) this.#forget(wish.joiner);
    this.wishes.remove(wish);
  }

  /** The other side moved. */
  moved(peer: Peer): void {
    this.fulfilled(peer);
    if (!this.#joiners.has(peer)) return;
    this.stop(peer, "the address changed");
    this.start(peer);
  }

  /** The same for an address that was never answered. */
  moveWish(from: Address, to: Address, isJoiningUs: boolean): void {
    if (!this.wishes.get(from)) return;
    this.unwish(from);
    this.estates.roles.movePin(from, to);
    this.wish(to, isJoiningUs);
  }

  /** A packet of a join from the joinent's side. */
  receive(packet: Packet, from: Address): Drop | null {
    const { sourceId, destinationId, transactionId, packetKind } = packet.head;
    const peer = this.estates.byUid.get(destinationId) ?? null;
    const joiner = sourceId === 0
      ? this.#vacuous.get(placeAt(from, destinationId))
      : peer && this.#joiners.get(peer);
    if (
      joiner && !joiner.ended && joiner.target.transactionId === transactionId &&
      joiner.target.nearUid === destinationId && joiner.target.farUid === sourceId &&
      sameAddress(joiner.target.address, from)
    ) {
      return joiner.receive(packet);
    }
    if (peer && sameAddress(peer.remote.address, from)) {
      const last = this.#acks.get(peer);
      if (last?.transactionId === transactionId && packetKind === PacketKind.response) {
        // Our ack was lost. The reference says nack here, and both have to join once more.
        this.road.send(last.ack, from, peer.remote.addressProven);
        return null;
      }
      refuseJoin(this.road, placeOf(from, peer.remote), packet, PacketKind.nack);
    }
    return new Drop("unknown_transaction", "an answer to no join of ours");
  }

  /** An operator accepted a role, or took the acceptance back. */
  roleJudged(role: string): void {
    for (const joiner of [...this.transactions()]) {
      const proposal = joiner.awaiting;
      if (proposal?.role !== role) continue;
      const target = this.#targetOf(joiner, proposal);
      const judgement = this.estates.roles.judge(proposal, target);
      if (judgement.verdict === "pending") continue;
      // Another may have come to bear its name while it waited.
      const fault = this.#faultOf(joiner.target.peer, proposal);
      if (fault) this.#reject(joiner, proposal, fault);
      else if (judgement.verdict === "accepted") this.#complete(joiner, proposal);
      else this.#reject(joiner, proposal, "its key was rejected here");
    }
  }

  /** An operator removed a role: whoever waited with its key has to come again. */
  forgetRole(role: string): void {
    for (const joiner of [...this.transactions()]) {
      if (joiner.awaiting?.role === role) {
        this.#reject(joiner, joiner.awaiting, "its key was removed");
      }
    }
  }

  joinAnswered(joiner: Joiner, response: JoinResponse): void {
    const { peer, address, nearUid, transactionId } = joiner.target;
    const proposal = makeProposal(response, {
      address,
      nearUid,
      farUid: response.uid,
      vacuous: joiner.vacuous,
      byUs: true,
      lastTransactionId: transactionId,
      shown: joiner.shown,
    });
    const fault = this.#faultOf(peer, proposal);
    if (fault) return this.#reject(joiner, proposal, fault);
    const target = this.#targetOf(joiner, proposal);
    const { verdict, record, why } = this.estates.roles.judge(proposal, target);
    if (verdict === "rejected") {
      this.#reject(joiner, proposal, why);
    } else if (verdict === "pending") {
      const isNews = joiner.awaiting === null || !saysTheSame(joiner.awaiting, response);
      if (record) this.estates.roles.takePending(record, proposal);
      joiner.pend(proposal);
      if (isNews) this.#emit("pending", proposal, false, why);
    } else {
      this.#complete(joiner, proposal);
    }
  }

  joinPended(joiner: Joiner): void {
    const { peer, address } = joiner.target;
    this.road.emitState("pending", joiner.estate, peer?.remote.role ?? "", address, {
      ours: true,
      why: "our key waits for an operator there",
    });
  }

  joinFailed(joiner: Joiner, failure: JoinFailure): void {
    this.#forget(joiner);
    const { peer, address } = joiner.target;
    if (failure === "renew" && peer && this.road.local.mutable && !joiner.vacuous) {
      this.start(peer, true);
      return;
    }
    // One that names no number is rejected by whoever is no main, whatever the keys.
    if (failure === "rejected" && peer && (!joiner.vacuous || peer.remote.main)) {
      peer.remote.rejectedKeys = joiner.shown;
      const isFirst = joiner.shown === peer.remote.identity;
      if (isFirst && this.road.identities.toShow(peer.remote) !== joiner.shown) {
        return this.start(peer, joiner.vacuous);
      }
    }
    if (failure === "rejected" || failure === "refused" || failure === "renew") {
      const type = failure === "rejected" ? "rejected" : "refused";
      const why = failure === "renew" ? "it doesn't know us, and our road is immutable" : undefined;
      const role = peer?.remote.role ?? "";
      this.road.emitState(type, joiner.estate, role, address, { ours: true, why });
    }
    const wish = this.#wishOf(joiner);
    if (wish) this.wishes.failed(wish, failure);
    peer?.joinFailed(failure);
  }

  /** Why a proposal can't be taken, whatever its keys. */
  #faultOf(peer: Peer | null, proposal: Proposal): string | null {
    const { byName } = this.estates;
    if (proposal.name === this.road.local.name) return "it has our own name";
    const named = byName.get(proposal.name) ?? null;
    if (peer && named && named !== peer && !isMadeUp(named)) {
      return `"${proposal.name}" is another estate on record`;
    }
    const target = peer ?? named;
    if (!target || sameAll(target.remote, proposal) || !target.isFirm) return null;
    const { successions } = this.estates.roles;
    if (successions.isAllThatIsNew(target.remote, proposal)) return null;
    if (!this.road.local.mutable) return "it is not as on record, and our road is immutable";
    if (isDoubtful(target.remote, proposal)) return "it is not as on record, and not signed";
    const isItself = successions.isOf(target.remote, proposal) && target.presence.alive !== true;
    if (!peer && !isItself) {
      return `"${proposal.name}" is on record at another address`;
    }
    return null;
  }

  /** The remote on record that would become what is proposed. */
  #targetOf(joiner: Joiner, proposal: Proposal): Peer | null {
    return joiner.target.peer ?? this.estates.byName.get(proposal.name) ?? null;
  }

  #complete(joiner: Joiner, proposal: Proposal): void {
    const target = this.#targetOf(joiner, proposal);
    if (!this.estates.needsProof(target, proposal)) {
      return this.#establish(joiner, target, proposal);
    }
    // The other side is joined by our ack, and can be asked then.
    const ack = joiner.acknowledge();
    this.#acks.set(target, { transactionId: joiner.target.transactionId, ack });
    this.estates.prove(target, proposal, (isProven) => {
      // Stopped meanwhile by who sees to what comes next, if anything does: the remote may be forgotten.
      if (!this.#isHeld(joiner)) return;
      if (!isProven) {
        this.road.counters.add("joins_disproved");
        return this.joinFailed(joiner, "unproven");
      }
      try {
        this.#establish(joiner, target, proposal);
      } catch (error) {
        // It can't be written down. Our side has said all it had to say, so it begins anew.
        this.joinFailed(joiner, "timed out");
        throw error;
      }
    });
  }

  /** Whether a join that has ended is still kept in its place until it is proven. */
  #isHeld(joiner: Joiner): boolean {
    const { peer } = joiner.target;
    return peer ? this.#joiners.get(peer) === joiner : this.#wishOf(joiner) !== null;
  }

  #establish(joiner: Joiner, target: Peer | null, proposal: Proposal): void {
    const named = this.estates.byName.get(proposal.name);
    if (named && named !== target && isMadeUp(named)) {
      this.estates.remove(named, "who was joined where our operator said has its name");
    }
    const left = this.leaves(target, proposal);
    const established = this.estates.establish(proposal, target);
    if (typeof established === "string") return this.#reject(joiner, proposal, established);
    const { peer, news } = established;
    const ack = joiner.ended ? null : joiner.acknowledge();
    if (ack) this.#acks.set(peer, { transactionId: joiner.target.transactionId, ack });
    this.#forget(joiner);
    const wish = this.#wishOf(joiner);
    if (wish) this.wishes.remove(wish);
    // Where it was before nobody answers any more, and nothing else is begun while that is waited for.
    if (news.changed) this.stop(peer, "it was joined elsewhere");
    peer.joinCompleted(news);
    if (wish) peer.seek();
    if (left) this.wish(left, false);
  }

  #reject(joiner: Joiner, proposal: Proposal, why: string): void {
    joiner.refuse(PacketKind.reject, "rejected");
    this.#emit("rejected", proposal, false, why);
    this.#forget(joiner);
    const wish = this.#wishOf(joiner);
    if (wish) this.wishes.failed(wish, "rejected");
    joiner.target.peer?.joinFailed("rejected");
  }

  #startWish(wish: Wish): void {
    if (wish.joiner || this.road.closed) return;
    wish.joiner = new Joiner(this.road, wish.nextTarget(), this);
    this.#remember(wish.joiner);
  }

  #wishOf(joiner: Joiner): Wish | null {
    const wish = joiner.target.peer ? undefined : this.wishes.get(joiner.target.address);
    return wish?.joiner === joiner ? wish : null;
  }

  #remember(joiner: Joiner): void {
    const { peer, address, nearUid } = joiner.target;
    if (peer) this.#joiners.set(peer, joiner);
    if (joiner.vacuous) this.#vacuous.set(placeAt(address, nearUid), joiner);
  }

  #forget(joiner: Joiner): void {
    const { peer, address, nearUid } = joiner.target;
    if (peer && this.#joiners.get(peer) === joiner) this.#joiners.delete(peer);
    const key = placeAt(address, nearUid);
    if (this.#vacuous.get(key) === joiner) this.#vacuous.delete(key);
  }

  #emit(type: "pending" | "rejected", proposal: Proposal, ours: boolean, why: string): void {
    this.road.emitState(type, proposal.name, proposal.role, proposal.address, { ours, why });
  }
}

/** Several of us may be looked for at one address, as where a host has another name by now. */
function placeAt(address: Address, nearUid: number): string {
  return `${addressKey(address)}|${nearUid}`;
}

function isAt({ target }: Joiner, address: Address): boolean {
  return sameAddress(target.address, address);
}

/** Whether somebody joined us under a name, and has not shown its keys while there was time. */
function isMadeUp({ sought, isFirm }: Peer): boolean {
  return !sought && !isFirm;
}
