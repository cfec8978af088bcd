/**
 * The router of one manor: takes messages from the road and from the lane, finds who each is for,
 * and tells whoever sent it what became of it (protocol.md 7; design.md, Delivery).
 *
 * A message passes two routers, in the same way: it becomes a relay, is given to an estate, a yard
 * or the claimant of a share (passage.ts), and is settled by a receipt, an error, or its deadline. One
 * that is kept on disk goes the same ways (durable/). Pure: both stacks are ports, time is an argument.
 *
 * @module
 */
import { Counters, Drop, type DropReason } from "../base/drop.ts";
import { type ErrorCode, RaetError } from "../base/errors.ts";
import { TTL_MS_DEFAULT } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Body, Value } from "../base/value.ts";
import { CONTROL_SHARE, type MessageKey } from "./control.ts";
import { answerTo } from "./control_answer.ts";
import { Departures } from "./departures.ts";
import type { DurableDesk } from "./durable/durable.ts";
import type { DurableParts } from "./durable/hands.ts";
import { type Envelope, makeEnvelope, newMessageId } from "./envelope.ts";
import type { Gate } from "./gate.ts";
import { fromLane, fromRoad, type Intake } from "./intake.ts";
import { failure, type Result } from "./outcome.ts";
import type { ControlCall, RouterPorts } from "./ports.ts";
import { Passage } from "./passage.ts";
import { isAmong, type Keeps, type Party, type Relay } from "./relay.ts";
import { Room } from "./room.ts";
import type { ShareTable } from "./shares.ts";
import { INBOX, MANOR_YARD } from "./triple.ts";

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
  /** where durable messages are kept; missing where there are none */
  readonly durable?: Omit<DurableParts, "random">;
}

/** Routes messages between the road, the lane and the manor's shares. */
export class Router {
  /** What was dropped, by reason, and how deliveries ended, by outcome. */
  readonly counters = new Counters();
  readonly #estate: string;
  readonly #random: Random;
  readonly #ports: RouterPorts;
  readonly #gate: RouterOptions["gate"];
  readonly #passage: Passage;
  readonly #room: Room;
  readonly #departures = new Departures();
  #phase: "open" | "draining" | "closed" = "open";

  constructor(options: RouterOptions) {
    const { estate, random, ports, gate, durable } = options;
    this.#estate = estate;
    this.#random = random;
    this.#ports = ports;
    this.#gate = gate;
    this.#passage = new Passage({ estate, random, ports, counters: this.counters, durable });
    this.#room = new Room(this.#passage.relays, this.shares);
    this.shares.declare(INBOX);
    for (const [name, heldMax] of options.shares ?? []) this.shares.declare(name, heldMax);
  }

  /** The manor's shares, with their claims. */
  get shares(): ShareTable<Relay> {
    return this.#passage.desk.shares;
  }

  /** Deliveries that have no outcome yet. */
  get open(): number {
    return this.#passage.relays.size - (this.#passage.durable?.size ?? 0);
  }

  /** Durable messages; null where this manor keeps none. */
  get durable(): DurableDesk | null {
    return this.#passage.durable;
  }

  /** Receipts on the road that their estate has not acknowledged yet. */
  get receiptsUnderWay(): number {
    return this.#passage.receipts.underWay;
  }

  /** Messages that wait for an estate and are not on its road. */
  waitingFor(estate: string): number {
    return this.#passage.waiting.count(estate) + (this.durable?.waitingFor(estate) ?? 0);
  }

  /** Whether messages wait for an estate, or durable ones for its word. */
  isWaitingFor(estate: string): boolean {
    return this.waitingFor(estate) > 0 || this.durable?.isWaitingFor(estate) === true;
  }

  /** A message came over the lane, from that yard's socket. */
  fromLane(yard: string, body: Body, now: number): void {
    this.#enter(fromLane(body, yard, this.#estate), { kind: "yard", name: yard }, now);
  }

  /** A message came over the road, from the estate whose keys signed it; `agoMs` ago, so far as it goes by that. */
  fromRoad(estate: string, body: Body, now: number, agoMs = 0): void {
    this.#enter(fromRoad(body, estate, this.#estate, agoMs), { kind: "estate", name: estate }, now);
  }

  /** Whether a message of an estate would find room, so that the road may complete it: then it counts until `flush`. */
  hasRoom(estate: string, body: Body): boolean {
    return this.#room.take(estate, body);
  }

  /** Which share has no room for a message that found none; "" where it is not for want of that. */
  shareWithoutRoom(body: Body): string {
    return this.#room.shareWithout(body);
  }

  /** Whether a message that found no room may find some now. Says so once. */
  hasRoomAgain(): boolean {
    return this.#room.hasAgain();
  }

  /** What the road has under this handle: a message by its id, or receipts. */
  carriedBy(handle: number): { messageId: string; isReceipt: boolean } {
    const { handover, receipts } = this.#passage;
    return { messageId: handover.messageOf(handle), isReceipt: receipts.has(handle) };
  }

  /** The road says how a message that it was given ended. */
  roadSent(handle: number, result: Result, now: number): void {
    if (this.#passage.receipts.roadSent(handle, result, now)) return;
    const relay = this.#passage.handover.roadEnded(handle);
    if (!relay) return void this.#passage.durable?.ended.roadSent(handle);
    if (relay.kept) return this.#passage.durable!.roadEnded(relay, result, now);
    const awaitsReceipt = relay.envelope.wants && relay.epoch !== "";
    if (result.status === "acknowledged" && awaitsReceipt) relay.stage = "given";
    else this.#passage.settle(relay, result, now);
  }

  /** The lane says that a yard's socket has a message. */
  laneSent(handle: number, now: number): void {
    const relay = this.#passage.handover.laneEnded(handle);
    if (!relay?.to) return this.#passage.receipts.laneSent(handle);
    if (this.#passage.handover.attached.has(relay.to.name)) relay.stage = "given";
    else this.#passage.settle(relay, { status: "handed" }, now);
  }

  /** The lane says that a message can't be given to its yard. */
  laneFailed(handle: number, code: ErrorCode, message: string, now: number): void {
    const relay = this.#passage.handover.laneEnded(handle);
    if (!relay?.to) return this.#passage.receipts.laneFailed(handle, code);
    // What did not leave as the lane closed is on disk, and goes on when the manor runs again.
    if (this.#phase === "closed" && relay.kept) return;
    if (relay.share === "") return this.#passage.settle(relay, failure(code, message), now);
    this.#passage.desk.refused(relay, relay.to.name, now);
  }

  /**
   * A process of ours attached: from now on it acknowledges what it takes.
   *
   * @param holds durable messages that it has been given and has not heard the end of
   * @param reads whether it understands notes
   */
  attach(yard: string, now: number, holds: readonly MessageKey[] = [], reads = false): void {
    const wasHere = this.isAttached(yard);
    this.#passage.handover.attached.add(yard);
    if (reads) this.#passage.readers.add(yard);
    this.#passage.durable?.attached(yard, holds, wasHere, now);
    this.#passage.returning.attached(yard, now);
  }

  /** Whether a yard has attached. */
  isAttached(yard: string): boolean {
    return this.#passage.handover.attached.has(yard);
  }

  /** A yard claims a share, or wants to see copies. */
  claim(share: string, yard: string, observe: boolean, now: number): void {
    this.#passage.desk.claim(share, yard, observe, now);
  }

  /** Yards on the lane as the manor begins attach again in a moment, and maybe others by other ways. */
  expect(yards: readonly string[], now: number, areOthers = false): void {
    this.#passage.returning.expect(yards, areOthers, now);
  }

  /** A yard has said all that it claims. */
  claimedAll(yard: string, now: number): void {
    if (this.isAttached(yard)) this.#passage.returning.done(yard, now);
  }

  /** A yard claims a share no more; what it has not acknowledged and does not keep goes to the next. */
  release(share: string, yard: string, observe: boolean, now: number, keeps: Keeps = []): void {
    const had = this.#passage.relays.allGivenTo({ kind: "yard", name: yard });
    const isKept = (relay: Relay) => keeps === "all" || isAmong(relay, keeps, this.#estate);
    const given = observe ? [] : had.filter((relay) => relay.share === share && !isKept(relay));
    for (const { kept } of given) if (kept) kept.redelivered = true;
    this.#passage.desk.release(share, yard, observe, given, now);
  }

  /** A process begins under a name: it has nothing of what one before it had, whose last receipts are read. */
  yardCame(yard: string, now: number): void {
    if (this.#departures.end(yard)) this.#left(yard, now);
  }

  /** A yard's socket is gone, or its process said goodbye. Its last receipts are read first. */
  yardLeft(yard: string, now: number): void {
    this.#departures.note(yard, now);
    this.#passage.desk.leaving(yard);
  }

  /** Messages may flow to an estate: those that waited go. @param epoch null as long as it has not said */
  estateReady(estate: string, epoch: string | null, now: number): void {
    const before = epoch === null ? "" : this.#passage.far.note(estate, epoch);
    if (before !== "" && before !== epoch) this.#passage.restarted(estate, before, epoch!, now);
    this.estateChanged(estate, now, true);
    this.#passage.receipts.estateReady(estate, now);
  }

  /** How an estate stands has changed: what waits for it is looked at again. */
  estateChanged(estate: string, now: number, isNew = false): void {
    this.#passage.estateChanged(estate, isNew, now);
  }

  /** Answers a control call with a value, or with the error that it ended in. */
  answer(call: ControlCall, answer: Value | RaetError): void {
    this.#passage.handover.post(call.yard, answerTo(call, answer, this.#estate));
  }

  /** Sends a yard something that it asked to be told; false if it can't be given now. */
  notify(yard: string, share: string, payload: Value): boolean {
    const source = { estate: this.#estate, yard: MANOR_YARD, share };
    const destination = { estate: this.#estate, yard, share };
    return this.#passage.handover.offer(yard, makeEnvelope({ source, destination, payload }));
  }

  /** Sends the receipts that were gathered. Call it at the end of each batch of input. */
  flush(now: number): void {
    this.#room.came();
    this.#passage.desk.goOn(now);
    this.#passage.durable?.commit(now);
    this.#passage.receipts.flush(now);
  }

  /** Does what is due. */
  advance(now: number): void {
    for (const yard of this.#departures.due(now)) this.#left(yard, now);
    this.#passage.advance(now);
    this.flush(now);
  }

  /** When to call `advance` next. */
  deadline(): number {
    return Math.min(this.#departures.deadline(), this.#passage.deadline());
  }

  /** Takes on no new messages, since the manor is to stop; those under way go on. */
  drain(): void {
    this.#phase = "draining";
  }

  /** Ends every open delivery, since the manor stops. Durable ones go on when it runs again. */
  close(now: number): void {
    this.#phase = "closed";
    for (const relay of this.#passage.relays.allOpen()) {
      if (relay.kept) continue;
      const result = relay.stage === "held"
        ? failure("expired", "the manor stopped before the message could be sent")
        : failure("outcome_unknown", "the manor stopped while the message was on its way");
      this.#passage.settle(relay, result, now);
    }
    this.flush(now);
  }

  #enter(intake: Intake | Drop, from: Party, now: number): void {
    if (intake instanceof Drop) return this.#drop(intake.reason, from);
    const { envelope } = intake;
    if (!this.#isNew(intake, from)) return this.#drop("duplicate_message", from);
    switch (intake.is) {
      case "receipt":
        return this.#receipt(envelope, from, now);
      case "note":
        return this.#note(envelope, from, now);
      case "control":
        return this.#control({ yard: from.name, envelope });
      case "refused":
        this.#drop(intake.drop.reason, from);
        return this.#passage.refuse(envelope, from, intake.result, now);
      case "message": {
        const takeOn = () => this.#takeOn(envelope, from, now);
        const durable = envelope.durable ? this.#passage.durable : null;
        return durable ? durable.attempt(takeOn, now, envelope, from) : takeOn();
      }
    }
  }

  /** Of what the road may bring twice; of durable messages more is known than their last ids. */
  #isNew({ is, envelope: { id, durable } }: Intake, { kind, name }: Party): boolean {
    if (kind !== "estate" || id === "" || is === "refused" || durable) return true;
    return this.#passage.far.seen.add(name, id);
  }

  #takeOn(envelope: Envelope, from: Party, now: number): void {
    // Of what was taken on before that holds: else its sender hears that it failed, while it goes on here.
    const isKnown = () =>
      envelope.durable && this.#passage.durable?.taking.knows(envelope, from) === true;
    if (this.#phase !== "open" && !isKnown()) {
      const why = `the manor of "${this.#estate}" is stopping`;
      return this.#passage.refuse(envelope, from, failure("no_manor", why), now);
    }
    const denial = this.#gate?.denial(envelope, from, now);
    if (denial && !isKnown()) {
      this.#drop("denied_by_rule", from, denial.detail);
      return this.#passage.refuse(envelope, from, denial.result, now);
    }
    if (from.kind === "estate" && envelope.ttlMs === 0 && !isKnown()) {
      return this.#passage.refuse(envelope, from, failure("expired", "it came too late"), now);
    }
    // A process that does not know yet that its manor was restarted sends what that lost again, in
    // order, once it does: what it sends before would overtake that.
    const isEarly = from.kind === "yard" && !this.isAttached(from.name);
    if (isEarly && envelope.durable) return this.#drop("not_attached", from);
    if (isEarly && envelope.ordered) {
      const why =
        `the manor of "${this.#estate}" was started again and does not know yard "${from.name}" yet`;
      return this.#passage.tell(envelope, from, failure("no_manor", why));
    }
    if (envelope.durable) return this.#takeDurable(envelope, from, now);
    const refusal = this.#passage.relays.refusal(from);
    if (refusal) return this.#passage.refuse(envelope, from, refusal, now);
    // A bare message has no deadline: its sender has its done, and nobody waits for more.
    const ttlMs = envelope.ttlMs ?? (envelope.id === "" ? Infinity : TTL_MS_DEFAULT);
    const deadline = now + ttlMs;
    const id = envelope.id || newMessageId(this.#random);
    const relay = this.#passage.relays.make({ id, from, envelope, deadline, kept: null });
    this.#passage.add(relay);
    if (from.kind === "yard") this.#ports.passed?.("sent", relay.id, envelope);
    this.#passage.route(relay, now);
  }

  #takeDurable(envelope: Envelope, from: Party, now: number): void {
    if (this.#passage.durable) return this.#passage.durable.taking.take(envelope, from, now);
    const why = `estate "${this.#estate}" keeps no messages on disk`;
    this.#passage.tell(envelope, from, failure("unsupported", why));
  }

  #receipt(envelope: Envelope, from: Party, now: number): void {
    const { relays, durable, receipts } = this.#passage;
    const { durable: isKept, destination: { estate } } = envelope;
    const sender = estate === this.#estate ? "" : estate;
    const origin = isKept && from.kind === "yard" ? sender : undefined;
    for (const id of envelope.answers) {
      const relay = relays.givenTo(from, id, origin);
      if (relay) this.#passage.settle(relay, envelope.result!, now);
      else if (origin === undefined) this.#drop("unexpected_receipt", from);
      else if (durable) durable.acknowledgedLate(from.name, origin, id);
      else receipts.add(from, id, { note: "late", origin });
    }
  }

  /** Only manors say something of messages, besides how they ended. */
  #note({ note, answers, after }: Envelope, from: Party, now: number): void {
    if (from.kind !== "estate") return this.#drop("unexpected_receipt", from);
    if (note !== "skip") return this.#passage.durable?.note(from.name, note!, answers, now);
    for (const id of answers) {
      this.#passage.far.noteOver(from.name, id, now);
      this.#passage.skipped(from.name, id, after, now);
    }
  }

  #drop(reason: DropReason, from: Party, detail = ""): void {
    this.counters.add(reason);
    this.#ports.dropped?.(reason, `${from.kind} ${from.name}`, detail);
  }

  #left(yard: string, now: number): void {
    this.#departures.end(yard);
    this.#passage.handover.attached.delete(yard);
    this.#passage.readers.delete(yard);
    const had = this.#passage.relays.allGivenTo({ kind: "yard", name: yard });
    for (const { kept } of had) if (kept) kept.redelivered = true;
    this.#passage.desk.left(yard, had, now);
    const why = `yard "${yard}" of estate "${this.#estate}" left`;
    for (const relay of had) {
      if (relay.share === "") this.#passage.settle(relay, failure("no_yard", why), now);
    }
    this.#passage.receipts.forget({ kind: "yard", name: yard });
  }

  #control(call: ControlCall): void {
    const { share } = call.envelope.destination;
    if (share === CONTROL_SHARE) return this.#ports.control(call);
    this.answer(call, new RaetError("no_share", `the manor has no control share "${share}"`));
  }
}
