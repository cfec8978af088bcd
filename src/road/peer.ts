/**
 * One remote with all that goes on with it, and the decisions: when messages may flow, what becomes of
 * them when a session ends, what a silence or a refusal leads to (protocol.md 3 to 5, design.md).
 * Packets come in by dispatch.ts, which checked their signatures.
 *
 * @module
 */
import type { Address } from "../base/address.ts";
import type { Box } from "../crypto/port.ts";
import { type AliveOutcome, Aliving, type AlivingOwner } from "./aliving.ts";
import type { AllowOutcome } from "./allow_client.ts";
import { Allowing, type AllowingOwner } from "./allowing.ts";
import type { JoinFailure } from "./endings.ts";
import { Enquiries, HINT_PAUSE_MS } from "./enquiries.ts";
import type { Capabilities, StateEvent } from "./events.ts";
import { Gates } from "./gates.ts";
import { Inbox, type InboxOwner } from "./inbox.ts";
import { KeyNews, NEWS_PAUSE_MS } from "./key_news.ts";
import type { PeerLinks } from "./peer_links.ts";
import { Outbox, type OutboxOwner } from "./outbox.ts";
import { Presence } from "./presence.ts";
import type { JoinNews } from "./proposal.ts";
import type { Remote } from "./remote.ts";
import type { Road } from "./road.ts";
import { Upkeep, type UpkeepHost } from "./upkeep.ts";

/** A remote on record. */
export class Peer implements AllowingOwner, AlivingOwner, OutboxOwner, InboxOwner, UpkeepHost {
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly allowing: Allowing;
  readonly aliving: Aliving;
  readonly presence: Presence;
  /** An operator here rejected its key. */
  rejected = false;
  /** It said, signed, that it rejected our key, and has not let us in since. */
  rejectedThere = false;
  /** Whether we seek it though it may never have shown its keys: we joined it, or are to, or nobody joins us first. */
  sought: boolean;
  /** Since when it may show that it holds its keys, before others may take its place. */
  joinedAt = -Infinity;
  readonly #gates = new Gates(this);
  readonly #upkeep: Upkeep;
  readonly #keyNews: KeyNews;
  readonly #enquiries = new Enquiries(() => this.road.jitter());

  constructor(
    readonly road: Road,
    readonly remote: Remote,
    private readonly links: PeerLinks<Peer>,
  ) {
    this.outbox = new Outbox(road, remote, this);
    this.inbox = new Inbox(road, remote, this);
    const save = () => links.save(this);
    this.#keyNews = new KeyNews(road, remote, save, (step) => links.succeed(this, step));
    this.allowing = new Allowing(road, remote, this, this.#keyNews);
    this.aliving = new Aliving(road, remote, this, this.#keyNews);
    this.sought = !road.local.main;
    this.presence = new Presence(road, remote, this.outbox, (type) => {
      this.emit(type);
      this.#openGates();
    });
    this.#upkeep = new Upkeep(road, remote, this);
  }

  /** Whether messages may flow: a session, and it is known, or was asked for long, what it can do. */
  get ready(): boolean {
    return this.#gates.ready;
  }

  /** Whether something is under way that will plan when it ends, or nothing may be begun. */
  get isResting(): boolean {
    return this.rejected || this.presence.reaped || this.links.isJoining(this) ||
      this.allowing.busy || this.aliving.busy;
  }

  /** Whether what is on record stands against a join: it was proven, or is so new that it could not be yet. */
  get isFirm(): boolean {
    return this.remote.proven || this.road.now - this.joinedAt < PROOF_GRACE_MS;
  }

  /** What the far side can do, as it said in the session that there is or was; null where it said nothing. */
  get capabilities(): Capabilities | null {
    return this.#enquiries.capabilities;
  }

  /** Whether it is still asked what it can do. */
  get asking(): boolean {
    return this.#enquiries.unsettled;
  }

  /** When an alive is due that tells and asks what both sides can do; Infinity for none. */
  get fillAt(): number {
    return this.capabilities !== null && this.#keyNews.pending ? -Infinity : this.#enquiries.dueAt;
  }

  /** Whether the keys of the session have been in use for long enough. Only one of ours takes new ones well. */
  get wantsRenewal(): boolean {
    return this.ready && this.capabilities !== null && this.allowing.isSessionOld;
  }

  /** Does what is due, or sets a timer for it; with a pause nothing is due before it is over. */
  plan(pauseMs?: number): void {
    if (pauseMs === undefined) this.#upkeep.plan();
    else this.#upkeep.planAfter(pauseMs);
  }

  /** Begins a join now. */
  startJoin(): void {
    this.links.startJoin(this);
  }

  /** Begins an allow now. */
  startAllow(): void {
    this.#secureSessionId();
    this.allowing.start();
  }

  /** Asks for life now. */
  startAlive(): void {
    this.#ask(this.fillAt < Infinity);
  }

  /** Asks for life, and tells whether there is any under the keys on record. */
  probe(report: (lives: boolean) => void): void {
    this.#enquiries.probe(report);
    this.#ask(false);
  }

  /** An operator decided about its key. @param why who is against it, and why */
  setRejected(rejected: boolean, why = "by an operator here"): void {
    if (this.rejected === rejected) return;
    this.rejected = rejected;
    if (rejected) {
      this.links.stopJoin(this);
      this.endSession("its key was rejected here");
      this.outbox.failAll("rejected", "its key was rejected here");
      this.emit("rejected", { ours: false, why });
    }
    this.plan();
  }

  /** Our operator told us to join it. */
  seek(): void {
    this.sought = this.presence.told = this.remote.addressProven = true;
    this.wake();
  }

  /** Its host name leads to another address. The session stays: its keys say who answers there. */
  move(address: Address): void {
    this.remote.move(address);
    this.links.save(this);
  }

  /** A message of ours waits: a remote that was reaped is worth another try. */
  wake(): void {
    if (this.presence.wake()) this.plan();
  }

  /** A join of ours ended without success; `failure` is left out where ours gave way to that of the other side. */
  joinFailed(failure?: JoinFailure): void {
    this.#upkeep.joinFailed(failure);
    this.plan();
  }

  /** A join completed. Who repeats a join makes no noise. */
  joinCompleted({ changed, isNews, isStranger }: JoinNews): void {
    if (changed || isNews) this.emit("joined");
    this.#upkeep.joinDone(isStranger);
    if (changed) this.endSession("what is on record changed");
    // Perhaps it lost the session: it says so if it did.
    if (this.remote.farSessionMayRestart) this.startAlive();
    this.plan();
  }

  /** Whether a main estate should stop asking. */
  reapIfDue(): boolean {
    if (!this.presence.reapIfDue()) return false;
    this.#upkeep.joinWanted = false;
    this.inbox.remoteGivenUp();
    return true;
  }

  /** Ends the session and all that runs in it. Messages wait for the next one. */
  endSession(why: string): void {
    this.allowing.stop(why);
    this.aliving.stop(why);
    // Unanswered, but not by silence: whoever wants to take its place has to ask again.
    this.#enquiries.lives(true);
    this.#enquiries.sessionEnded();
    this.#upkeep.mustAllow = false;
    if (this.remote.session) {
      this.outbox.setOpen(false);
      this.outbox.sessionEnded();
      this.inbox.sessionEnded();
      this.remote.endSession();
    }
    this.#gates.setReady(false, why);
    this.#openGates();
  }

  /** Takes it out of everything: it is forgotten, or the stack closes. */
  dispose(): void {
    this.allowing.stop("closed");
    this.aliving.stop("closed");
    this.links.stopJoin(this);
    this.inbox.sessionEnded();
    this.#upkeep.rest();
  }

  /** Tells the owner of a change of how we stand with it. */
  emit(type: StateEvent["type"], more: { ours?: boolean; why?: string } = {}): void {
    const { name, role, address } = this.remote;
    this.road.emitState(type, name, role, address, more);
  }

  heard(isQuestion = false): void {
    if (!this.presence.heard(isQuestion)) return;
    this.#upkeep.joinWanted = false;
    if (this.outbox.doubtfulCount > 0) this.suspicious();
    this.plan();
  }

  suspicious(): void {
    if (!this.road.settings.automatic) return this.outbox.resolveDoubts(true);
    if (this.presence.isCalm && this.outbox.doubtfulCount === 0 || this.allowing.busy) return;
    this.#ask(false);
  }

  handshakeBegan(): void {
    this.#upkeep.rest();
    if (this.allowing.ours) this.#upkeep.mustAllow = true;
    this.#openGates();
  }

  sessionAgreed(box: Box, farSessionId: number): void {
    const { remote, road } = this;
    this.#gates.setReady(false, "a new session begins");
    this.outbox.setOpen(false);
    this.outbox.sessionEnded();
    this.inbox.sessionEnded();
    // A question in the session before would hold up those in this one; and whoever agrees to it lives.
    this.aliving.stop("a new session begins");
    this.#enquiries.lives(true);
    remote.beginSession(box, road.now, farSessionId, this.allowing.ours);
    this.rejectedThere = false;
    // On disk before anything is sent under the new number.
    this.links.save(this);
    this.links.stopJoin(this);
    this.#upkeep.allowDone();
    this.#enquiries.sessionBegan(remote.hinted);
    this.heard();
    this.emit("allowed");
  }

  handshakeDone(): void {
    this.#openGates();
    if (!this.remote.session) return;
    // The client asks first; the server gives it a moment.
    if (this.asking) this.#upkeep.delayAlive(this.allowing.wasClient ? 0 : HINT_PAUSE_MS);
    else if (!this.ready) this.#settle(null);
    this.plan();
  }

  allowFailed(outcome: Exclude<AllowOutcome, "allowed">, beganAt: number): void {
    this.#upkeep.allowFailed(outcome);
    if (outcome === "unjoined") this.#upkeep.joinNow();
    else if (outcome === "nacked") this.#skipSessionIds();
    else if (outcome === "rejected") this.#rejectedByFarSide();
    else if (outcome === "silent" || outcome === "unfinished") {
      if (outcome === "silent") this.presence.silent(beganAt);
      // Perhaps it took our hello for a replay: a run before this one used that number and could not save it.
      if (outcome === "silent") this.#skipSessionIds();
      this.#seekAnew();
    }
    this.#openGates();
    this.plan();
  }

  /**
   * Its operator rejected our key: it ended the session and takes no message. It is asked for another now
   * and then, as it may accept us again; our owner is told once.
   */
  #rejectedByFarSide(): void {
    if (this.remote.session) this.endSession("the far side rejected our key");
    this.outbox.failAll("rejected", "the far side rejected our key");
    if (this.rejectedThere) return;
    this.rejectedThere = true;
    this.emit("rejected", { ours: true });
  }

  farAllowFailed(switched: boolean): void {
    // The keys of the ack may have reached nobody: only a new handshake can tell.
    if (switched) {
      this.#upkeep.mustAllow = true;
      this.#seekAnew();
    }
    this.#openGates();
    this.plan();
  }

  aliveEnded(outcome: AliveOutcome, filled: boolean, askedAt: number): void {
    this.#upkeep.delayAlive(filled && this.#keyNews.pending ? NEWS_PAUSE_MS : 0);
    if (outcome === "unjoined") {
      this.#upkeep.joinNow();
      // After the join a new session: whether the old one is good there nobody can say.
      this.#upkeep.mustAllow = true;
      this.#gates.setReady(false, "the far side doesn't know us");
    } else if (outcome === "unallowed") {
      // During a handshake it is about the session that the handshake replaces, or another one if that fails.
      if (this.allowing.busy) this.#upkeep.mustAllow = true;
      else this.endSession("the far side lost the session");
      this.#upkeep.allowNow();
    } else if (outcome === "stale") {
      // Whatever we begin is refused there until it has seen a newer number, which only a hello can bring.
      this.heard();
      this.#skipSessionIds();
      this.#upkeep.mustAllow = true;
      this.#upkeep.allowNow();
    } else if (outcome === "silent") {
      this.presence.silent(askedAt);
      this.#seekAnew();
    } else {
      this.heard();
      if (outcome === "alive") this.remote.farSessionMayRestart = false;
      if (filled && this.asking) this.#toldNothing();
      if (outcome !== "alive") this.#upkeep.rejected();
      if (outcome === "rejected") this.#rejectedByFarSide();
    }
    this.#openGates();
    // Last: what was refused for want of a session must not go once more in the same.
    if (outcome !== "silent") {
      this.outbox.resolveDoubts(outcome === "alive" || outcome === "refused", askedAt);
      if (this.outbox.doubtfulCount > 0) this.suspicious();
    }
    // Who asked answers its join before one of ours can cross that, and may find that the disk is full.
    try {
      this.#enquiries.lives(outcome !== "silent" && outcome !== "unjoined");
    } finally {
      this.plan();
    }
  }

  capabilitiesLearnt(capabilities: Capabilities, upMs: number): void {
    this.allowing.confirm();
    if (this.ready && this.capabilities?.epoch === capabilities.epoch) return;
    this.#settle(capabilities, this.road.now - upMs);
    this.plan();
  }

  /** What we begin runs under a number that a crash can't make us use again. */
  #secureSessionId(): void {
    if (this.remote.sessionIdUnsaved) this.links.save(this);
  }

  #skipSessionIds(): void {
    this.remote.skipSessionIds();
    this.links.save(this);
  }

  #ask(filled: boolean): void {
    this.#secureSessionId();
    this.#upkeep.rest();
    this.aliving.ask(filled);
  }

  /**
   * It answers no more: one of us may have moved, or forgot the other, and only a join tells. Another
   * handshake in vain before it would take as long as the first.
   */
  #seekAnew(): void {
    if (this.reapIfDue() || !this.remote.proven && !this.sought) return;
    this.#upkeep.wantJoin(this.#enquiries.probing);
  }

  /** A filled alive brought nothing. */
  #toldNothing(): void {
    if (this.#enquiries.askedInVain(this.road.now) && !this.ready) this.#gates.setReady(true);
  }

  /** It is known what the far side can do in this session, and since when it runs, or that it doesn't say. */
  #settle(capabilities: Capabilities | null, beganAt = Infinity): void {
    this.outbox.settle(this.#enquiries.settle(capabilities), beganAt);
    this.#gates.setReady(true);
    this.#openGates();
  }

  #openGates(): void {
    this.#gates.set(this.#upkeep.mustAllow);
  }
}

/** How long a new remote has for showing that it holds its keys before others may take its place. */
const PROOF_GRACE_MS = 5000;
