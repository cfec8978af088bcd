/**
 * Messages that are kept on disk (docs/guarantees.md). Both manors that one passes do the same: take it
 * on, write it down, go on with it until whoever it was given to says how it ended, write that down,
 * and tell whoever it came from.
 *
 * Invariants:
 * - nobody is told anything that is not on disk; all of one batch of input is one transaction
 * - a message is written down as given before it is given for the first time, so one that was not
 *   has certainly not arrived
 * - an id is known until its sender has the outcome on disk, or the message's life and a margin are
 *   over: what comes again is answered, not handed over
 *
 * @module
 */
import { Drop } from "../../base/drop.ts";
import { RaetError } from "../../base/errors.ts";
import { DURABLE_RECLAIM_MS } from "../../base/limits.ts";
import type { DurableLoad, MessageKey } from "../control.ts";
import type { NoteWord } from "../notes.ts";
import type { Envelope } from "../envelope.ts";
import { failure, type Result } from "../outcome.ts";
import type { Party, Relay } from "../relay.ts";
import { Admission } from "./admission.ts";
import { DurableBook, keyOf, keyText } from "./book.ts";
import { Doubt } from "./doubt.ts";
import { certainOf, Ended, expiryOf } from "./ended.ts";
import type { DurableBounds, DurableHands, DurableParts, DurableRow } from "./hands.ts";
import { Lingering } from "./lingering.ts";
import { OutQueues } from "./out_queues.ts";
import { isPassing } from "./passing.ts";
import { inOrder } from "./reload.ts";
import { Retries } from "./retries.ts";
import type { DurableKey, StoredMessage } from "./store.ts";
import { Taking } from "./taking.ts";
import { Turns } from "./turns.ts";

/** How soon a disk that could not be written to is tried again, and how often that is said. */
const MEND_MS = 1_000;

/** The durable messages of one manor. */
export class DurableDesk {
  readonly #hands: DurableHands;
  readonly #parts: DurableParts;
  readonly #book: DurableBook;
  readonly #admission: Admission;
  readonly #open = new Map<string, Relay>();
  readonly #out: OutQueues;
  readonly #retries: Retries;
  readonly #doubt = new Doubt();
  readonly #lingering = new Lingering();
  /** Whose turn it is among those that are ordered. */
  readonly turns: Turns;
  /** Those that have ended. */
  readonly ended: Ended;
  /** Where they come in. */
  readonly taking: Taking;
  /** when a disk that could not be written to is tried again */
  #mendAt = Infinity;

  constructor(hands: DurableHands, parts: DurableParts) {
    this.#hands = hands;
    this.#parts = parts;
    this.#book = new DurableBook(parts.store);
    const openOf = (key: DurableKey) => this.#open.get(keyText(key));
    this.ended = new Ended(hands, parts, this.#book, this.#lingering, openOf);
    this.#admission = new Admission(hands, this.ended, parts.bounds);
    const jitter = () => 0.75 + parts.random(1)[0] / 512;
    this.#retries = new Retries(jitter);
    this.turns = new Turns({ hands, book: this.#book, doubt: this.#doubt, retries: this.#retries });
    this.#out = new OutQueues({
      jitter,
      state: (estate) => hands.state(estate),
      toEstate: (relay, state, now) => hands.toEstate(relay, state, now),
      say: (to, id, saying) => hands.say(to, id, saying),
      sayWaits: (relay, waits) => hands.sayWaits(relay, waits),
      prepare: (relay, others, now) => this.prepare(relay, others, now),
      settle: (relay, result, now) => this.settle(relay, result, now),
      end: (relay, result, now) => this.#end(relay, result, now),
    });
    this.taking = new Taking({
      hands,
      parts,
      book: this.#book,
      admission: this.#admission,
      ended: this.ended,
      open: this.#open,
      out: this.#out,
      turns: this.turns,
      drop: (relay, now) => this.#drop(relay, null, now),
    });
  }

  /** How many there are without an outcome. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether some wait for an estate, or for its word. */
  isWaitingFor(estate: string): boolean {
    return this.#out.has(estate);
  }

  /** How many wait for an estate and are not on its road. */
  waitingFor(estate: string): number {
    return this.#out.waiting(estate);
  }

  /** How many there are on each side. */
  get load(): DurableLoad {
    return this.#admission.load;
  }

  /** Changes how many there may be. */
  configure(bounds: DurableBounds): void {
    this.#admission.configure(bounds);
  }

  /** Takes up what is on disk. Call it once, before anything else. */
  begin(now: number): void {
    this.#doubt.begin(now + DURABLE_RECLAIM_MS);
    this.ended.begin(now);
    const relays = this.#parts.store.load().flatMap((stored) => {
      const relay = this.taking.reload(stored, now);
      return relay instanceof Drop ? this.#leaveUnread(stored, relay, now) : relay;
    });
    for (const relay of inOrder(relays)) {
      this.#hands.relays.renumber(relay);
      const { envelope, kept } = relay;
      const isHere = this.#admission.sideOf(envelope) === "in";
      if (isHere && kept!.handed) this.#doubt.add(relay);
      else this.#hands.route(relay, now);
    }
  }

  /** One can't be read, as a newer raet may have written it. It stays until its life is over. */
  #leaveUnread({ origin, id, deadline, handed }: StoredMessage, drop: Drop, now: number): [] {
    const of = `durable message ${id} of ${origin === "" ? "this host" : `estate "${origin}"`}`;
    const why = `${of} can't be read (${drop.reason})`;
    const leftMs = deadline - this.#parts.dateAt(now);
    if (leftMs > 0) {
      const left = `${Math.ceil(leftMs / 60_000)} min`;
      const todo =
        `it stays on disk for ${left}: expected the raet that wrote it, if that is newer`;
      this.#hands.warn(new RaetError("bad_config", `${why}; ${todo}`));
      return [];
    }
    const result = failure(handed ? "outcome_unknown" : "expired", why);
    const keepUntil = this.ended.keepUntil(now, now);
    const changes = [{ is: "end", origin, id, result, route: null, keepUntil } as const];
    this.#book.stage({ changes, then: () => this.ended.count() });
    return [];
  }

  /** Gives one to its estate, in its turn. */
  toEstate(relay: Relay, estate: string, now: number): void {
    this.#out.add(relay, estate, now);
  }

  /** Gives one to a yard, once it is there. */
  toYard(relay: Relay, yard: string, now: number): void {
    // A process of ours whose manor was restarted is not known as one until it attaches again.
    const isEarly = !this.#hands.isAttached(yard) && this.#doubt.until < Infinity;
    const gone = isEarly
      ? failure("no_yard", `yard "${yard}" has not attached yet`)
      : this.#give(relay, yard, now);
    if (gone) this.settle(relay, gone, now);
  }

  /** Notes on disk that one is about to be given, and with it others of the same place. */
  prepare(relay: Relay, others: readonly Relay[], now: number): boolean {
    if (relay.kept!.handed) return true;
    const error = this.#book.hand(relay, others);
    if (error) this.#broken(error, now);
    return error === null;
  }

  /** It waits no more for the one before it. */
  freed(relay: Relay): void {
    relay.kept!.after = "";
    this.#book.stage({ changes: [{ is: "free", ...keyOf(relay) }], then: () => {} });
  }

  /** Whoever has it says how it ended. */
  settle(relay: Relay, result: Result, now: number): void {
    if (!isPassing(result) || now >= relay.deadline) {
      return this.#end(relay, certainOf(relay, result), now);
    }
    if (result.status === "failed" && result.code === "outcome_unknown") {
      // Whoever says so may have forgotten it by the time it comes again.
      Object.assign(relay.kept!, { inDoubt: true, redelivered: true });
    }
    // A refusal that overtook the road's done: one copy more may come, once the road is ready anew.
    this.#lingering.note(relay);
    this.#passOver(relay, now);
  }

  /** The road ended its sending: it has arrived, or may be sent again. */
  roadEnded(relay: Relay, result: Result, now: number): void {
    if (result.status !== "failed") {
      relay.stage = "given";
      return;
    }
    const isOver = now >= relay.deadline;
    const isUnknown = result.code === "outcome_unknown";
    if (isUnknown) relay.kept!.inDoubt = true;
    this.#takeBack(relay);
    if (isOver) return this.expire(relay, now);
    // A nack tells nothing of the message itself: an estate that wants none of it says so by a receipt.
    if (isUnknown) return this.toEstate(relay, relay.envelope.destination.estate, now);
    this.#passOver(relay, now);
  }

  /** How an estate stands has changed; it is ready if it has an epoch. */
  estateChanged(estate: string, isNew: boolean, now: number): void {
    if (isNew) this.#lingering.sessionBegan(estate);
    this.#out.changed(estate, isNew, now);
  }

  /**
   * A yard attached, and has those messages.
   *
   * @param wasHere whether the same process was attached before. It has what it was given, or will find it
   * in its socket: it may have said what it has before that came
   */
  attached(yard: string, has: readonly MessageKey[], wasHere: boolean, now: number): void {
    const originOf = (estate: string) => estate === this.#hands.estate ? "" : estate;
    const keys = new Set(has.map(({ estate, id }) => keyText({ origin: originOf(estate), id })));
    for (const relay of this.#hands.relays.allGivenTo({ kind: "yard", name: yard })) {
      if (wasHere || !relay.kept || keys.has(keyText(keyOf(relay)))) continue;
      relay.kept.redelivered = true;
      this.#hands.giveBack(relay, now);
    }
    const held = this.#doubt.take(keys);
    // Who else had them before the restart is not known.
    for (const { kept } of held) kept!.redelivered ||= kept!.inDoubt;
    this.#hands.adopt(held, yard, now);
    this.#retries.hasten(
      ({ envelope }) =>
        envelope.destination.yard === yard && this.#admission.sideOf(envelope) === "in",
      now,
    );
  }

  /**
   * A process acknowledges what it was not given by this run of the manor, or has no more. What is in doubt it
   * acknowledges again once it has attached.
   */
  acknowledgedLate(yard: string, origin: string, id: string): void {
    const open = this.#open.get(keyText({ origin, id }));
    if (!open || !this.#doubt.has(open)) this.ended.acknowledgedLate(yard, origin, id);
  }

  /** All processes that may have messages have said which: what is in doubt still nobody has. */
  heardAll(): void {
    this.#doubt.end();
  }

  /** A manor says something of messages. */
  note(estate: string, word: NoteWord, ids: readonly string[], now: number): void {
    for (const id of ids) this.attempt(() => this.#note(estate, word, id, now), now);
  }

  #note(estate: string, word: NoteWord, id: string, now: number): void {
    if (word === "forget") this.ended.forget({ origin: estate, id }, now);
    else if (word === "ask") this.ended.answer(estate, id);
    else if (word === "unknown") this.#sendAnew({ kind: "estate", name: estate }, id, now);
  }

  /**
   * Does what needs to know what has ended, which the disk may not be able to say: that is warned of.
   *
   * @param envelope a message that is to be taken on, if it is that: it may have come before, so nobody
   * knows whether it has arrived. The manor that sent it sends it again soon
   */
  attempt(act: () => void, now: number, envelope?: Envelope, from?: Party): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      this.#broken(error, now);
      if (!envelope || !from) return;
      const why = `estate "${this.#hands.estate}" can't say whether it has the message already`;
      this.#hands.tell(envelope, from, failure("outcome_unknown", `${why}: ${error.message}`));
    }
  }

  /** Its life is over. */
  expire(relay: Relay, now: number): void {
    const isOut = this.#admission.sideOf(relay.envelope) === "out";
    this.#end(relay, expiryOf(relay, isOut), now);
  }

  /** Writes what is staged, and goes on with it. */
  commit(now: number): void {
    for (let rounds = 0; this.#book.pending && rounds < COMMITS_AT_ONCE_MAX; rounds++) {
      const error = this.#book.commit(now);
      if (error) return this.#broken(error, now);
    }
  }

  /** Each batch of input tries the disk again, thousands a second maybe: that it failed is said less often. */
  #broken(error: RaetError, now: number): void {
    if (this.#mendAt < Infinity) return;
    this.#hands.warn(error);
    this.#mendAt = now + MEND_MS;
  }

  /** Does what is due. */
  advance(now: number): void {
    if (now >= this.#mendAt) this.#mendAt = Infinity;
    for (const relay of this.#retries.due(now)) this.#hands.route(relay, now);
    for (const relay of this.#doubt.due(now)) {
      if (relay.kept) relay.kept.redelivered ||= relay.kept.inDoubt;
      this.#hands.route(relay, now);
    }
    this.#out.advance(now);
    this.ended.advance(now);
  }

  /** When to call `advance` next. */
  deadline(): number {
    return Math.min(
      this.#mendAt,
      this.#retries.deadline(),
      this.#doubt.until,
      this.#out.deadline(),
      this.ended.deadline(),
    );
  }

  /** Those without an outcome, for an operator. */
  rows(): DurableRow[] {
    return [...this.#open.values()].map((relay) => ({
      side: this.#admission.sideOf(relay.envelope),
      relay,
      state: this.#stateOf(relay),
    }));
  }

  /** Gives the store back. What has no outcome stays on disk for the next run. */
  close(now: number): void {
    this.commit(now);
    this.#parts.store.close();
  }

  #give(relay: Relay, yard: string, now: number): Result | null {
    if (!this.prepare(relay, [], now)) return failure("queue_full", "the disk can't be written to");
    return this.#hands.toYard(relay, yard, now);
  }

  /** It was given in vain, and not for good: again in a while. */
  #passOver(relay: Relay, now: number): void {
    this.#takeBack(relay);
    this.#retries.add(relay, now);
  }

  #takeBack(relay: Relay): void {
    this.#out.takeBack(relay);
    this.#hands.take(relay);
  }

  #end(relay: Relay, result: Result, now: number): void {
    const { to } = relay;
    this.#lingering.note(relay);
    // Before what it lets go on, which may end at once.
    this.ended.add(relay, result, to, now);
    this.#drop(relay, result, now);
  }

  /** Takes it out of wherever it is. @param result null if it is not over: then what is ordered after it waits */
  #drop(relay: Relay, result: Result | null, now: number): void {
    this.#open.delete(keyText(keyOf(relay)));
    this.#out.remove(relay);
    this.turns.remove(relay);
    this.#admission.count(relay, -1);
    this.#hands.remove(relay, result, now);
  }

  #sendAnew(party: Party, id: string, now: number): void {
    const relay = this.#hands.relays.givenTo(party, id);
    if (!relay?.kept || relay.stage !== "given") return;
    this.#takeBack(relay);
    // What the road still has of it may arrive yet, and its refusal later than that of the next try.
    relay.kept.inDoubt = true;
    this.toEstate(relay, party.name, now);
  }

  #stateOf(relay: Relay): string {
    if (this.#retries.has(relay)) return "retry";
    if (this.#doubt.has(relay)) return "doubt";
    if (relay.stage !== "held") return relay.stage === "given" ? "given" : "sending";
    return "waiting";
  }
}

/** What follows a commit may stage more, and so on a few times. */
const COMMITS_AT_ONCE_MAX = 16;
