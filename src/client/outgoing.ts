/**
 * Messages on their way out of a process: made from what a program says, and given to the link.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { DELIVERIES_MAX, DURABLE_TTL_MS_DEFAULT, TTL_MS_DEFAULT } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Value } from "../base/value.ts";
import {
  checkId,
  checkPayload,
  checkType,
  type Envelope,
  makeEnvelope,
  newMessageId,
} from "../route/envelope.ts";
import { failure } from "../route/outcome.ts";
import { INBOX, placeOf, type Triple } from "../route/triple.ts";
import type { CatchUp, CatchUpYard } from "./catch_up.ts";
import type { Delivery } from "./delivery.ts";
import { lifeOf, type SendOptions } from "./options.ts";

/** A message as a program wants it sent. @throws {RaetError} bad_body, usage */
export function outgoing(
  yard: string,
  destination: Triple,
  body: Value,
  { timeoutMs, type, durable = false, ordered = false, id }: SendOptions,
  random: Random,
  more: Partial<Envelope>,
): Envelope {
  checkPayload(body);
  checkType(type);
  if (id !== undefined) checkId(id);
  return makeEnvelope({
    source: { estate: "", yard, share: INBOX },
    destination,
    id: id ?? newMessageId(random),
    wants: true,
    ttlMs: lifeOf(timeoutMs, durable ? DURABLE_TTL_MS_DEFAULT : TTL_MS_DEFAULT),
    type: type ?? null,
    durable,
    ordered,
    payload: body,
    ...more,
  });
}

/** What setting out needs of the yard. */
export interface DepartureYard extends Pick<CatchUpYard, "clock" | "deliveries" | "transmit"> {
  /** the name of its host's estate */
  estate(): string;
  /** whether the process has left the lane */
  isClosed(): boolean;
  /** whether its manor is away */
  isGone(): boolean;
}

/** Sets messages on their way. */
export class Departure {
  readonly #yard: DepartureYard;
  readonly #catchUp: CatchUp;

  constructor(yard: DepartureYard, catchUp: CatchUp) {
    this.#yard = yard;
    this.#catchUp = catchUp;
  }

  /** Gives one to the link, or to its delivery why it can't. */
  start(delivery: Delivery, envelope: Envelope, options: SendOptions): void {
    const { signal } = options;
    if (!this.#start(delivery, envelope, options) || !signal) return;
    const giveUp = () => this.#yard.deliveries.giveUp(envelope.id, "its sender gave it up");
    signal.addEventListener("abort", giveUp);
    delivery.outcome.then(() => signal.removeEventListener("abort", giveUp));
  }

  /** Whether it is under way: another one may bear its id. */
  #start(delivery: Delivery, envelope: Envelope, options: SendOptions): boolean {
    const { signal } = options;
    const namedTo = options.id === undefined
      ? null
      : placeOf(envelope.destination, this.#yard.estate());
    const { deliveries, clock } = this.#yard;
    const { id, durable, ordered, ttlMs } = envelope;
    const fail = (error: Pick<RaetError, "code" | "message">) => {
      delivery.settle(failure(error.code, error.message), clock.now());
      return false;
    };
    if (this.#yard.isClosed()) {
      return fail({ code: "no_manor", message: "this process left the lane" });
    }
    if (deliveries.size >= DELIVERIES_MAX) {
      const message = `this process has ${DELIVERIES_MAX} messages under way`;
      return fail({ code: "queue_full", message });
    }
    if (deliveries.has(id)) {
      return fail({ code: "denied", message: `this process has a message ${id} under way` });
    }
    if (namedTo !== null && deliveries.wasGivenUp(id, namedTo)) {
      const message = `this process sent message ${id} before, and to somebody else`;
      return fail({ code: "denied", message });
    }
    if (signal?.aborted) {
      return fail({
        code: "expired",
        message: "its sender gave the message up before it was sent",
      });
    }
    const follows = durable || ordered && deliveries.hasUnsent;
    if (follows && (this.#yard.isGone() || this.#catchUp.isRunning)) {
      // All that the manor may not have is sent at once when it is back, in the order in which it came.
      deliveries.addWaiting(delivery, ttlMs!, envelope, namedTo);
      return true;
    }
    const handle = this.#yard.transmit(envelope);
    if (handle instanceof RaetError) return fail(handle);
    deliveries.add(delivery, handle, ttlMs!, durable ? envelope : null, namedTo);
    return true;
  }
}
