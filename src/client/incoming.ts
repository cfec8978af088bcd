/**
 * What comes over a process's link: news of what was sent, the manor's answers and notes, and messages, each
 * on its way to whoever waits for it.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import type { Body, Value } from "../base/value.ts";
import type { Clock } from "../io/clock.ts";
import type { LinkEvent } from "../io/link.ts";
import { EVENTS_SHARE } from "../route/control.ts";
import { type Envelope, readEnvelope } from "../route/envelope.ts";
import { failure, type Result } from "../route/outcome.ts";
import { INBOX, MANOR_YARD } from "../route/triple.ts";
import type { Acknowledgements } from "./acknowledgements.ts";
import type { AskTable } from "./asks.ts";
import type { Calls } from "./calls.ts";
import type { CatchUp } from "./catch_up.ts";
import type { DeliveryTable } from "./deliveries.ts";
import type { Listeners } from "./listeners.ts";
import { messageOf, type SendReply } from "./message.ts";
import { isGone } from "./receipts.ts";
import type { ManorTie } from "./tie.ts";
import type { Watches } from "./watches.ts";
import type { Works } from "./works.ts";

/** Those of a yard who wait for something. */
export interface IncomingYard {
  readonly clock: Clock;
  readonly tie: ManorTie;
  readonly calls: Calls;
  readonly catchUp: CatchUp;
  readonly deliveries: DeliveryTable;
  readonly asks: AskTable;
  readonly listeners: Listeners;
  readonly acknowledgements: Acknowledgements;
  readonly works: Works;
  readonly watches: Watches;
  /** answers a request, whose time is over at that moment of the yard's clock */
  reply(deadline: number, ...answer: Parameters<SendReply>): ReturnType<SendReply>;
}

/** Tells each of them. */
export class Incoming {
  readonly #yard: IncomingYard;

  constructor(yard: IncomingYard) {
    this.#yard = yard;
  }

  /** The link tells of something. */
  take(event: LinkEvent): void {
    const { acknowledgements, calls, catchUp, deliveries, listeners, tie } = this.#yard;
    if (event.type === "message") return this.#takeMessage(event.yard, event.body);
    if (event.type === "left") {
      listeners.manorLeft();
      tie.noteGone();
      return calls.failAll("the manor went away"); // it took what it was asked with it
    }
    const { handle } = event;
    acknowledgements.ended(event);
    if (event.type === "sent") {
      calls.ended(handle, null);
      return deliveries.sent(handle);
    }
    const code = isGone(event.code) ? "no_manor" : event.code;
    const why = code === "no_manor" ? "no manor is running for this home" : event.message;
    calls.ended(handle, why);
    if (deliveries.failed(handle, failure(code, why))) catchUp.again();
    if (code === "no_manor") tie.noteGone();
  }

  #takeMessage(yard: string, body: Body): void {
    const { acknowledgements, asks, calls, deliveries, listeners, tie, watches } = this.#yard;
    const envelope = readEnvelope(body);
    if (envelope instanceof Drop || yard !== MANOR_YARD) return;
    if (envelope.note !== null) return this.#takeNote(envelope);
    if (envelope.answers.length > 0) {
      if (calls.answer(envelope)) return;
      for (const id of envelope.answers) deliveries.settle(id, envelope.result!);
      return;
    }
    // It was for the process that had this name before: nobody listens here yet.
    if (!tie.begun) return listeners.refuseEarly(envelope);
    if (envelope.reply) {
      const acknowledge = async (result: Result) =>
        await acknowledgements.send(envelope, result) === "told";
      return void asks.take(envelope, acknowledge);
    }
    const share = envelope.destination.share || INBOX;
    // Whoever else writes to that share has a yard, or comes over the road and is turned away there.
    const isManor = envelope.source.yard === "";
    if (share === EVENTS_SHARE && isManor) return watches.take(envelope.payload);
    this.#hand(share, envelope);
  }

  #hand(share: string, envelope: Envelope): void {
    const { clock, listeners, tie, works } = this.#yard;
    const deadline = clock.now() + (envelope.ttlMs ?? Infinity);
    const message = messageOf(
      envelope,
      tie.manor.estate,
      (request, reply, body: Value) => this.#yard.reply(deadline, request, reply, body),
      (envelope) => works.done(envelope),
    );
    listeners.push(share, { message, envelope, deadline });
  }

  #takeNote({ source: { estate }, note, answers }: Envelope): void {
    const { deliveries, works } = this.#yard;
    for (const id of answers) {
      if (note === "noted" || note === "late") works.settle({ estate, id }, note === "noted");
      else if (note === "stored" || note === "waiting" || note === "going") {
        deliveries.tell(id, note);
      }
    }
  }
}
