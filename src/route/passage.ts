/**
 * The ways of messages through this manor: to an estate, a yard, or the claimant of a share, each in its
 * turn, and back from there with its outcome. What comes in and from whom is the router's to see.
 *
 * @module
 */
import type { Counters } from "../base/drop.ts";
import type { Random } from "../base/random.ts";
import { DurableDesk } from "./durable/durable.ts";
import type { DurableParts } from "./durable/hands.ts";
import { isPassing } from "./durable/passing.ts";
import { type Envelope, needsFields } from "./envelope.ts";
import { FarEstates } from "./far_estates.ts";
import { Handover } from "./handover.ts";
import { ArrivalOrder, DepartureOrder } from "./order.ts";
import { failure, type Result } from "./outcome.ts";
import { canDo, type RouterPorts } from "./ports.ts";
import { ReceiptSender } from "./receipt_sender.ts";
import { type Party, type Relay, RelayTable } from "./relay.ts";
import { Returning } from "./returning.ts";
import { ShareDesk } from "./share_desk.ts";
import { INBOX } from "./triple.ts";
import { WaitingRoom } from "./waiting_room.ts";

/** What the ways lead through. */
export interface PassageParts {
  /** our estate's name */
  readonly estate: string;
  readonly random: Random;
  readonly ports: RouterPorts;
  readonly counters: Counters;
  readonly durable?: Omit<DurableParts, "random">;
}

/** Messages under way through one manor. */
export class Passage {
  /** All that have no outcome yet. */
  readonly relays: RelayTable = new RelayTable();
  readonly handover: Handover;
  readonly receipts: ReceiptSender;
  readonly far: FarEstates;
  readonly desk: ShareDesk;
  /** Those for estates that are away; durable ones wait elsewhere. */
  readonly waiting: WaitingRoom = new WaitingRoom();
  /** Those that are kept on disk; null where this manor keeps none. */
  readonly durable: DurableDesk | null;
  /** Yards that understand notes. */
  readonly readers: Set<string> = new Set();
  /** Yards that may attach again in a moment, and what waits for that. */
  readonly returning: Returning;
  readonly #parts: PassageParts;
  readonly #departing = new DepartureOrder();
  readonly #arriving: ArrivalOrder;
  /** Those whose turn it is. One call at a time goes on with them, so that none stands on another's stack. */
  readonly #free: Relay[] = [];
  #isGoing = false;

  constructor(parts: PassageParts) {
    const { estate, ports, counters, random, durable } = parts;
    this.#parts = parts;
    const before = (relay: Relay) => relay.envelope.ordered ? this.#departing.before(relay) : "";
    const runOf = (estate: string) => this.far.runOf(estate);
    this.handover = new Handover(ports, this.relays, counters, before, runOf);
    const { attached } = this.handover;
    const skips = this.#departing;
    this.receipts = new ReceiptSender(estate, ports, counters, random, attached, skips);
    this.far = new FarEstates((name) => ports.road.state(name).is !== "unknown");
    this.#arriving = new ArrivalOrder(this.far.passed);
    this.desk = new ShareDesk(estate, counters, {
      give: (relay, yard, now) => this.#toYard(relay, yard, now),
      take: (relay) => this.#takeFrom(relay),
      settle: (relay, result, now) => this.settle(relay, result, now),
      copy: (yard, envelope) => this.handover.offer(yard, envelope),
      hasRoom: (yard) => this.handover.hasRoomForClaimed(yard),
      isBehind: (relay) => this.durable?.turns.isBehind(relay) ?? false,
      prepare: (relay, share, now) => this.#prepare(relay, share, now),
      isAttached: (yard) => this.handover.attached.has(yard),
      mayBeClaimed: () => this.returning.some,
      mayAttach: (yard) => this.returning.mayAttach(yard),
    });
    this.returning = new Returning({
      isAttached: (yard) => this.handover.attached.has(yard),
      ages: this.handover.ages,
      dispatch: (relay, now) => this.#dispatch(relay, now),
      pump: (yard, now) => this.desk.pumpAllOf(yard, now),
      over: (now) => this.desk.failUnclaimed(now),
      heardAll: () => this.durable?.heardAll(),
    });
    this.durable = durable ? this.#makeDurable(durable) : null;
  }

  /** Takes one on. */
  add(relay: Relay): void {
    this.relays.add(relay);
    const { ordered, destination: { estate } } = relay.envelope;
    if (ordered && estate !== "" && estate !== this.#parts.estate) this.#departing.add(relay);
  }

  /** Goes on with a message in its turn: now, or once the one before it has. */
  route(relay: Relay, now: number): void {
    // One that has gone on waits for none before it again.
    const after = relay.hasGone ? "" : this.#arriving.before(relay);
    if (after === "") {
      if (relay.number === 0) this.relays.renumber(relay);
      // What stands on disk must not wait, after a restart, for one that is forgotten by then.
      if (relay.kept?.after) this.durable!.freed(relay);
      return this.#goOn(relay, now);
    }
    if (this.#arriving.wait(relay, after)) return;
    const why = `too many messages of estate "${relay.from.name}" wait for one before them`;
    this.settle(relay, failure("queue_full", why), now);
  }

  #goOn(first: Relay, now: number): void {
    this.#free.push(first);
    if (this.#isGoing) return;
    this.#isGoing = true;
    try {
      for (let relay = this.#free.shift(); relay; relay = this.#free.shift()) {
        if (!this.relays.has(relay)) continue;
        relay.hasGone = true;
        if (this.durable?.turns.holdsBack(relay)) continue; // and so are those after it
        this.#dispatch(relay, now);
        this.pass(relay.envelope, relay.from, now);
      }
    } finally {
      this.#isGoing = false;
    }
  }

  #dispatch(relay: Relay, now: number): void {
    const { estate, yard, share } = relay.envelope.destination;
    if (estate !== "" && estate !== this.#parts.estate) this.toEstate(relay, estate, now);
    else if (this.returning.holdsBack(relay, now)) return;
    else if (yard === "") this.desk.accept(relay, share || INBOX, now);
    else if (this.durable?.turns.waitsBehind(relay, now)) return;
    else if (relay.kept) this.durable!.toYard(relay, yard, now);
    else this.#toYard(relay, yard, now);
  }

  /** Messages may not wait any more for one of an estate: it has gone on, or will never come. */
  passed(estate: string, id: string, now: number): void {
    for (const relay of this.#arriving.pass(estate, id)) this.#freeAndGo(relay, now);
  }

  /** One of an estate will never come: those after it wait for the one before it, if for any. */
  skipped(estate: string, id: string, after: string, now: number): void {
    for (const relay of this.#arriving.skip(estate, id, after)) this.#freeAndGo(relay, now);
  }

  /** How an estate stands has changed: what waits for it is looked at again. */
  estateChanged(estate: string, isNew: boolean, now: number): void {
    const state = this.#parts.ports.road.state(estate);
    const isAway = state.is === "away" || (state.is === "ready" && Boolean(state.silent));
    for (const relay of this.relays.allGivenTo({ kind: "estate", name: estate })) {
      if (relay.stage === "moving") this.#sayWaits(relay, isAway);
    }
    for (const relay of this.waiting.takeAll(estate)) this.toEstate(relay, estate, now);
    this.durable?.estateChanged(estate, isNew, now);
  }

  /** A message has ended here; what is ordered after it goes on. */
  pass({ ordered, id }: Envelope, from: Party, now: number): void {
    if (!ordered || from.kind !== "estate") return;
    this.passed(from.name, id, now);
  }

  /** It has its outcome, as whoever has it says. */
  settle(relay: Relay, result: Result, now: number): void {
    if (relay.kept) return this.durable!.settle(relay, result, now);
    this.tell(relay.envelope, relay.from, result); // before what that lets go on
    this.#remove(relay, result, now);
  }

  /** Takes a message out of all that held it or had it wait, and of its order. @param result null if it is not over */
  #remove(relay: Relay, result: Result | null, now: number): void {
    const { to, share, from, envelope } = relay;
    this.relays.remove(relay);
    if (to?.kind === "yard") this.desk.countUnacknowledged(relay, to.name, -1);
    if (relay.stage === "held" && share !== "") this.desk.shares.removeHeld(share, relay);
    this.waiting.remove(envelope.destination.estate, relay);
    this.returning.remove(relay);
    // One that found no place to wait has not had its turn either.
    const waitedFor = this.#arriving.waitsFor(relay) ||
      (relay.hasGone ? "" : this.#arriving.before(relay));
    this.#arriving.remove(relay);
    if (envelope.ordered) {
      if (!relay.kept) this.durable?.turns.remove(relay);
      const far = { kind: "estate", name: envelope.destination.estate } as const;
      const skip = this.#departing.remove(relay, result);
      if (skip) this.receipts.add(far, relay.id, { note: "skip", ...skip });
      if (result && waitedFor === "") this.pass(envelope, from, now);
      // Where nobody may know any more of what it waited for its manor says what those after it wait for.
      else if (result && !relay.kept?.isAfterOld) this.skipped(from.name, relay.id, waitedFor, now);
    }
    if (share !== "") this.desk.pump(share, now);
  }

  /** Tells whoever sent a message what became of it, and counts that. */
  tell(envelope: Envelope, to: Party, result: Result): void {
    this.#parts.counters.add(result.status === "failed" ? result.code : result.status);
    if (envelope.wants && envelope.id !== "") this.receipts.add(to, envelope.id, result);
    else if (result.status === "failed") this.#parts.counters.add("undeliverable");
  }

  /** Does what is due. */
  advance(now: number): void {
    for (const relay of this.relays.due(now)) {
      // The end of one lets those ordered after it go on, and that may have been their end.
      if (this.relays.has(relay)) this.expire(relay, now);
    }
    this.returning.advance(now);
    this.durable?.advance(now);
  }

  /** When to call `advance` next. */
  deadline(): number {
    return Math.min(
      this.relays.nextDue(),
      this.returning.deadline(),
      this.durable?.deadline() ?? Infinity,
    );
  }

  /** One is not taken on, nor a copy if it is for good. Those ordered after it wait for the one before, or for it. */
  refuse(envelope: Envelope, from: Party, result: Result, now: number): void {
    this.tell(envelope, from, result);
    const { ordered, durable, id, after } = envelope;
    if (from.kind !== "estate" || durable && isPassing(result)) return;
    if (durable || ordered) this.far.over.add(from.name, id, now);
    if (ordered) this.skipped(from.name, id, after, now);
  }

  /** Its life is over. */
  expire(relay: Relay, now: number): void {
    if (relay.kept) return this.durable!.expire(relay, now);
    const { estate } = relay.envelope.destination;
    if (relay.stage !== "held") {
      const why = "no receipt came back before the message's deadline";
      return this.settle(relay, failure("outcome_unknown", why), now);
    }
    const why = this.#arriving.isWaiting(relay)
      ? "the message before it did not come before its deadline"
      : this.returning.has(relay)
      ? "its yard may be a process of ours, and did not attach before the message's deadline"
      : relay.share === ""
      ? `estate "${estate}" stayed away, or did not say what it can do, until the message's deadline`
      : `nobody took the message from share "${relay.share}" before its deadline`;
    this.settle(relay, failure("expired", why), now);
  }

  /** What an estate had taken and not yet answered went with its old epoch; what it takes from now on has the new one. */
  restarted(estate: string, epochBefore: string, epoch: string, now: number): void {
    for (const relay of this.relays.allGivenTo({ kind: "estate", name: estate })) {
      if (relay.kept || relay.epoch !== epochBefore) continue;
      if (relay.stage === "moving") relay.epoch = epoch; // the road has it still
      if (relay.stage !== "given") continue;
      const why = `estate "${estate}" restarted before its receipt came back`;
      this.settle(relay, failure("outcome_unknown", why), now);
    }
    // Those before them may come again, of which some are on its disk, or were lost with its last run: to
    // go on is to overtake the first, and to wait is in vain for the others.
    for (const relay of this.#arriving.waitingOf(estate)) {
      if (relay.kept) relay.kept.isAfterOld = true;
      if (relay.kept || !this.#arriving.isWaiting(relay)) continue;
      const why = `estate "${estate}" restarted before it sent the message before this one`;
      this.settle(relay, failure("no_manor", why), now);
    }
  }

  /** Gives one to an estate, or lets it wait for it. */
  toEstate(relay: Relay, estate: string, now: number): void {
    const { envelope } = relay;
    if (relay.kept) return this.durable!.toEstate(relay, estate, now);
    const state = this.#parts.ports.road.state(estate);
    if (state.is === "unknown") return this.settle(relay, failure("no_estate", state.why), now);
    if (state.is !== "ready" && state.is !== "away") {
      return this.settle(relay, failure(state.is, state.why), now);
    }
    if (state.is === "away" || state.asking && needsFields(envelope)) {
      if (this.waiting.add(estate, relay)) return this.#sayWaits(relay, true);
      const why = `too many messages wait for estate "${estate}"`;
      return this.settle(relay, failure("queue_full", why), now);
    }
    if (envelope.ordered && !canDo(state, "ordered")) {
      const why = `estate "${estate}" keeps no order: it runs no raet that can`;
      return this.settle(relay, failure("unsupported", why), now);
    }
    const refusal = this.handover.toEstate(relay, estate, state, now);
    if (refusal) this.settle(relay, refusal, now);
    else this.#sayWaits(relay, Boolean(state.silent));
  }

  /** It came before the one that it comes after: from now on it stands behind that one. */
  #freeAndGo(relay: Relay, now: number): void {
    this.relays.renumber(relay);
    if (relay.kept) this.durable!.freed(relay);
    this.#goOn(relay, now);
  }

  /** It waits for its estate, or no more: the road hears of the first, a process that understands notes of both. */
  #sayWaits(relay: Relay, waits: boolean): void {
    const { from, envelope: { id, destination } } = relay;
    if (relay.waitSaid === waits) return;
    relay.waitSaid = waits;
    if (waits) this.#parts.ports.road.seek(destination.estate);
    if (id === "" || from.kind !== "yard" || !this.readers.has(from.name)) return;
    this.receipts.add(from, id, { note: waits ? "waiting" : "going" });
  }

  #toYard(relay: Relay, yard: string, now: number): void {
    const refusal = this.#giveToYard(relay, yard, now);
    if (!refusal) return;
    const isGone = refusal.status === "failed" && /^(no_yard|queue_full)$/.test(refusal.code);
    if (isGone && relay.share !== "" && this.desk.goesToAnother(relay, yard, now)) return;
    this.settle(relay, refusal, now);
  }

  #giveToYard(relay: Relay, yard: string, now: number): Result | null {
    const refusal = this.handover.toYard(relay, yard, now);
    if (refusal) return refusal;
    this.desk.countUnacknowledged(relay, yard, 1);
    this.#parts.ports.passed?.("received", relay.id, relay.envelope);
    return null;
  }

  #takeFrom(relay: Relay): void {
    if (relay.to?.kind === "yard") this.desk.countUnacknowledged(relay, relay.to.name, -1);
    this.relays.take(relay);
    relay.stage = "held";
  }

  #prepare(relay: Relay, share: string, now: number): boolean {
    if (relay.kept === null) return true;
    return this.durable!.prepare(relay, this.desk.shares.heldOf(share), now);
  }

  #makeDurable(parts: Omit<DurableParts, "random">): DurableDesk {
    return new DurableDesk({
      estate: this.#parts.estate,
      relays: this.relays,
      add: (relay) => this.add(relay),
      state: (estate) => this.#parts.ports.road.state(estate),
      route: (relay, now) => this.route(relay, now),
      reorder: (relay, after, now) => this.#reorder(relay, after, now),
      toEstate: (relay, state, now) =>
        this.handover.toEstate(relay, relay.envelope.destination.estate, state, now),
      toYard: (relay, yard, now) => this.#giveToYard(relay, yard, now),
      hasPassed: (estate, id) => this.#arriving.hasPassed(estate, id),
      over: this.far.over,
      skipped: (estate, id, after, now) => this.skipped(estate, id, after, now),
      isWaiting: (relay) => this.#arriving.isWaiting(relay),
      isAttached: (yard) => this.handover.attached.has(yard),
      isClaimed: (share) => this.desk.shares.isClaimed(share || INBOX),
      canKeep: (share, origin) => this.desk.shares.canKeep(share || INBOX, origin),
      take: (relay) => this.#takeFrom(relay),
      giveBack: (relay, now) => this.#giveBack(relay, now),
      adopt: (relays, yard, now) => this.#adopt(relays, yard, now),
      remove: (relay, result, now) => this.#remove(relay, result, now),
      sayWaits: (relay, waits) => this.#sayWaits(relay, waits),
      say: (to, id, saying) => this.receipts.add(to, id, saying),
      tell: (envelope, to, result) => this.tell(envelope, to, result),
      took: ({ from, id, envelope }) => {
        if (from.kind === "yard") this.#parts.ports.passed?.("sent", id, envelope);
      },
      warn: (error) => this.#parts.ports.warn?.(error),
      dropped: (reason, estate) => {
        this.#parts.counters.add(reason);
        this.#parts.ports.dropped?.(reason, `estate ${estate}`, "");
      },
    }, { ...parts, random: this.#parts.random });
  }

  #giveBack(relay: Relay, now: number): void {
    if (relay.share !== "") return this.desk.takeBack(relay, now);
    this.#takeFrom(relay);
    this.#dispatch(relay, now);
  }

  /** A process says that it has them, from before this manor ran. */
  #adopt(relays: readonly Relay[], yard: string, now: number): void {
    for (const relay of relays) {
      const { yard: to, share } = relay.envelope.destination;
      this.relays.give(relay, { kind: "yard", name: yard });
      relay.stage = "given";
      if (to === "") relay.share = share || INBOX;
      this.desk.countUnacknowledged(relay, yard, 1);
    }
    for (const { envelope, from } of relays) this.pass(envelope, from, now);
  }

  #reorder(relay: Relay, after: string, now: number): void {
    const before = this.#arriving.beyondGaps(relay.from.name, after);
    const known = this.#arriving.waitsFor(relay);
    relay.kept!.isAfterOld = false;
    if (known === "" || known === before) return; // it keeps its place among those that wait for that
    this.#arriving.remove(relay);
    if (before === "" || !this.#arriving.wait(relay, before)) this.#freeAndGo(relay, now);
  }
}
