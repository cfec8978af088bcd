/**
 * One remote with all that goes on with it, and the decisions: when to join, allow, ask for life; when
 * messages may flow; what becomes of them when a session ends (protocol.md 3 to 5, design.md).
 *
 * Nothing in here changes before the signature of the packet at hand was checked.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import { Drop } from "../base/drop.ts";
import { nextSerial } from "../base/serial.ts";
import type { Box } from "../crypto/port.ts";
import { Flag, PacketKind, TransactionKind } from "../wire/kinds.ts";
import { type Packet, verifyPacket } from "../wire/packet.ts";
import { type AliveOutcome, Aliving, type AlivingOwner } from "./aliving.ts";
import type { AllowOutcome } from "./allow_client.ts";
import { Allowing, type AllowingOwner } from "./allowing.ts";
import type { Capabilities, StateEvent } from "./events.ts";
import { Inbox, type InboxOwner } from "./inbox.ts";
import { Outbox, type OutboxOwner } from "./outbox.ts";
import type { Remote } from "./remote.ts";
import { refusePacket } from "./replies.ts";
import type { Road } from "./road.ts";
import { Timer } from "./timers.ts";
import { Redo } from "./transaction.ts";

/** What a peer needs of the parts of the stack that know all peers. */
export interface PeerLinks {
  /** Begins a join with a remote on record. */
  startJoin(peer: Peer): void;
  /** Whether a join with it is under way that says when it ends. */
  isJoining(peer: Peer): boolean;
  /** Ends a join that we began, without a word. */
  stopJoin(peer: Peer): void;
  /** Writes its record and our facts about it to the keep. */
  save(peer: Peer): void;
}

/** A remote on record. */
export class Peer implements AllowingOwner, AlivingOwner, OutboxOwner, InboxOwner {
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly allowing: Allowing;
  readonly aliving: Aliving;
  /** Null before anything was heard since the start. */
  alive: boolean | null = null;
  /** When something authentic last came. */
  heardAt = -Infinity;
  reaped = false;
  /** An operator here rejected its key. */
  rejected = false;
  /** Whether messages may flow: a session, and it is known what the far side can do. */
  ready = false;
  capabilities: Capabilities | null = null;
  /** Whether we began the join that made it known: then the first allow is ours to begin, too. */
  joinedByUs = false;
  /** When the last join completed. */
  joinedAt = -Infinity;
  readonly #startedAt: number;
  #mustAllow = false;
  #joinWanted = false;
  #nextJoinAt = -Infinity;
  #nextAllowAt = -Infinity;
  #nextAliveAt = -Infinity;
  readonly #joinPause: Redo;
  readonly #allowPause: Redo;
  /** Filled alives of this session: null once it is settled what the far side can do. */
  #filledAlives: number | null = null;
  /** The epoch of the last session that was settled; undefined before the first. */
  #lastEpoch: string | null | undefined = undefined;
  #probes: ((lives: boolean) => void)[] = [];
  readonly #timer: Timer;

  constructor(readonly road: Road, readonly remote: Remote, private readonly links: PeerLinks) {
    this.outbox = new Outbox(road, remote, this);
    this.inbox = new Inbox(road, remote, this);
    this.allowing = new Allowing(road, remote, this);
    this.aliving = new Aliving(road, remote, this);
    this.#startedAt = road.now;
    this.#joinPause = new Redo(road.settings.retryMs);
    this.#allowPause = new Redo({ first: FIRST_ALLOW_PAUSE_MS, last: road.settings.retryMs.last });
    this.#timer = new Timer(() => this.plan());
  }

  /** A packet that names this remote. `isJoin` packets don't come here: they are not signed. */
  receive(packet: Packet): Drop | null {
    const { remote, road } = this;
    if (packet.footLength === 0) return new Drop("unsigned");
    if (!verifyPacket(packet, remote.keys.verifier)) return new Drop("bad_signature");
    remote.packetsReceived++;
    const { head } = packet;
    const isAnswer = (head.flags & Flag.correspondent) !== 0;
    if (head.sourceId !== remote.farUid) {
      // It has another number for us than the one on record, so one of us joined without the other.
      if (!isAnswer) refusePacket(road, remote, packet, this.#refusalOf(packet, "unjoined"));
      return new Drop("unknown_remote", `another number for us: ${head.sourceId}`);
    }
    if (isAnswer) return this.#receiveAnswer(packet);
    if (!remote.takesFarSession(head.sessionId)) {
      refusePacket(road, remote, packet);
      return new Drop("stale_session", `${head.sessionId} after ${remote.farSessionId}`);
    }
    if (this.rejected || !remote.joined) {
      const refusal = this.#refusalOf(packet, this.rejected ? "rejected" : "unjoined");
      refusePacket(road, remote, packet, refusal);
      return new Drop("unknown_transaction", this.rejected ? "a rejected key" : "not joined");
    }
    if (head.sessionId !== remote.farSessionId) {
      remote.farSessionId = head.sessionId;
    }
    return this.#receiveBegun(packet);
  }

  /** Decides what to do next, does it if it is due, or sets a timer for it. */
  plan(): void {
    const { road, remote, links } = this;
    const { timers, now, settings } = road;
    timers.clear(this.#timer);
    if (!settings.automatic || road.closed || this.rejected || this.reaped) return;
    if (links.isJoining(this) || this.allowing.busy || this.aliving.busy) return;
    const isDue = (at: number): boolean => {
      if (at <= now) return true;
      timers.set(this.#timer, at);
      return false;
    };
    if (!remote.joined) {
      if (isDue(this.#nextJoinAt)) links.startJoin(this);
    } else if (!remote.session || this.#mustAllow) {
      if (isDue(this.#nextAllowAt)) this.allowNow();
    } else if (this.#joinWanted) {
      if (isDue(this.#nextJoinAt)) links.startJoin(this);
    } else {
      const filled = this.#filledAlives !== null;
      const at = filled ? this.#nextAliveAt : Math.max(
        this.heardAt + settings.alivePeriodMs,
        this.#nextAliveAt,
      );
      if (isDue(at)) this.#ask(filled);
    }
  }

  /** Plans for the first time, after a pause. */
  planAfter(ms: number): void {
    this.#nextAllowAt = this.#nextJoinAt = this.road.now + ms;
    this.plan();
  }

  /** Begins an allow now, as an operator or a test wants it. */
  allowNow(): void {
    this.#secureSessionId();
    this.allowing.start();
  }

  /** Asks for life now. */
  aliveNow(): void {
    this.#ask(false);
  }

  /** Asks for life, and tells whether there is any under the keys on record. */
  probe(report: (lives: boolean) => void): void {
    this.#probes.push(report);
    this.#ask(false);
  }

  /** An operator decided about its key. */
  setRejected(rejected: boolean): void {
    if (this.rejected === rejected) return;
    this.rejected = rejected;
    if (rejected) {
      this.links.stopJoin(this);
      this.endSession("its key was rejected here");
      this.outbox.failAll("rejected", "its key was rejected here");
      this.emit("rejected", { ours: false, why: "by an operator here" });
    }
    this.plan();
  }

  /** Its host name leads to another address. The session stays: its keys say who answers there. */
  move(address: Address): void {
    this.remote.address = address;
    this.remote.roundTrip.reset();
    this.links.save(this);
  }

  /** A message of ours waits: a remote that was reaped is worth another try. */
  wake(): void {
    if (!this.reaped) return;
    this.reaped = false;
    this.plan();
  }

  /** A join of ours ended without success. `unanswered` ones don't end. */
  joinFailed(): void {
    this.#joinWanted = false;
    const pause = this.#joinPause.next();
    this.#nextJoinAt = this.#nextAliveAt = this.road.now + pause;
    this.plan();
  }

  /**
   * A join completed.
   *
   * @param changed whether keys, numbers or the address are other than before: then no session holds
   */
  joinCompleted(changed: boolean): void {
    this.emit("joined");
    this.#joinWanted = false;
    this.#joinPause.reset();
    this.#nextAliveAt = this.#nextAllowAt = this.road.now;
    // A stranger begins the first session itself; if it doesn't, we do.
    if (!this.remote.proven && !this.joinedByUs) this.#nextAllowAt += STRANGER_PAUSE_MS;
    if (changed) this.endSession("what is on record changed");
    this.plan();
  }

  /** Whether a main estate should stop asking. */
  reapIfDue(): boolean {
    const { reapAfterMs } = this.road.settings;
    if (!this.road.local.main || reapAfterMs === 0 || this.reaped) return this.reaped;
    const since = Math.max(this.heardAt, this.#startedAt);
    if (this.road.now - since < reapAfterMs) return false;
    this.reaped = true;
    this.#joinWanted = false;
    this.emit("reaped");
    return true;
  }

  /** Ends the session and all that runs in it. Messages wait for the next one. */
  endSession(why: string): void {
    this.allowing.stop(why);
    this.aliving.stop(why);
    this.#resolveProbes(false);
    this.#filledAlives = null;
    this.#mustAllow = false;
    if (this.remote.session) {
      this.outbox.sessionEnded();
      this.inbox.sessionEnded();
      this.remote.session = null;
      if (this.remote.farSessionMayRestart) this.remote.farSessionId = 0;
      this.remote.farSessionMayRestart = false;
    }
    this.#setReady(false, why);
    this.#openGates();
  }

  /** Takes it out of everything: it is forgotten, or the stack closes. */
  dispose(): void {
    this.allowing.stop("closed");
    this.aliving.stop("closed");
    this.links.stopJoin(this);
    this.inbox.sessionEnded();
    this.road.timers.clear(this.#timer);
  }

  /** Tells the owner of a change of how we stand with it. */
  emit(type: StateEvent["type"], more: { ours?: boolean; why?: string } = {}): void {
    const { name, role, address } = this.remote;
    this.road.emitState(type, name, role, address, more);
  }

  heard(): void {
    this.heardAt = this.road.now;
    if (this.alive === true) return;
    this.alive = true;
    this.reaped = false;
    this.#joinWanted = false;
    this.emit("alive");
    this.#openGates();
    this.plan();
  }

  suspicious(): void {
    if (!this.road.settings.automatic) return this.outbox.resolveDoubts(true);
    const isCalm = this.road.now - this.heardAt < SUSPICION_PAUSE_MS;
    if (isCalm && this.outbox.doubtfulCount === 0 || this.allowing.busy) return;
    this.#ask(false);
  }

  handshakeBegan(): void {
    this.road.timers.clear(this.#timer);
    if (this.allowing.ours) this.#mustAllow = true;
    this.#openGates();
  }

  sessionAgreed(box: Box): void {
    const { remote, road } = this;
    this.#setReady(false, "a new session begins");
    remote.retiredFarSessionId = remote.farSessionMayRestart ? 0 : remote.farSessionId;
    if (remote.farSessionMayRestart) remote.farSessionId = 0;
    remote.farSessionMayRestart = false;
    this.outbox.sessionEnded();
    this.inbox.sessionEnded();
    remote.session = { box };
    remote.sessionId = nextSerial(remote.sessionId);
    remote.proven = true;
    // On disk before anything is sent under the new number.
    this.links.save(this);
    this.links.stopJoin(this);
    this.#mustAllow = this.#joinWanted = false;
    this.#allowPause.reset();
    this.capabilities = null;
    this.#filledAlives = remote.hinted && road.capabilities ? 0 : null;
    this.heard();
    this.emit("allowed");
  }

  handshakeDone(): void {
    this.#openGates();
    if (!this.remote.session) return;
    if (this.#filledAlives === null) {
      if (!this.ready) this.#settle(null);
    } else {
      // The client asks first; the server gives it a moment.
      this.#nextAliveAt = this.road.now + (this.#mustAskFirst() ? 0 : HINT_PAUSE_MS);
    }
    this.plan();
  }

  allowFailed(outcome: Exclude<AllowOutcome, "allowed">): void {
    const { remote, road } = this;
    this.#nextAllowAt = road.now + this.#allowPause.next();
    if (outcome === "unjoined") {
      remote.joined = false;
      this.#nextJoinAt = road.now;
    } else if (outcome === "nacked") {
      // It has seen a later number of ours than we have on record, as after a restored keep.
      remote.sessionId = nextSerial(remote.sessionId + SESSION_SKIP);
      this.links.save(this);
    } else if (outcome === "rejected") {
      this.#nextAllowAt = road.now + REJECTED_PAUSE_MS;
      this.emit("rejected", { ours: true, why: "the far side refuses our session" });
    } else if (outcome === "silent") {
      this.#silent();
    }
    this.#openGates();
    this.plan();
  }

  farAllowFailed(switched: boolean): void {
    // The keys of the ack may have reached nobody: only a new handshake can tell.
    if (switched) this.#mustAllow = true;
    this.#openGates();
    this.plan();
  }

  aliveEnded(outcome: AliveOutcome, filled: boolean): void {
    const { remote } = this;
    this.#nextAliveAt = this.road.now;
    this.outbox.resolveDoubts(outcome === "alive" || outcome === "refused");
    if (outcome === "unjoined") {
      remote.joined = false;
      this.#nextJoinAt = this.road.now;
      this.#setReady(false, "the far side doesn't know us");
    } else if (outcome === "unallowed") {
      // During a handshake it is about the session that the handshake replaces.
      if (!this.allowing.busy) this.endSession("the far side lost the session");
    } else if (outcome === "silent") {
      this.#silent();
    } else {
      this.heard();
      if (filled && this.#filledAlives !== null && ++this.#filledAlives >= FILLED_ALIVES_MAX) {
        this.#settle(null);
      }
      if (outcome !== "alive") this.#nextAliveAt = this.road.now + REJECTED_PAUSE_MS;
      if (outcome === "rejected") this.emit("rejected", { ours: true, why: "said to an alive" });
    }
    this.#resolveProbes(outcome !== "silent" && outcome !== "unjoined");
    this.#openGates();
    this.plan();
  }

  capabilitiesLearnt(capabilities: Capabilities): void {
    this.allowing.confirm();
    if (!this.remote.hinted) {
      this.remote.hinted = true;
      this.links.save(this);
    }
    if (this.ready && this.capabilities?.epoch === capabilities.epoch) return;
    this.#settle(capabilities);
    this.plan();
  }

  #receiveAnswer(packet: Packet): Drop | null {
    switch (packet.head.transactionKind) {
      case TransactionKind.allow:
        return this.allowing.receiveAnswer(packet);
      case TransactionKind.alive:
        return this.aliving.receiveAnswer(packet);
    }
    return this.outbox.receive(packet);
  }

  #receiveBegun(packet: Packet): Drop | null {
    const { remote } = this;
    const { head } = packet;
    if (head.transactionKind === TransactionKind.allow) return this.allowing.receive(packet);
    if (remote.session && head.sessionId !== remote.retiredFarSessionId) this.allowing.confirm();
    if (head.transactionKind === TransactionKind.alive) {
      return this.aliving.receive(packet, remote.session ? null : PacketKind.unallowed);
    }
    if (head.sessionId === remote.retiredFarSessionId) {
      return new Drop("stale_session", "a message of the session before");
    }
    if (!remote.session && this.allowing.busy) {
      // A nack would lose it; in the session that is about to begin it will come again.
      return new Drop("unknown_transaction", "a message before its session");
    }
    return this.inbox.receive(packet);
  }

  /** How a packet is refused that can't be served. */
  #refusalOf(packet: Packet, why: "unjoined" | "rejected"): number {
    if (packet.head.transactionKind === TransactionKind.message) return PacketKind.nack;
    return why === "unjoined" ? PacketKind.unjoined : PacketKind.reject;
  }

  /** What we begin runs under a number that a crash can't make us use again. */
  #secureSessionId(): void {
    if (this.remote.sessionIdUnsaved) this.links.save(this);
  }

  #ask(filled: boolean): void {
    this.#secureSessionId();
    this.road.timers.clear(this.#timer);
    this.aliving.ask(filled);
  }

  #mustAskFirst(): boolean {
    return this.allowing.wasClient;
  }

  #silent(): void {
    if (this.alive !== false) {
      this.alive = false;
      this.emit("lost");
    }
    if (this.reapIfDue() || !this.remote.proven && !this.joinedByUs) return;
    this.#joinWanted = true;
    this.#nextJoinAt = this.road.now;
  }

  /** It is known what the far side can do in this session, or that it says nothing. */
  #settle(capabilities: Capabilities | null): void {
    this.capabilities = capabilities;
    this.#filledAlives = null;
    const epoch = capabilities?.epoch ?? null;
    // A peer without an epoch is classic: what was not done is sent again, as the reference does.
    this.outbox.settle(this.#lastEpoch === undefined || this.#lastEpoch === epoch);
    this.#lastEpoch = epoch;
    this.#setReady(true);
    this.#openGates();
  }

  #setReady(ready: boolean, why?: string): void {
    if (this.ready === ready) return;
    this.ready = ready;
    this.emit(ready ? "ready" : "unready", why ? { why } : {});
  }

  #openGates(): void {
    const { remote, allowing } = this;
    this.inbox.setHolding(allowing.holding);
    this.outbox.setOpen(
      this.ready && remote.joined && remote.session !== null && !allowing.holding &&
        !this.#mustAllow && this.alive !== false && !this.rejected && !this.road.closed,
    );
  }

  #resolveProbes(lives: boolean): void {
    if (this.#probes.length === 0) return;
    const probes = this.#probes;
    this.#probes = [];
    for (const report of probes) report(lives);
  }
}

/** Filled alives in one session before a peer that hinted counts as classic. */
const FILLED_ALIVES_MAX = 3;
/** How long the server of a handshake waits for the client's filled alive before it asks itself. */
const HINT_PAUSE_MS = 250;
/** How long a stranger that joined us has for beginning the first session. */
const STRANGER_PAUSE_MS = 1500;
/** Pause before another allow, at first. */
const FIRST_ALLOW_PAUSE_MS = 250;
/** Pause after the far side rejected us: an operator may be at work there. */
const REJECTED_PAUSE_MS = 10_000;
/** A remote that was heard of so lately is not asked because of unanswered redos. */
const SUSPICION_PAUSE_MS = 1000;
/** How far a session number is moved on when the far side calls it stale. */
const SESSION_SKIP = 1000;
