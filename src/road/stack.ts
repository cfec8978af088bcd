/**
 * The road stack: a state machine that speaks RAET over UDP (protocol.md 1 to 5) and does no input or
 * output of its own. Datagrams and the time come in by calls; datagrams and events are drained.
 *
 * Invariants:
 * - `receive` never throws, whatever the bytes; what can't be used is counted under a reason.
 * - No packet but those of a join moves anything before its signature was checked; a join, which has
 *   none, never deletes a record and never ends a session whose remote answers an alive.
 * - What depends on a record leaves after the record is on disk.
 * - Every message of ours ends in exactly one `sent` event.
 *
 * @module
 */
import { type Address, sameAddress } from "../base/address.ts";
import type { Counters } from "../base/drop.ts";
import { Drop } from "../base/drop.ts";
import { RaetError } from "../base/errors.ts";
import type { Body } from "../base/value.ts";
import type { Succession } from "../keep/succession.ts";
import type { AutoMode } from "../keep/judge.ts";
import { packBody } from "../wire/body.ts";
import { BodyKind, TransactionKind } from "../wire/kinds.ts";
import { type Packet, parsePacket } from "../wire/packet.ts";
import { receiveSigned } from "./dispatch.ts";
import { Estates } from "./estates.ts";
import type { RemoteView, RoadEvent, TransactionName, TransactionView } from "./events.ts";
import { isFromJoinent } from "./join_packet.ts";
import { Keys } from "./operator.ts";
import { makeIdentity } from "./identity.ts";
import type { LocalEstate, RoadOptions, RoadSettings } from "./options.ts";
import { OurJoins } from "./our_joins.ts";
import type { Peer } from "./peer.ts";
import { type Outgoing, Road } from "./road.ts";
import { TheirJoins } from "./their_joins.ts";
import type { Transaction } from "./transaction.ts";
import { viewPeer, viewRemotes } from "./views.ts";

/** How a message is to be sent. */
export interface TransmitOptions {
  /** How its body is packed; default is the stack's setting. */
  readonly bodyKind?: "json" | "msgpack";
  /** When it is given up, on the clock of `now`; default is never. */
  readonly deadline?: number;
  /**
   * The body as it has to be at a moment, on the clock of `now`, where it is not the same always: it must not
   * become longer, and whoever gets it must know it if it comes twice. So a message can say how long it has to
   * live: of what was not sent at once, or not answered, that is said anew.
   */
  readonly bodyAt?: (now: number) => Body;
}

/** One estate's end of the road. */
export class RoadStack {
  /** What an operator does about keys. */
  readonly keys: Keys;
  readonly #road: Road;
  readonly #estates: Estates;
  readonly #ours: OurJoins;
  readonly #theirs: TheirJoins;
  #lastHandle = 0;

  /** Takes up what the keep holds: joined remotes are asked for a session at once. */
  constructor(options: RoadOptions) {
    const road = new Road(options);
    this.#road = road;
    this.#estates = new Estates(road, {
      startJoin: (peer) => this.#ours.start(peer),
      isJoining: (peer) => this.#ours.isJoining(peer),
      stopJoin: (peer) => this.#ours.stop(peer, "not needed any more"),
      save: (peer) => this.#estates.saveOrLater(peer, options.onUnsaved),
      succeed: (peer, step) => this.#estates.roles.succeed(peer, step),
    });
    this.#ours = new OurJoins(road, this.#estates);
    this.#theirs = new TheirJoins(road, this.#estates, this.#ours);
    this.keys = new Keys(road, this.#estates, this.#ours, this.#theirs);
    this.#estates.roles.crowdedOut = (role) => {
      this.#theirs.forgetRole(role);
      this.#ours.forgetRole(role);
    };
    const peers = [...this.#estates.byUid.values()];
    const step = Math.min(START_STEP_MS, START_SPREAD_MS / Math.max(1, peers.length));
    peers.forEach((peer, i) => peer.plan(i * step));
  }

  /** Who we are now: keys may have been changed since the start. */
  get local(): LocalEstate {
    return this.#road.local;
  }

  /** Counts of what happened: a drop under its reason, and more. */
  get counters(): Counters {
    return this.#road.counters;
  }

  /** A datagram came in. It may be anything. */
  receive(datagram: Uint8Array, from: Address, now: number): void {
    const road = this.#road;
    road.now = now;
    if (road.closed) return;
    const packet = parsePacket(datagram);
    const drop = packet instanceof Drop ? packet : this.#dispatch(packet, from);
    if (drop) road.drop(drop.reason, from, drop.detail);
  }

  /**
   * Begins to join the estate at an address, and goes on until it is joined. If it is on record already
   * this does no more than the stack does anyway, but for ever: a main gives up others that are silent.
   *
   * @param pin the fingerprint of the only key that is taken from there from now on, 64 lower-case hex
   * digits; an operator need not accept it any more. Without one a pin that there was holds no more
   */
  join(address: Address, now: number, pin?: string): void {
    this.#road.now = now;
    this.#pin(address, pin);
    this.#ours.wish(address, this.#theirs.isUnderWay(address));
  }

  /** Joins there no more, and no pin holds there; who is joined stays, and may be given up like others. */
  leave(address: Address, now: number): void {
    this.#road.now = now;
    this.#ours.unwish(address);
    for (const peer of this.#estates.allAt(address)) peer.presence.told = false;
    this.#pin(address, undefined);
  }

  /**
   * Sends a message to an estate. It waits in a bounded queue until messages can flow.
   *
   * @returns a handle: exactly one `sent` event will bear it
   * @throws {RaetError} `no_estate`; `refused` if its key waits for an operator, `rejected` if one
   * rejected it; `too_large`, `bad_body`, `queue_full`; `no_manor` after `close`
   */
  transmit(body: Body, estate: string, now: number, options: TransmitOptions = {}): number {
    const road = this.#road;
    road.now = now;
    if (road.closed) throw new RaetError("no_manor", "the manor was stopped");
    const peer = this.#estates.byName.get(estate);
    if (!peer) throw this.#unknownEstate(estate);
    if (peer.rejectedThere) {
      throw new RaetError("rejected", `"${estate}" rejected our key: expected an accepted one`);
    }
    if (peer.rejected) {
      throw new RaetError(
        "rejected",
        `the key of "${estate}" was rejected: expected an accepted one`,
      );
    }
    const bodyKind = options.bodyKind ? BodyKind[options.bodyKind] : road.bodyKind;
    const packed = packBody(bodyKind, body);
    const handle = this.#lastHandle + 1;
    const { deadline = Infinity, bodyAt } = options;
    const packNow = bodyAt && (() => packBody(bodyKind, bodyAt(road.now)));
    peer.outbox.add({ handle, packed, bodyKind, deadline, packNow });
    this.#lastHandle = handle;
    peer.wake();
    return handle;
  }

  /** A message waits for an estate: a main asks for it, also where it had given it up. */
  seek(estate: string, now: number): void {
    this.#road.now = now;
    this.#estates.byName.get(estate)?.wake();
  }

  /** Calls a message back: it ends as failed if nothing of it was sent yet, else as unknown. */
  cancel(handle: number, now: number): void {
    this.#road.now = now;
    for (const peer of this.#estates.byUid.values()) if (peer.outbox.cancel(handle)) return;
  }

  /** Does what is due. */
  advance(now: number): void {
    this.#road.now = now;
    this.#road.timers.run(now);
  }

  /** When to call `advance` next; Infinity if there is nothing to wait for. */
  deadline(): number {
    return this.#road.timers.next;
  }

  /** Takes the datagrams that have to be sent. */
  outgoing(): Outgoing[] {
    return this.#road.takeOutgoing();
  }

  /** Takes what happened since the last call. */
  events(): RoadEvent[] {
    return this.#road.takeEvents();
  }

  /** All remotes: on record, being joined, waiting to be accepted. */
  remotes(): RemoteView[] {
    return viewRemotes(this.#estates, this.#ours, this.#theirs);
  }

  /** One of them by its name; undefined if there is none. */
  remote(estate: string): RemoteView | undefined {
    const peer = this.#estates.byName.get(estate);
    if (peer) return viewPeer(peer, this.#estates);
    return this.remotes().find((remote) => remote.name === estate);
  }

  /** Transactions that are under way, at most so many. */
  transactions(now: number, limit = 1000): TransactionView[] {
    this.#road.now = now;
    const views: TransactionView[] = [];
    for (const transaction of this.#transactions()) {
      if (views.length >= limit) break;
      views.push(transaction.view());
    }
    return views;
  }

  /** There is room again: messages that `admit` told to wait are offered anew. */
  admitAgain(now: number): void {
    this.#road.now = now;
    for (const peer of this.#estates.byUid.values()) {
      if (peer.inbox.unfinishedCount > 0) peer.inbox.admitAgain();
    }
  }

  /** A host name leads to another address now: who was there, or a first join that was not answered, goes along. */
  setAddress(from: Address, to: Address, now: number): void {
    this.#road.now = now;
    const peer = this.#estates.at(from);
    if (peer) {
      peer.move(to);
      this.#estates.roles.movePin(from, to);
      this.#estates.roles.checkPin(peer);
      this.#ours.moved(peer);
    } else {
      this.#ours.moveWish(from, to, this.#theirs.isUnderWay(to));
    }
  }

  /**
   * Begins a transaction now, whatever the stack would do by itself.
   *
   * @throws {RaetError} `no_estate`
   */
  begin(kind: Exclude<TransactionName, "message">, estate: string, now: number): void {
    this.#road.now = now;
    const peer = this.#estates.byName.get(estate);
    if (!peer) throw this.#unknownEstate(estate);
    if (kind === "join") this.#ours.start(peer);
    else if (kind === "allow") peer.startAllow();
    else peer.startAlive();
  }

  /** Changes settings from now on, as when somebody begins to watch. */
  tune(settings: Partial<RoadSettings>): void {
    this.#road.settings = { ...this.#road.settings, ...settings };
  }

  /** Judges keys that were never seen in this way from now on. */
  setAuto(auto: AutoMode): void {
    this.#road.local = { ...this.#road.local, auto };
  }

  /**
   * New long-term keys of ours are in use from now on, and on disk already. Remotes of ours are told in
   * their sessions; until one has heard, and with references, the old ones go on.
   *
   * @param step from those in use to these
   */
  succeed(keys: Pick<LocalEstate, "signSeed" | "boxSecret">, step: Succession, now: number): void {
    const road = this.#road;
    road.now = now;
    road.identities.add(makeIdentity(road.crypto, keys), step);
    road.local = { ...road.local, ...keys };
    for (const peer of this.#estates.byUid.values()) peer.plan();
  }

  /** Old keys of ours are not of use any more but for so many pairs, those in use among them. */
  keepKeys(count: number, now: number): void {
    const { identities } = this.#road;
    this.#road.now = now;
    if (!identities.keep(count)) return;
    for (const { remote } of this.#estates.byUid.values()) {
      if (!identities.all.includes(remote.identity)) remote.identity = identities.newest;
    }
  }

  /** Names of the remotes that have not heard of the keys of ours that are in use. */
  unawareOfKeys(): string[] {
    const { newest } = this.#road.identities;
    return [...this.#estates.byUid.values()].filter(({ remote }) => remote.identity !== newest)
      .map(({ remote }) => remote.name);
  }

  /** Ends everything: messages get their outcomes, nothing is begun any more. */
  close(now: number): void {
    const road = this.#road;
    road.now = now;
    if (road.closed) return;
    for (const peer of this.#estates.byUid.values()) {
      peer.outbox.failAll("no_manor", "the manor was stopped");
      peer.dispose();
    }
    road.closed = true;
    for (const wish of [...this.#ours.wishes]) this.#ours.wishes.remove(wish);
    this.#theirs.clear();
  }

  /** Who waits for an operator's word about a key from there may have it now. */
  #pin(address: Address, pin: string | undefined): void {
    if (!this.#estates.roles.pin(address, pin)) return;
    const waiting = [...this.#ours.transactions()].map(({ awaiting }) => awaiting);
    for (const { proposal } of this.#theirs.transactions()) waiting.push(proposal);
    for (const proposal of waiting) {
      if (!proposal || !sameAddress(proposal.address, address)) continue;
      this.#ours.roleJudged(proposal.role);
      this.#theirs.roleJudged(proposal.role);
    }
  }

  #dispatch(packet: Packet, from: Address): Drop | null {
    const { head } = packet;
    if (head.transactionKind === TransactionKind.join) {
      if (!this.#road.takesUnsigned(from)) return new Drop("source_limit");
      this.#road.earn(from, packet.datagram.length);
      return isFromJoinent(packet)
        ? this.#ours.receive(packet, from)
        : this.#theirs.receive(packet, from);
    }
    const { proofs } = this.#estates;
    if (proofs.busy) {
      this.#road.earn(from, packet.datagram.length);
      const proof = proofs.receive(packet, from);
      if (proof !== null) return proof === "taken" ? null : proof;
    }
    const peer = this.#estates.byUid.get(head.destinationId);
    if (!peer) return this.#adopt(packet, from, "unknown_remote");
    const drop = receiveSigned(peer, packet, from);
    return drop?.reason === "bad_signature" ? this.#adopt(packet, from, "bad_signature") : drop;
  }

  /** Perhaps it is from somebody whose ack to our response was lost. */
  #adopt(packet: Packet, from: Address, reason: "unknown_remote" | "bad_signature"): Drop | null {
    const adopted = packet.footLength > 0 ? this.#theirs.adopt(packet) : null;
    return adopted ? receiveSigned(adopted, packet, from) : new Drop(reason);
  }

  *#transactions(): Iterable<Transaction> {
    yield* this.#ours.transactions();
    yield* this.#theirs.transactions();
    for (const peer of this.#estates.byUid.values()) yield* transactionsOf(peer);
  }

  #unknownEstate(estate: string): RaetError {
    for (const { proposal, step } of this.#theirs.transactions()) {
      if (proposal.name === estate && step === "pending") {
        return new RaetError("refused", `the key of "${estate}" waits for an operator here`);
      }
    }
    for (const { awaiting } of this.#ours.transactions()) {
      if (awaiting?.name === estate) {
        return new RaetError("refused", `the key of "${estate}" waits for an operator here`);
      }
    }
    return new RaetError(
      "no_estate",
      `no estate "${estate}" is known: expected one that has joined`,
    );
  }
}

function* transactionsOf(peer: Peer): Iterable<Transaction> {
  yield* peer.allowing.transactions();
  yield* peer.aliving.transactions();
  yield* peer.outbox.transactions();
  yield* peer.inbox.transactions();
}

/** At a start the remotes of the keep are asked for sessions one after the other, but soon. */
const START_STEP_MS = 2;
const START_SPREAD_MS = 3000;
