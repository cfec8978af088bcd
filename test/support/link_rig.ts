/** The manor's end of a yard's link, played by a test. */
import { Drop } from "../../src/base/drop.ts";
import type { ErrorCode } from "../../src/base/errors.ts";
import { type Body, isBody, type Value } from "../../src/base/value.ts";
import { Yard } from "../../src/client/yard.ts";
import type { Clock } from "../../src/io/clock.ts";
import type { Link } from "../../src/io/link.ts";
import { CONTROL_SHARE } from "../../src/route/control.ts";
import {
  type Envelope,
  makeEnvelope,
  packEnvelope,
  readEnvelope,
} from "../../src/route/envelope.ts";
import type { NoteWord } from "../../src/route/notes.ts";
import { failure, type Result } from "../../src/route/outcome.ts";
import { MANOR_YARD } from "../../src/route/triple.ts";

export class LinkRig {
  /** what the yard sent: messages and receipts, control calls left out */
  readonly sent: Envelope[] = [];
  /** verbs of the control calls */
  readonly verbs: string[] = [];
  epoch = "first";
  /** what the link says to a message that it is given */
  refusal: ErrorCode | null = null;
  /** while true the link keeps what it is given to itself */
  isStuck = false;
  /** verbs that the manor has read and answers no more */
  readonly unanswered = new Set<string>();
  /** verbs that the manor answers only once `catchUp` says so */
  readonly late = new Set<string>();
  /** verbs that it grants this yard no more; renew as far as that claims something */
  readonly denied = new Set<string>();
  /** what it answers to control calls besides who the manor is */
  answers: Record<string, Value> = {};
  /** arguments of the control calls */
  readonly args: Value[] = [];
  /** what the link still waits for when it is closed */
  draining: Promise<void> = Promise.resolve();
  readonly #link: Link;
  #stuck: (() => void)[] = [];
  #late: (() => void)[] = [];
  #handle = 0;
  #id = 0;

  constructor() {
    this.#link = {
      yard: "me",
      onEvent: () => {},
      transmit: (body) => this.#take(body),
      close: () => this.draining,
    };
  }

  attach(clock?: Clock): Promise<Yard> {
    const random = (length: number) => new Uint8Array(length).fill(++this.#id);
    return Yard.over({ link: this.#link, random, program: "test", pid: 1, clock });
  }

  /** A message to a share of the yard. */
  deliver(share: string, payload: Value, more: Partial<Envelope> = {}): string {
    const id = (++this.#id).toString(16).padStart(32, "0");
    this.#say({
      source: { estate: "alpha", yard: "x", share: "" },
      destination: { estate: "", yard: "", share },
      id,
      wants: true,
      payload,
      ...more,
    });
    return id;
  }

  /** What became of messages. */
  tell(result: Result, ...ids: string[]): void {
    this.#say({ answers: ids, result });
  }

  /** A note of the manor; of messages that the yard was given, of those that came from its estate. */
  note(note: NoteWord, ...ids: string[]): void {
    this.noteOf("alpha", note, ...ids);
  }

  /** A note of the manor on messages that the yard was given and that came from that estate. */
  noteOf(estate: string, note: NoteWord, ...ids: string[]): void {
    this.#say({ source: { estate, yard: MANOR_YARD, share: "" }, answers: ids, note });
  }

  /** Another manor runs in the place of the first one. */
  restart(): void {
    this.epoch += "+";
  }

  /** The manor is gone, as the link sees. */
  leave(): void {
    this.#link.onEvent({ type: "left" });
  }

  /** The link goes on. */
  unstick(): void {
    this.isStuck = false;
    for (const pass of this.#stuck.splice(0)) pass();
  }

  /** The manor answers what it has read. */
  catchUp(): void {
    for (const answer of this.#late.splice(0)) answer();
  }

  /** What the yard said of the message of that id. */
  receiptOf(id: string): Result | undefined {
    return this.sent.find(({ answers }) => answers.includes(id))?.result ?? undefined;
  }

  #take(body: Body): number {
    const handle = ++this.#handle;
    const envelope = readEnvelope(body);
    if (envelope instanceof Drop) throw new Error(envelope.reason);
    const pass = () => {
      if (this.refusal) {
        const message = "the link says no";
        return this.#link.onEvent({ type: "failed", handle, code: this.refusal, message });
      }
      this.#link.onEvent({ type: "sent", handle });
      if (envelope.destination.share !== CONTROL_SHARE) this.sent.push(envelope);
      else this.#answer(envelope);
    };
    if (this.isStuck) this.#stuck.push(pass);
    else queueMicrotask(pass);
    return handle;
  }

  #answer({ id, payload }: Envelope): void {
    const verb = isBody(payload) ? String(payload.verb) : "";
    this.verbs.push(verb);
    this.args.push(isBody(payload) ? payload.args : null);
    if (this.unanswered.has(verb)) return;
    const answer = { estate: "alpha", role: "alpha", address: "", version: 1, epoch: this.epoch };
    const more = this.answers[verb];
    const whole = isBody(more) ? { ...answer, ...more } : answer;
    const isDenied = this.denied.has(verb) && (verb !== "renew" || claimsSomething(payload));
    const result: Result = isDenied ? failure("denied", "not granted") : { status: "delivered" };
    const say = () => this.#say({ answers: [id], result, payload: isDenied ? {} : whole });
    if (this.late.has(verb)) this.#late.push(say);
    else say();
  }

  #say(envelope: Partial<Envelope>): void {
    const body = packEnvelope(makeEnvelope(envelope));
    this.#link.onEvent({ type: "message", yard: MANOR_YARD, body });
  }
}

function claimsSomething(payload: Value): boolean {
  const args = isBody(payload) && isBody(payload.args) ? payload.args : {};
  return Array.isArray(args.claims) && args.claims.length > 0;
}
