/**
 * The router of one manor: takes messages from the road and from the lane, finds who each is for,
 * and tells whoever sent it what became of it (protocol.md 7; design.md, Delivery).
 *
 * A message passes two routers, in the same way: it becomes a relay, is given to an estate, a yard
 * or the claimant of a share, and is settled by a receipt, an error, or its deadline. Pure.
 *
 * @module
 */
import { Counters, Drop, type DropReason } from "../base/drop.ts";
import { type ErrorCode, RaetError } from "../base/errors.ts";
import { TTL_MS_DEFAULT } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Body, Value } from "../base/value.ts";
import { CONTROL_SHARE } from "./control.ts";
import { answerTo } from "./control_answer.ts";
import { Departures } from "./departures.ts";
import { type Envelope, makeEnvelope, newMessageId } from "./envelope.ts";
import { FarEstates } from "./far_estates.ts";
import type { Gate } from "./gate.ts";
import { Handover } from "./handover.ts";
import { fromLane, fromRoad, type Intake, shareOf } from "./intake.ts";
import { failure, type Result } from "./outcome.ts";
import type { ControlCall, RouterPorts } from "./ports.ts";
import { ReceiptSender } from "./receipt_sender.ts";
import { type Party, type Relay, RelayTable } from "./relay.ts";
import { ShareDesk } from "./share_desk.ts";
import type { ShareTable } from "./shares.ts";
import { INBOX, MANOR_YARD } from "./triple.ts";
import { WaitingRoom } from "./waiting_room.ts";

/** What a router is made of. */
export interface RouterOptions {
  /** our estate's name */
  readonly estate: string;
  readonly random: Random;
  readonly ports: RouterPorts;
  /** what may pass; everything without one */
  readonly gate?: Pick<Gate, "denial">;
  /** shares that exist though nobody claims them, and how much each may hold */
  readonly shares?: ReadonlyMap<string, number>;
}

/** Routes messages between the road, the lane and the manor's shares. */
export class Router {
  /** What was dropped, by reason, and how deliveries ended, by outcome. */
  readonly counters = new Counters();
  readonly #desk: ShareDesk;

  readonly #estate: string;
  readonly #random: Random;
  readonly #ports: RouterPorts;
  readonly #gate: RouterOptions["gate"];
  readonly #relays = new RelayTable();
  readonly #handover: Handover;
  readonly #waiting = new WaitingRoom();
  readonly #receipts: ReceiptSender;
  readonly #far: FarEstates;
  readonly #departures = new Departures();
  #draining = false;
  /** how many messages had been taken from shares when one found no room; null if none did */
  #fullAt: number | null = null;

  constructor(options: RouterOptions) {
    this.#estate = options.estate;
    this.#random = options.random;
    this.#ports = options.ports;
    this.#gate = options.gate;
    this.#handover = new Handover(options.ports, this.#relays, this.counters);
    this.#receipts = new ReceiptSender(options.estate, options.ports, this.counters);
    this.#far = new FarEstates((name) => this.#ports.road.state(name).is !== "unknown");
    this.#desk = new ShareDesk(options.estate, this.counters, {
      give: (relay, yard, now) => this.#toYard(relay, yard, now),
      take: (relay) => this.#takeFrom(relay),
      settle: (relay, result) => this.#settle(relay, result),
      copy: (yard, envelope) => this.#handover.post(yard, envelope),
    });
    this.shares.declare(INBOX);
    for (const [name, heldMax] of options.shares ?? []) this.shares.declare(name, heldMax);
  }

  /** The manor's shares, with their claims. */
  get shares(): ShareTable<Relay> {
    return this.#desk.shares;
  }

  /** Deliveries that have no outcome yet. */
  get open(): number {
    return this.#relays.size;
  }

  /** Receipts on the road that their estate has not acknowledged yet. */
  get receiptsUnderWay(): number {
    return this.#receipts.underWay;
  }

  /** Messages that wait for an estate to be back. */
  waitingFor(estate: string): number {
    return this.#waiting.count(estate);
  }

  /** A message came over the lane, from that yard's socket. */
  fromLane(yard: string, body: Body, now: number): void {
    this.#enter(fromLane(body, yard, this.#estate), { kind: "yard", name: yard }, now);
  }

  /** A message came over the road, from the estate whose keys signed it. */
  fromRoad(estate: string, body: Body, now: number): void {
    this.#enter(fromRoad(body, estate, this.#estate), { kind: "estate", name: estate }, now);
  }

  /** Whether a message of an estate would find room, so that the road may complete it. */
  hasRoom(estate: string, body: Body): boolean {
    const share = shareOf(body);
    const fits = this.#relays.refusal({ kind: "estate", name: estate }) === null &&
      (share === null || !this.shares.takes(share) || this.shares.hasRoom(share));
    if (!fits) this.#fullAt = this.shares.taken;
    return fits;
  }

  /** Whether a message that found no room may find some now. Says so once. */
  hasRoomAgain(): boolean {
    if (this.#fullAt === null || this.#fullAt === this.shares.taken) return false;
    this.#fullAt = null;
    return true;
  }

  /** What the road has under this handle: a message by its id, or receipts. */
  carriedBy(handle: number): { messageId: string; isReceipt: boolean } {
    return { messageId: this.#handover.messageOf(handle), isReceipt: this.#receipts.has(handle) };
  }

  /** The road says how a message that it was given ended. */
  roadSent(handle: number, result: Result, now: number): void {
    if (this.#receipts.roadSent(handle, now)) return;
    const relay = this.#handover.roadEnded(handle);
    if (!relay) return;
    const awaitsReceipt = relay.envelope.wants && relay.epoch !== "";
    if (result.status === "acknowledged" && awaitsReceipt) relay.stage = "given";
    else this.#settle(relay, result);
  }

  /** The lane says that a yard's socket has a message. */
  laneSent(handle: number): void {
    const relay = this.#handover.laneEnded(handle);
    if (!relay?.to) return;
    if (this.#handover.attached.has(relay.to.name)) relay.stage = "given";
    else this.#settle(relay, { status: "handed" });
  }

  /** The lane says that a message can't be given to its yard. */
  laneFailed(handle: number, code: ErrorCode, message: string, now: number): void {
    const relay = this.#handover.laneEnded(handle);
    if (!relay?.to) return;
    const yard = relay.to.name;
    if (relay.share === "") return this.#settle(relay, failure(code, message));
    // A claimant that doesn't read loses its turn until it says again what it claims.
    this.#desk.release(relay.share, yard, false, [], now);
    this.#desk.takeBack(relay, now);
  }

  /** A process of ours attached: from now on it acknowledges what it takes. */
  attach(yard: string, now: number): void {
    // Another process under a name whose last one has just gone has nothing of what that one had.
    if (this.#departures.end(yard)) this.#left(yard, now);
    this.#handover.attached.add(yard);
  }

  /** Whether a yard has attached. */
  isAttached(yard: string): boolean {
    return this.#handover.attached.has(yard);
  }

  /** A yard claims a share, or wants to see copies. */
  claim(share: string, yard: string, observe: boolean, now: number): void {
    this.#desk.claim(share, yard, observe, now);
  }

  /** A yard claims a share no more; what it has not acknowledged goes to the next. */
  release(share: string, yard: string, observe: boolean, now: number): void {
    const had = this.#relays.allGivenTo({ kind: "yard", name: yard });
    this.#desk.release(share, yard, observe, had, now);
  }

  /** A yard's socket is gone, or its process said goodbye. Its last receipts are read first. */
  yardLeft(yard: string, now: number): void {
    this.#departures.note(yard, now);
  }

  /** Messages may flow to an estate: those that waited go. */
  estateReady(estate: string, epoch: string, now: number): void {
    const before = this.#far.note(estate, epoch);
    if (before !== "" && before !== epoch) this.#restarted(estate, before);
    this.estateChanged(estate, now);
    this.#receipts.flush(now);
  }

  /** How an estate stands has changed: what waits for it is looked at again. */
  estateChanged(estate: string, now: number): void {
    for (const relay of this.#waiting.takeAll(estate)) this.#toEstate(relay, estate, now);
  }

  /** Answers a control call with a value, or with the error that it ended in. */
  answer(call: ControlCall, answer: Value | RaetError): void {
    this.#handover.post(call.yard, answerTo(call, answer, this.#estate));
  }

  /** Sends a yard something that it asked to be told; false if it can't be given now. */
  notify(yard: string, share: string, payload: Value): boolean {
    return this.#handover.post(
      yard,
      makeEnvelope({
        source: { estate: this.#estate, yard: MANOR_YARD, share },
        destination: { estate: this.#estate, yard, share },
        payload,
      }),
    );
  }

  /** Sends the receipts that were gathered. Call it at the end of each batch of input. */
  flush(now: number): void {
    this.#receipts.flush(now);
  }

  /** Does what is due. */
  advance(now: number): void {
    for (const yard of this.#departures.due(now)) this.#left(yard, now);
    for (const relay of this.#relays.due(now)) this.#expire(relay);
    this.#receipts.flush(now);
  }

  /** When to call `advance` next. */
  deadline(): number {
    return Math.min(this.#relays.nextDue(), this.#departures.deadline());
  }

  /** Takes on no new messages, since the manor is to stop; those under way go on. */
  drain(): void {
    this.#draining = true;
  }

  /** Ends every open delivery, since the manor stops: what was given may have arrived. */
  close(now: number): void {
    for (const relay of this.#relays.allOpen()) {
      const result = relay.stage === "held"
        ? failure("expired", "the manor stopped before the message could be sent")
        : failure("outcome_unknown", "the manor stopped while the message was on its way");
      this.#settle(relay, result);
    }
    this.#receipts.flush(now);
  }

  #enter(intake: Intake | Drop, from: Party, now: number): void {
    if (intake instanceof Drop) return this.#drop(intake.reason, from);
    const { envelope } = intake;
    switch (intake.is) {
      case "receipt":
        return this.#receipt(envelope, from, now);
      case "control":
        return this.#control({ yard: from.name, envelope });
      case "refused":
        this.#drop(intake.drop.reason, from);
        return this.#tell(envelope, from, intake.result);
      case "message":
        if (
          from.kind === "estate" && envelope.id !== "" &&
          !this.#far.seen.add(from.name, envelope.id)
        ) {
          return this.#drop("duplicate_message", from);
        }
        return this.#takeOn(envelope, from, now);
    }
  }

  #takeOn(envelope: Envelope, from: Party, now: number): void {
    if (this.#draining) {
      const why = `the manor of "${this.#estate}" is stopping`;
      return this.#tell(envelope, from, failure("no_manor", why));
    }
    const denial = this.#gate?.denial(envelope, from, now);
    if (denial) {
      this.#drop("denied_by_rule", from, denial.detail);
      return this.#tell(envelope, from, denial.result);
    }
    const refusal = this.#relays.refusal(from);
    if (refusal) return this.#tell(envelope, from, refusal);
    // A bare message has no deadline: its sender has its done, and nobody waits for more.
    const ttlMs = envelope.ttlMs ?? (envelope.id === "" ? Infinity : TTL_MS_DEFAULT);
    const relay: Relay = {
      id: envelope.id || newMessageId(this.#random),
      from,
      envelope,
      deadline: now + ttlMs,
      share: "",
      stage: "held",
      to: null,
      handle: 0,
      epoch: "",
      bytes: 0,
    };
    this.#relays.add(relay);
    if (from.kind === "yard") this.#ports.passed?.("sent", relay.id, envelope);
    const { estate, yard, share } = envelope.destination;
    if (estate !== "" && estate !== this.#estate) this.#toEstate(relay, estate, now);
    else if (yard !== "") this.#toYard(relay, yard, now);
    else this.#desk.accept(relay, share || INBOX, now);
  }

  #toEstate(relay: Relay, estate: string, now: number): void {
    const state = this.#ports.road.state(estate);
    if (state.is === "unknown") return this.#settle(relay, failure("no_estate", state.why));
    if (state.is !== "ready" && state.is !== "away") {
      return this.#settle(relay, failure(state.is, state.why));
    }
    if (state.is === "away") {
      if (this.#waiting.add(estate, relay)) return;
      const why = `too many messages wait for estate "${estate}", which is away`;
      return this.#settle(relay, failure("queue_full", why));
    }
    const refusal = this.#handover.toEstate(relay, estate, state, now);
    if (refusal) this.#settle(relay, refusal);
  }

  #toYard(relay: Relay, yard: string, now: number): void {
    const refusal = this.#handover.toYard(relay, yard, now);
    if (refusal) return this.#settle(relay, refusal);
    this.#desk.countUnacknowledged(yard, 1);
    this.#ports.passed?.("received", relay.id, relay.envelope);
  }

  #receipt(envelope: Envelope, from: Party, now: number): void {
    for (const id of envelope.answers) {
      const relay = this.#relays.givenTo(from, id);
      if (relay) this.#settle(relay, envelope.result!, now);
      else this.#drop("unexpected_receipt", from);
    }
  }

  #drop(reason: DropReason, from: Party, detail = ""): void {
    this.counters.add(reason);
    this.#ports.dropped?.(reason, `${from.kind} ${from.name}`, detail);
  }

  #settle(relay: Relay, result: Result, now?: number): void {
    const { to, share } = relay;
    this.#relays.remove(relay);
    if (to?.kind === "yard") this.#desk.countUnacknowledged(to.name, -1);
    this.#tell(relay.envelope, relay.from, result);
    if (share !== "" && now !== undefined) this.#desk.pump(share, now);
  }

  #tell(envelope: Envelope, to: Party, result: Result): void {
    this.counters.add(result.status === "failed" ? result.code : result.status);
    if (envelope.wants && envelope.id !== "") this.#receipts.add(to, envelope.id, result);
    else if (result.status === "failed") this.counters.add("undeliverable");
  }

  #expire(relay: Relay): void {
    const { estate } = relay.envelope.destination;
    if (relay.stage !== "held") {
      const why = "no receipt came back before the message's deadline";
      return this.#settle(relay, failure("outcome_unknown", why));
    }
    if (relay.share !== "") this.shares.removeHeld(relay.share, relay);
    else this.#waiting.remove(estate, relay);
    const why = relay.share === ""
      ? `estate "${estate}" stayed away until the message's deadline`
      : `nobody took the message from share "${relay.share}" before its deadline`;
    this.#settle(relay, failure("expired", why));
  }

  #left(yard: string, now: number): void {
    this.#departures.end(yard);
    this.#handover.attached.delete(yard);
    const had = this.#relays.allGivenTo({ kind: "yard", name: yard });
    this.#desk.left(yard, had, now);
    const why = `yard "${yard}" of estate "${this.#estate}" left`;
    for (const relay of had) if (relay.share === "") this.#settle(relay, failure("no_yard", why));
    this.#receipts.forget({ kind: "yard", name: yard });
  }

  #takeFrom(relay: Relay): void {
    if (relay.to) this.#desk.countUnacknowledged(relay.to.name, -1);
    this.#relays.take(relay);
    relay.stage = "held";
  }

  /** What an estate had taken and not yet answered went with its old epoch. */
  #restarted(estate: string, epochBefore: string): void {
    for (const relay of this.#relays.allGivenTo({ kind: "estate", name: estate })) {
      if (relay.stage !== "given" || relay.epoch !== epochBefore) continue;
      const why = `estate "${estate}" restarted before its receipt came back`;
      this.#settle(relay, failure("outcome_unknown", why));
    }
  }

  #control(call: ControlCall): void {
    const { share } = call.envelope.destination;
    if (share === CONTROL_SHARE) return this.#ports.control(call);
    const error = new RaetError("no_share", `the manor has no control share "${share}"`);
    this.answer(call, error);
  }
}
