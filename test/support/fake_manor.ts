/**
 * A manor in memory for tests of the command line and the console: it answers control calls with what
 * it is told to, and remembers the messages that were sent.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Drop } from "../../src/base/drop.ts";
import { RaetError } from "../../src/base/errors.ts";
import { type Body, isBody, type Value } from "../../src/base/value.ts";
import { Yard } from "../../src/client/yard.ts";
import type { ControlVerb, ControlVerbs, WatchEvent } from "../../src/route/control.ts";
import { CONTROL_SHARE, EVENTS_SHARE } from "../../src/route/control.ts";
import {
  type Envelope,
  makeEnvelope,
  packEnvelope,
  readEnvelope,
} from "../../src/route/envelope.ts";
import type { Link } from "../../src/io/link.ts";
import type { NoteWord } from "../../src/route/notes.ts";
import { failure, type Result } from "../../src/route/outcome.ts";
import { MANOR_YARD } from "../../src/route/triple.ts";

type Answer<V extends ControlVerb> = ControlVerbs[V]["result"] | RaetError;
type Answers = { [V in ControlVerb]?: Answer<V> | (() => Answer<V>) };

/** Answers for a manor named alpha that knows one estate, one yard and one share. */
export const ALPHA: Answers = {
  attach: { estate: "alpha", role: "alpha", address: "127.0.0.1:7530", epoch: "e", version: 1 },
  renew: { epoch: "e" },
  keys: {
    rows: [
      { role: "alpha", acceptance: "own", fingerprint: "a".repeat(64), estates: ["alpha"] },
      { role: "beta", acceptance: "pending", fingerprint: "b".repeat(64), estates: ["beta"] },
    ],
  },
  estates: {
    rows: [{
      name: "beta",
      role: "beta",
      address: "127.0.0.1:7531",
      state: "allowed",
      alive: true,
      main: false,
      ours: true,
      roundTripMs: 0.42,
      queued: 0,
      messagesSent: 3,
      messagesReceived: 2,
      bytesSent: 900,
      bytesReceived: 700,
      packetsResent: 0,
    }],
  },
  yards: { rows: [{ name: "worker", ours: true, pid: 7, program: "raet", queued: 0 }] },
  shares: {
    rows: [{ name: "jobs", claimants: ["worker"], observers: [], held: 0, declared: false }],
  },
  transactions: { rows: [] },
  trace: { rows: [] },
  ping: { ms: 0.42 },
  stats: {
    estate: "alpha",
    upMs: 1234,
    road: { "message sent": 3 },
    lane: {},
    router: {},
    socket: {},
    durable: null,
  },
  watch: {},
};

/** A manor that a yard in this process is attached to. */
export class FakeManor {
  /** What the yard sent, control calls and receipts left out. */
  readonly messages: Envelope[] = [];
  /** Control calls, in order. */
  readonly calls: { verb: string; args: Value }[] = [];
  /** What the yard said of messages that it was given. */
  readonly receipts: Envelope[] = [];
  readonly #answers: Answers;
  readonly #link: Link;
  #handle = 0;

  /** What becomes of messages; null if that is never told. */
  result: Result | null | ((envelope: Envelope) => Result | null) = { status: "delivered" };
  /** Whether it is away: nothing that the yard says is taken. */
  isAway = false;
  /** How much the yard said while it was away. */
  missed = 0;
  /** Whether it answers no control call. */
  silent = false;
  /** What is answered to requests; null for nothing. */
  reply: (request: Envelope) => Partial<Envelope> | null = () => null;

  constructor(answers: Answers = {}) {
    this.#answers = { ...ALPHA, ...answers };
    this.#link = {
      yard: "p1",
      onEvent: () => {},
      transmit: (body) => this.#take(body),
      close: () => Promise.resolve(),
    };
  }

  /** Attaches a yard to it. */
  async attach(): Promise<Yard> {
    let next = 0;
    const random = (length: number) => {
      const bytes = new Uint8Array(length);
      new DataView(bytes.buffer).setUint32(0, ++next);
      return bytes;
    };
    return await Yard.over({ link: this.#link, random, program: "test", pid: 1 });
  }

  /** Sends the yard something that it watches. */
  tell(event: WatchEvent): void {
    this.#say({
      destination: { estate: "", yard: "p1", share: EVENTS_SHARE },
      payload: event as Value,
    });
  }

  /** Gives the yard a message. */
  deliver(share: string, payload: Value, more: Partial<Envelope> = {}): void {
    const id = (0xd000 + ++this.#handle).toString(16).padStart(32, "0");
    const source = { estate: "beta", yard: "worker", share: "" };
    const destination = { estate: "", yard: "", share };
    this.#say({ source, destination, id, wants: true, payload, ...more });
  }

  /** Says something of a message that the yard was given. */
  note(note: NoteWord, id: string): void {
    this.#say({ source: { estate: "beta", yard: MANOR_YARD, share: "" }, answers: [id], note });
  }

  #take(body: Body): number {
    const handle = ++this.#handle;
    const envelope = readEnvelope(body);
    assert.ok(!(envelope instanceof Drop));
    queueMicrotask(() => {
      if (this.isAway) {
        this.missed++;
        const message = "the manor is away in this test";
        this.#link.onEvent({ type: "failed", handle, code: "no_yard", message });
        return;
      }
      this.#link.onEvent({ type: "sent", handle });
      if (envelope.destination.share === CONTROL_SHARE) this.#answer(envelope);
      else if (envelope.answers.length > 0) this.receipts.push(envelope);
      else this.#settle(envelope);
    });
    return handle;
  }

  #settle(envelope: Envelope): void {
    this.messages.push(envelope);
    const result = typeof this.result === "function" ? this.result(envelope) : this.result;
    if (result) this.#say({ answers: [envelope.id], result });
    const { estate } = envelope.destination;
    const reply = envelope.job !== "" && envelope.reply === null ? this.reply(envelope) : null;
    if (!reply) return;
    const source = { estate: estate || "alpha", yard: "worker", share: "" };
    const destination = { ...envelope.source, estate: "alpha" };
    const id = envelope.id.replace(/^./, "e");
    this.#say({ source, destination, id, wants: true, job: envelope.job, ...reply });
  }

  #answer({ id, payload }: Envelope): void {
    assert.ok(isBody(payload));
    const verb = payload.verb as ControlVerb;
    this.calls.push({ verb, args: payload.args });
    if (this.silent) return;
    const known = this.#answers[verb] ?? {};
    const answer = typeof known === "function" ? known() : known;
    if (answer instanceof RaetError) {
      this.#say({ answers: [id], result: failure(answer.code, answer.message) });
    } else {
      this.#say({ answers: [id], result: { status: "delivered" }, payload: answer as Value });
    }
  }

  #say(envelope: Partial<Envelope>): void {
    const body = packEnvelope(makeEnvelope(envelope));
    this.#link.onEvent({ type: "message", yard: MANOR_YARD, body });
  }
}
