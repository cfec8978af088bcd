/**
 * Requests of one process that have no answer yet. A request is a delivery that bears a job; an
 * answer is a message that bears the same job and comes from where the request went.
 *
 * Invariants: every request ends in exactly one answer; none is taken from another estate than the
 * one that was asked, nor from another yard if one was named.
 *
 * @module
 */
import { DELIVERIES_MAX } from "../base/limits.ts";
import type { Clock } from "../io/clock.ts";
import type { Envelope } from "../route/envelope.ts";
import { failure, type Result } from "../route/outcome.ts";
import { formatTriple, MANOR_YARD, type Triple } from "../route/triple.ts";
import type { Answer } from "./answer.ts";
import type { Delivery } from "./delivery.ts";
import { filled } from "./message.ts";

/** A request. */
export interface Request {
  /** the correlation id, 32 hex digits */
  readonly job: string;
  /** whom it is sent to, with the estate filled in */
  readonly to: Triple;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** is given its delivery, as it sets out */
  readonly onDelivery?: (delivery: Delivery) => void;
  /** sends it */
  send(): Delivery;
}

interface Open {
  readonly request: Request;
  readonly delivery: Delivery;
  readonly askedAt: number;
  readonly resolve: (answer: Answer) => void;
  readonly stop: () => void;
  /** its receipt came */
  delivered: boolean;
  /** its time is over */
  late: boolean;
  /** an answer came, and its sender is just being told so */
  answering: boolean;
  /** how it ends if its sender can't be told */
  otherwise: Answer | null;
}

/** Open requests by their jobs. */
export class AskTable {
  readonly #open = new Map<string, Open>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends one and takes it on. Its answer resolves, always. */
  wait(request: Request): Promise<Answer> {
    const { job, timeoutMs, signal } = request;
    if (this.#open.size >= DELIVERIES_MAX) {
      const message = `this process has ${DELIVERIES_MAX} requests without an answer`;
      return Promise.resolve({ status: "failed", id: "", ms: 0, code: "queue_full", message });
    }
    const askedAt = this.#clock.now();
    const delivery = request.send();
    request.onDelivery?.(delivery);
    return new Promise((resolve) => {
      const callOff = this.#clock.after(timeoutMs, () => this.#late(job));
      const giveUp = () => this.#giveUp(job, "whoever asked gave it up");
      signal?.addEventListener("abort", giveUp);
      const stop = () => {
        callOff();
        signal?.removeEventListener("abort", giveUp);
      };
      const state = { delivered: false, late: false, answering: false, otherwise: null };
      this.#open.set(job, { request, delivery, askedAt, resolve, stop, ...state });
      delivery.outcome.then((outcome) => {
        if ("code" in outcome) this.#settle(job, outcome);
        else this.#delivered(job, outcome.status === "delivered");
      });
    });
  }

  /**
   * A message that answers came; what its sender is told of it.
   *
   * @param tell tells the sender, and whether that could be done
   */
  async take(envelope: Envelope, tell: (result: Result) => Promise<boolean>): Promise<void> {
    const open = this.#open.get(envelope.job);
    const fault = this.#faultOf(open, envelope);
    if (!open || fault) return void tell(fault!);
    // Nobody may have an answer of which its sender could be told that it did not arrive.
    open.answering = true;
    const isKnown = await tell({ status: "delivered" });
    open.answering = false;
    if (isKnown) this.#settle(envelope.job, answerOf(open, envelope, this.#clock.now()));
    else if (open.otherwise) this.#settle(envelope.job, open.otherwise);
  }

  #faultOf(open: Open | undefined, envelope: Envelope): Result | null {
    if (!open || open.answering) {
      return failure("expired", "nobody waits for that answer, or not any more");
    }
    const { request } = open;
    const from = envelope.source;
    const yard = request.to.yard === MANOR_YARD ? "" : request.to.yard;
    if (from.estate !== request.to.estate || (yard !== "" && from.yard !== yard)) {
      const asked = formatTriple(request.to);
      return failure("denied", `${formatTriple(from)} was not asked, but ${asked}`);
    }
    return null;
  }

  /** Nobody waits for any: the process leaves. */
  giveUpAll(why: string): void {
    for (const job of [...this.#open.keys()]) this.#giveUp(job, why);
  }

  #delivered(job: string, canAnswer: boolean): void {
    const open = this.#open.get(job);
    if (!open) return;
    open.delivered = true;
    if (!canAnswer) this.#noAnswer(job, "whoever took the request can't answer: it is no raet");
    else if (open.late) this.#late(job);
  }

  /** Until the request's receipt is there, its delivery tells what became of it. */
  #late(job: string): void {
    const open = this.#open.get(job);
    if (!open) return;
    open.late = true;
    if (!open.delivered) return;
    this.#noAnswer(job, `no answer came within ${open.request.timeoutMs / 1000} s`);
  }

  /** A delivery that is given up says so itself. */
  #giveUp(job: string, why: string): void {
    if (this.#open.get(job)?.delivered) this.#noAnswer(job, why);
  }

  #noAnswer(job: string, why: string): void {
    const { request, delivery, askedAt } = this.#open.get(job)!;
    const message = `${formatTriple(request.to)} has the request, but ${why}`;
    const ms = this.#clock.now() - askedAt;
    this.#settle(job, { status: "failed", id: delivery.id, ms, code: "no_answer", message });
  }

  #settle(job: string, answer: Answer): void {
    const open = this.#open.get(job);
    if (!open) return;
    if (open.answering) {
      open.otherwise ??= answer;
      return;
    }
    this.#open.delete(job);
    open.stop();
    open.resolve(answer);
  }
}

/** What whoever asked gets. */
function answerOf({ delivery, askedAt }: Open, envelope: Envelope, now: number): Answer {
  const reply = envelope.reply!;
  const known = { id: delivery.id, ms: now - askedAt, from: filled(envelope.source) };
  if (reply.status === "error") return { ...known, ...reply };
  return { ...known, status: "answered", body: envelope.payload };
}
