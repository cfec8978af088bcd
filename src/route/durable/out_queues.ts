/**
 * Durable messages to other estates: those that wait for their turn, in order, and those that an estate
 * has and has not told the outcome of. An estate is asked for that when a session with it begins, as
 * receipts may be lost with the one before, and every now and then.
 *
 * @module
 */
import { DURABLE_IN_FLIGHT_MAX } from "../../base/limits.ts";
import { failure, type Result } from "../outcome.ts";
import { canDo, type EstateState, type ReadyState } from "../ports.ts";
import type { Saying } from "../receipts.ts";
import type { Party, Relay } from "../relay.ts";

/** What queues need of whoever keeps the messages. */
export interface OutHands {
  /** a factor around 1 */
  jitter(): number;
  state(estate: string): EstateState;
  /** gives it to an estate's road; why not, if so */
  toEstate(relay: Relay, state: ReadyState, now: number): Result | null;
  /** tells the process that sent it, where there is one, whether it waits for its estate */
  sayWaits(relay: Relay, waits: boolean): void;
  say(to: Party, id: string, saying: Saying): void;
  /** notes on disk that it is about to be given; false if it can't */
  prepare(relay: Relay, others: readonly Relay[], now: number): boolean;
  /** it was given in vain */
  settle(relay: Relay, result: Result, now: number): void;
  /** it has its outcome */
  end(relay: Relay, result: Result, now: number): void;
}

/** The messages to one estate. */
interface Queue {
  /** by the number of their coming */
  readonly waiting: Relay[];
  /** those that were put on the road */
  readonly given: Set<Relay>;
  askAt: number;
  askMs: number;
}

/** How soon an estate is asked again, and how long it is left in peace at the most. */
const ASK_MS = { first: 30_000, last: 600_000 };
/** How soon a road or a disk that took nothing is tried again. */
const AGAIN_MS = 200;

/** The messages to all estates. */
export class OutQueues {
  readonly #hands: OutHands;
  readonly #queues = new Map<string, Queue>();
  #againAt = Infinity;

  constructor(hands: OutHands) {
    this.#hands = hands;
  }

  /** Gives one to its estate, in its turn. */
  add(relay: Relay, estate: string, now: number): void {
    let queue = this.#queues.get(estate);
    if (!queue) {
      queue = { waiting: [], given: new Set(), askAt: Infinity, askMs: ASK_MS.first };
      this.#queues.set(estate, queue);
    }
    const { waiting } = queue;
    let at = waiting.length;
    while (at > 0 && waiting[at - 1].number > relay.number) at--;
    waiting.splice(at, 0, relay);
    const state = this.#hands.state(estate);
    // The others have been told already, thousands maybe.
    if (!mayTake(state)) this.#hold([relay], state, now);
    else this.#pump(estate, queue, now);
  }

  /** Whether there are some that wait for an estate, or for its word. */
  has(estate: string): boolean {
    const queue = this.#queues.get(estate);
    return queue !== undefined && queue.waiting.length + queue.given.size > 0;
  }

  /** How many wait for an estate, or for their turn. */
  waiting(estate: string): number {
    return this.#queues.get(estate)?.waiting.length ?? 0;
  }

  /** Takes one back that was put on the road. */
  takeBack(relay: Relay): void {
    const queue = this.#queues.get(relay.envelope.destination.estate);
    if (queue) this.#takeOff(queue, relay);
  }

  /** Takes one out, wherever it is. */
  remove(relay: Relay): void {
    const queue = this.#queues.get(relay.envelope.destination.estate);
    if (!queue || this.#takeOff(queue, relay)) return;
    const at = queue.waiting.indexOf(relay);
    if (at >= 0) queue.waiting.splice(at, 1);
  }

  /** How an estate stands has changed. @param isNew whether a session has begun */
  changed(estate: string, isNew: boolean, now: number): void {
    const queue = this.#queues.get(estate);
    if (!queue) return;
    if (isNew) {
      // What the road was sending it sends again: one copy may be refused, and the other taken.
      for (const { stage, kept } of queue.given) if (stage === "moving") kept!.inDoubt = true;
      this.#ask(estate, queue, true, now);
    }
    this.#pump(estate, queue, now);
  }

  /** Does what is due. */
  advance(now: number): void {
    const isAgain = now >= this.#againAt;
    if (isAgain) this.#againAt = Infinity;
    for (const [estate, queue] of this.#queues) {
      if (now >= askAtOf(queue)) this.#askIfThere(estate, queue, now);
      if (isAgain) this.#pump(estate, queue, now);
      if (queue.waiting.length + queue.given.size === 0) this.#queues.delete(estate);
    }
  }

  /** When to call `advance` next. Looked at after each batch of input, so nobody is asked for it. */
  deadline(): number {
    let at = this.#againAt;
    for (const queue of this.#queues.values()) at = Math.min(at, askAtOf(queue));
    return at;
  }

  /** Whether it was on the road: one place more is free there then. */
  #takeOff({ given, waiting }: Queue, relay: Relay): boolean {
    const wasGiven = given.delete(relay);
    if (wasGiven && waiting.length > 0) this.#againAt = -Infinity;
    return wasGiven;
  }

  #pump(estate: string, queue: Queue, now: number): void {
    const { waiting, given } = queue;
    const state = this.#hands.state(estate);
    if (!mayTake(state)) return this.#hold(waiting, state, now);
    if (!canDo(state, "durable")) {
      const why = `estate "${estate}" keeps no messages on disk: it runs no raet that can`;
      return this.#giveUpUnsent(waiting, failure("unsupported", why), now);
    }
    while (waiting.length > 0 && given.size < DURABLE_IN_FLIGHT_MAX) {
      const [relay] = waiting;
      const refusal = this.#hands.prepare(relay, waiting, now)
        ? this.#hands.toEstate(relay, state, now)
        : failure("queue_full", "the disk can't be written to");
      if (refusal?.status === "failed" && refusal.code === "queue_full") {
        this.#againAt = Math.min(this.#againAt, now + AGAIN_MS);
        return;
      }
      waiting.shift();
      if (refusal) {
        this.#hands.settle(relay, refusal, now);
        continue;
      }
      if (given.size === 0) this.#noteAsked(queue, true, now);
      given.add(relay);
      this.#hands.sayWaits(relay, Boolean(state.silent));
    }
  }

  #hold(relays: readonly Relay[], state: EstateState, now: number): void {
    if (state.is === "unknown" || state.is === "rejected") {
      const code = state.is === "unknown" ? "no_estate" : "rejected";
      return this.#giveUpUnsent(relays, failure(code, state.why), now);
    }
    for (const relay of relays) this.#hands.sayWaits(relay, true);
  }

  /** Ends those that certainly have not arrived; of the rest nobody could say before their deadline. */
  #giveUpUnsent(relays: readonly Relay[], result: Result, now: number): void {
    for (const relay of [...relays]) if (!relay.kept!.inDoubt) this.#hands.end(relay, result, now);
  }

  /** One that is away is asked as soon as it is back. */
  #askIfThere(estate: string, queue: Queue, now: number): void {
    if (this.#hands.state(estate).is === "ready") this.#ask(estate, queue, false, now);
    else this.#noteAsked(queue, true, now);
  }

  #ask(estate: string, queue: Queue, afresh: boolean, now: number): void {
    for (const { stage, id } of queue.given) {
      if (stage === "given") this.#hands.say({ kind: "estate", name: estate }, id, { note: "ask" });
    }
    this.#noteAsked(queue, afresh, now);
  }

  #noteAsked(queue: Queue, afresh: boolean, now: number): void {
    queue.askMs = afresh ? ASK_MS.first : Math.min(2 * queue.askMs, ASK_MS.last);
    queue.askAt = now + queue.askMs * this.#hands.jitter();
  }
}

/** Whether it is known if an estate that is there takes what is durable. */
function mayTake(state: EstateState): state is ReadyState {
  return state.is === "ready" && canDo(state, "durable") !== null;
}

function askAtOf({ given, askAt }: Queue): number {
  return given.size > 0 ? askAt : Infinity;
}
