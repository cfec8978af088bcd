/**
 * Sends receipts: to a yard at the end of each batch, to an estate one message at a time, so that
 * while one is under way the next gathers what comes meanwhile.
 *
 * What finds no room is not lost: it waits here, and so does what a yard that stays was too busy to read. Room
 * comes with the end of something that its stack has, and each such end is followed by a flush. The road has
 * each for as long as a message of its party may live. An estate that an operator rejects or removes may come
 * back, with messages that wait for what is said here.
 *
 * @module
 */
import type { Counters } from "../base/drop.ts";
import { type ErrorCode, RaetError } from "../base/errors.ts";
import { RECEIPTS_UNDER_WAY_MAX, TTL_MS_MAX, UNKNOWN_PARTIES_MAX } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Body } from "../base/value.ts";
import { makeEnvelope, newMessageId, packEnvelope } from "./envelope.ts";
import { NEWS_SHARE } from "./notes.ts";
import type { Result } from "./outcome.ts";
import type { ReadyState, RouterPorts } from "./ports.ts";
import { type Copy, isSkip, type Receipt, ReceiptQueue, type Saying } from "./receipts.ts";
import { type Party, partyKey } from "./relay.ts";
import { MANOR_YARD } from "./triple.ts";

interface Waiting {
  readonly party: Party;
  readonly queue: ReceiptQueue;
  /** receipt messages to that estate that its stack has not acknowledged yet */
  underWay: number;
}

/** What is known of messages that are skipped. */
interface Skips {
  /** an estate has heard that one is, or never will */
  skipHeard(estate: string, id: string): void;
  /** which one was before it; null if that is not known any more */
  skipAfter(estate: string, id: string): string | null;
}

/** What was said to a party, and where more for it waits. */
interface UnderWay {
  readonly waiting: Waiting;
  readonly receipt: Receipt;
  readonly copy: Copy;
}

/** Gathers receipts per party and sends them. */
export class ReceiptSender {
  readonly #estate: string;
  readonly #ports: RouterPorts;
  readonly #counters: Counters;
  readonly #random: Random;
  readonly #waiting = new Map<string, Waiting>();
  readonly #attached: ReadonlySet<string>;
  readonly #skips: Skips | undefined;
  readonly #byRoadHandle = new Map<number, UnderWay>();
  readonly #byLaneHandle = new Map<number, { readonly party: Party; readonly receipt: Receipt }>();
  /** those that have something to send */
  readonly #dirty = new Set<Waiting>();
  /** those for estates that the road does not know: nobody looks at them again before these are ready */
  readonly #unknown = new Set<Waiting>();

  /**
   * @param attached yards that are there, and acknowledge what they take
   * @param skips knows of messages that are skipped
   */
  constructor(
    estate: string,
    ports: RouterPorts,
    counters: Counters,
    random: Random,
    attached: ReadonlySet<string>,
    skips?: Skips,
  ) {
    this.#estate = estate;
    this.#ports = ports;
    this.#counters = counters;
    this.#random = random;
    this.#attached = attached;
    this.#skips = skips;
  }

  /** Adds a receipt, or a note, for whoever sent or has the message of that id. */
  add(party: Party, id: string, saying: Saying): void {
    const waiting = this.#placeOf(party);
    if (waiting.queue.add(id, saying)) this.#dirty.add(waiting);
    else this.#leaveOut(party, { ids: [id], saying });
  }

  /** Messages may flow to an estate: what waited for that is sent, also where the road did not know it. */
  estateReady(estate: string, now: number): void {
    const waiting = this.#waiting.get(partyKey({ kind: "estate", name: estate }));
    if (waiting && this.#unknown.delete(waiting)) this.#dirty.add(waiting);
    this.flush(now);
  }

  /** Sends what can be sent. */
  flush(now: number): void {
    for (const waiting of this.#dirty) {
      if (waiting.underWay > 0) continue;
      if (waiting.party.kind === "yard") this.#toYard(waiting);
      else this.#toEstate(waiting, now);
    }
  }

  /** The road ended one of its messages; false if it was not a receipt. */
  roadSent(handle: number, result: Result, now: number): boolean {
    const ended = this.#byRoadHandle.get(handle);
    if (!ended) return false;
    const { waiting, receipt, copy } = ended;
    this.#byRoadHandle.delete(handle);
    waiting.underWay--;
    if (mayGoAgain(receipt, result)) this.#putBack(waiting.party, receipt);
    else if (isInDoubt(ended, result)) this.#putBack(waiting.party, { ...receipt, before: copy });
    else if (result.status === "failed") this.#leaveOut(waiting.party, receipt);
    else this.#noteHeard(waiting.party, receipt);
    if (waiting.underWay > 0) return true;
    if (this.#dirty.has(waiting)) this.flush(now);
    else this.#rest(waiting);
    return true;
  }

  /** A yard has something that the lane was given. */
  laneSent(handle: number): void {
    this.#byLaneHandle.delete(handle);
  }

  /** The lane could not give something to a yard. What was in vain as it is busy goes again. */
  laneFailed(handle: number, code: ErrorCode): void {
    const lost = this.#byLaneHandle.get(handle);
    this.#byLaneHandle.delete(handle);
    if (lost && code === "queue_full") this.#putBack(lost.party, lost.receipt);
  }

  /** Whether the road was given receipts under a handle, and has not ended them. */
  has(handle: number): boolean {
    return this.#byRoadHandle.has(handle);
  }

  /** Throws away what waits for a party that is gone. */
  forget(party: Party): void {
    const waiting = this.#waiting.get(partyKey(party));
    if (!waiting) return;
    this.#dirty.delete(waiting);
    this.#unknown.delete(waiting);
    this.#waiting.delete(partyKey(party));
  }

  /** Receipt messages that the road has and that have not been acknowledged yet. */
  get underWay(): number {
    return this.#byRoadHandle.size;
  }

  /** Parties that have a place here. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Nothing waits for a party, and it has none under way: it leaves no trace, as it may never come back. */
  #rest(waiting: Waiting): void {
    const key = partyKey(waiting.party);
    if (this.#waiting.get(key) === waiting) this.#waiting.delete(key);
  }

  #toYard(waiting: Waiting): void {
    const { party, queue } = waiting;
    const { lane } = this.#ports;
    this.#give(party, queue.drain(), (receipt) => {
      const handle = lane.transmit(this.#pack(receipt, party, ""), party.name, "msgpack");
      this.#byLaneHandle.set(handle, { party, receipt });
    });
    if (queue.size > 0) return;
    this.#dirty.delete(waiting);
    this.#rest(waiting);
  }

  #toEstate(waiting: Waiting, now: number): void {
    const { party, queue } = waiting;
    const state = this.#ports.road.state(party.name);
    if (state.is === "unknown") return this.#keepUnknown(waiting);
    if (state.is !== "ready") return;
    const receipts = queue.drain(RECEIPTS_UNDER_WAY_MAX);
    this.#give(party, receipts, (receipt) => this.#onRoad(waiting, receipt, state, now));
    if (queue.size > 0) return;
    this.#dirty.delete(waiting);
    if (waiting.underWay === 0) this.#rest(waiting);
  }

  /** @throws {RaetError} as the road does */
  #onRoad(waiting: Waiting, receipt: Receipt, state: ReadyState, now: number): void {
    const { party } = waiting;
    const { before } = receipt;
    // Its run will say that it is this one, or is another.
    if (before && state.asking) return this.#putBack(party, receipt);
    if (before && (before.run !== state.epoch || before.until <= now)) {
      return this.#leaveOut(party, receipt);
    }
    const copy = before ??
      { id: newMessageId(this.#random), run: state.epoch, until: now + TTL_MS_MAX };
    const packing = state.ours ? "msgpack" : "json";
    const body = this.#pack(receipt, party, copy.id);
    const handle = this.#ports.road.transmit(body, party.name, packing, copy.until);
    this.#byRoadHandle.set(handle, { waiting, receipt, copy });
    waiting.underWay++;
  }

  /** Of all that may never come back the first is forgotten. */
  #keepUnknown(waiting: Waiting): void {
    this.#dirty.delete(waiting);
    this.#unknown.add(waiting);
    if (this.#unknown.size <= UNKNOWN_PARTIES_MAX) return;
    const [{ party, queue }] = this.#unknown;
    for (const receipt of queue.drain()) this.#leaveOut(party, receipt);
    this.forget(party);
  }

  /** Gives what was taken out of a queue to a stack; once that has no room the rest is put back. */
  #give(
    to: Party,
    receipts: readonly Receipt[],
    transmit: (receipt: Receipt) => void,
  ): void {
    let hasRoom = true;
    for (const receipt of receipts) {
      hasRoom &&= this.#attempt(to, receipt, () => transmit(receipt));
      if (!hasRoom) this.#putBack(to, receipt);
    }
  }

  /** False if there is no room. One that can't be sent for another reason is lost: a deadline speaks then. */
  #attempt(to: Party, receipt: Receipt, transmit: () => void): boolean {
    try {
      transmit();
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      if (error.code === "queue_full") return false;
      this.#leaveOut(to, receipt);
    }
    return true;
  }

  /** It is never heard. Of each message that it was about one is counted, in however few it was said. */
  #leaveOut(to: Party, receipt: Receipt): void {
    this.#counters.add("receipts_left_out", receipt.ids.length);
    this.#noteHeard(to, receipt);
  }

  #noteHeard({ name }: Party, { ids, saying }: Receipt): void {
    if (isSkip(saying)) { for (const id of ids) this.#skips?.skipHeard(name, id); }
  }

  /** A yard that is not attached may be gone, and then nobody would say so. */
  #putBack(to: Party, receipt: Receipt): void {
    const stays = to.kind === "estate" || this.#attached.has(to.name);
    const waiting = stays ? this.#placeOf(to) : null;
    if (waiting?.queue.putBack(receipt)) this.#dirty.add(waiting);
    else this.#leaveOut(to, receipt);
  }

  #placeOf(party: Party): Waiting {
    const key = partyKey(party);
    let waiting = this.#waiting.get(key);
    if (!waiting) {
      waiting = { party, queue: new ReceiptQueue(), underWay: 0 };
      this.#waiting.set(key, waiting);
    }
    return waiting;
  }

  /**
   * @param id that of its message, "" for a yard: the road may bring it again later, when the message that it
   * refuses has been sent anew and was taken
   */
  #pack(receipt: Receipt, to: Party, id: string): Body {
    const here = { estate: this.#estate, yard: "", share: "" };
    const { ids, saying } = receipt;
    // Another run of an estate knows nothing of those that are skipped and that the one before heard of.
    const behind = isSkip(saying) ? this.#skips?.skipAfter(to.name, ids[0]) : null;
    const isNote = "note" in saying;
    const estate = isNote && saying.origin || this.#estate; // a process knows its messages by that, too
    return packEnvelope(makeEnvelope({
      source: to.kind === "yard" ? { estate, yard: MANOR_YARD, share: "" } : here,
      destination: to.kind === "yard"
        ? { estate: this.#estate, yard: to.name, share: isNote ? NEWS_SHARE : "" }
        : { estate: to.name, yard: "", share: "" },
      id,
      answers: ids,
      ...isNote ? { note: saying.note, after: behind ?? saying.after ?? "" } : { result: saying },
    }));
  }
}

/**
 * Whether what was said goes once more: nobody had it, and whoever it is for may come back. That a message is
 * skipped may be said twice, and where it is not heard those after it would wait for the end of their lives.
 */
function mayGoAgain({ saying }: Receipt, result: Result): boolean {
  if (result.status !== "failed") return false;
  return GONE.has(result.code) || isSkip(saying) && result.code === "outcome_unknown";
}

/**
 * Whether it may have been heard, as where an operator removed the estate just then: it goes once more, as the
 * same one, if the same run of the estate comes back. Notes are said again by whoever needs them.
 */
function isInDoubt({ receipt, copy }: UnderWay, result: Result): boolean {
  const isUnknown = result.status === "failed" && result.code === "outcome_unknown";
  return isUnknown && copy.run !== "" && !("note" in receipt.saying);
}

/** An operator rejected the estate, or removed it. */
const GONE: ReadonlySet<ErrorCode> = new Set(["rejected", "no_estate"]);
