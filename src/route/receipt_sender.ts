/**
 * Sends receipts: to a yard at the end of each batch, to an estate one message at a time, so that
 * while one is under way the next gathers what comes meanwhile.
 *
 * @module
 */
import type { Counters } from "../base/drop.ts";
import { RaetError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { makeEnvelope, newMessageId, packEnvelope } from "./envelope.ts";
import { NEWS_SHARE } from "./notes.ts";
import type { Result } from "./outcome.ts";
import type { RouterPorts } from "./ports.ts";
import { type Receipt, ReceiptQueue, type Saying } from "./receipts.ts";
import { type Party, partyKey } from "./relay.ts";
import { MANOR_YARD } from "./triple.ts";

interface Waiting {
  readonly party: Party;
  readonly queue: ReceiptQueue;
  /** receipt messages to that estate that its stack has not acknowledged yet */
  underWay: number;
}

/** Gathers receipts per party and sends them. */
export class ReceiptSender {
  readonly #estate: string;
  readonly #ports: RouterPorts;
  readonly #counters: Counters;
  readonly #random: Random;
  readonly #waiting = new Map<string, Waiting>();
  readonly #byRoadHandle = new Map<number, Waiting>();
  /** those that have something to send */
  readonly #dirty = new Set<Waiting>();

  constructor(estate: string, ports: RouterPorts, counters: Counters, random: Random) {
    this.#estate = estate;
    this.#ports = ports;
    this.#counters = counters;
    this.#random = random;
  }

  /** Adds a receipt, or a note, for whoever sent or has the message of that id. */
  add(party: Party, id: string, saying: Saying): void {
    const key = partyKey(party);
    let waiting = this.#waiting.get(key);
    if (!waiting) {
      waiting = { party, queue: new ReceiptQueue(), underWay: 0 };
      this.#waiting.set(key, waiting);
    }
    if (waiting.queue.add(id, saying)) this.#dirty.add(waiting);
    else this.#counters.add("receipts_left_out");
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
    const waiting = this.#byRoadHandle.get(handle);
    if (!waiting) return false;
    if (result.status === "failed") this.#counters.add("receipts_left_out");
    this.#byRoadHandle.delete(handle);
    waiting.underWay--;
    if (waiting.underWay > 0) return true;
    if (this.#dirty.has(waiting)) this.flush(now);
    else this.#rest(waiting);
    return true;
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
    this.#dirty.delete(waiting);
    for (const receipt of waiting.queue.drain()) {
      this.#attempt(() =>
        this.#ports.lane.transmit(this.#pack(receipt, waiting.party), waiting.party.name, "msgpack")
      );
    }
    this.#rest(waiting);
  }

  #toEstate(waiting: Waiting, now: number): void {
    const state = this.#ports.road.state(waiting.party.name);
    if (state.is === "unknown") return this.forget(waiting.party);
    if (state.is !== "ready") return;
    this.#dirty.delete(waiting);
    for (const receipt of waiting.queue.drain()) {
      this.#attempt(() => {
        const body = this.#pack(receipt, waiting.party);
        const packing = state.ours ? "msgpack" : "json";
        const deadline = now + 30_000;
        const handle = this.#ports.road.transmit(body, waiting.party.name, packing, deadline);
        this.#byRoadHandle.set(handle, waiting);
        waiting.underWay++;
      });
    }
    if (waiting.underWay === 0) this.#rest(waiting);
  }

  #pack(receipt: Receipt, to: Party) {
    const here = { estate: this.#estate, yard: "", share: "" };
    const { ids, saying } = receipt;
    const isNote = "note" in saying;
    const estate = isNote && saying.origin || this.#estate; // a process knows its messages by that, too
    return packEnvelope(makeEnvelope({
      source: to.kind === "yard" ? { estate, yard: MANOR_YARD, share: "" } : here,
      destination: to.kind === "yard"
        ? { estate: this.#estate, yard: to.name, share: isNote ? NEWS_SHARE : "" }
        : { estate: to.name, yard: "", share: "" },
      // The road may bring it again later, when the message it refuses has been sent anew and was taken.
      id: to.kind === "estate" ? newMessageId(this.#random) : "",
      answers: ids,
      ...isNote ? { note: saying.note, after: saying.after ?? "" } : { result: saying },
    }));
  }

  /** A receipt that can't be sent is lost, and counted: its sender's deadline speaks then. */
  #attempt(transmit: () => void): void {
    try {
      transmit();
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      this.#counters.add("receipts_left_out");
    }
  }
}
