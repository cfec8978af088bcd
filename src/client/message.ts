/**
 * A message as a program gets it, and the way back to whoever sent it.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Value } from "../base/value.ts";
import type { MessageKey } from "../route/control.ts";
import type { Envelope } from "../route/envelope.ts";
import { errorReply, type Reply } from "../route/reply.ts";
import { INBOX, MANOR_YARD, type Triple } from "../route/triple.ts";
import type { Delivery } from "./delivery.ts";

/** A message as a program gets it. */
export interface Message {
  /** who sent it, all parts filled */
  readonly from: Triple;
  /** where it was sent, all parts filled */
  readonly to: Triple;
  /** its id, 32 hex digits; another host may have given a message of its own the same */
  readonly id: string;
  /** what was sent */
  readonly body: Value;
  /** the sender's word for the kind of message, where it gave one */
  readonly type: string | null;
  /** whether its sender waits for an answer */
  readonly asks: boolean;
  /** whether it is kept on disk until the program is done with it */
  readonly durable: boolean;
  /** whether a process that went away, or gave it back, may have seen it before; durable ones only */
  readonly redelivered: boolean;
  /**
   * Says that the work of a durable message is done, so that nobody gets it again. True once that is on
   * the manor's disk; false if it came too late, so that another process may have got it. Of other
   * messages that was said before the program saw them, so there it does nothing.
   */
  done(): Promise<boolean>;
  /**
   * Answers it. Of several answers the sender takes the first; one that comes after the sender's time
   * fails with `expired`.
   *
   * @throws {RaetError} `usage` if the sender asked for nothing; `bad_body`
   */
  answer(body: Value): Delivery;
  /**
   * Answers that the work failed.
   *
   * @param code a word for what went wrong, up to 64 characters
   * @param message what there is to say of it; of a long one the last 4000 characters are told
   * @param exit the exit code of the command that did the work, if it was one
   * @throws {RaetError} `usage` if the sender asked for nothing
   */
  fail(code: string, message: string, exit?: number | null): Delivery;
}

/** Sends an answer to where the envelope came from. */
export type SendReply = (request: Envelope, reply: Reply, body: Value) => Delivery;

/** A message out of its envelope. `estate` is the name of this host's. */
export function messageOf(
  envelope: Envelope,
  estate: string,
  send: SendReply,
  done: (envelope: Envelope) => Promise<boolean>,
): Message {
  const from = filled(envelope.source);
  const reply = (reply: Reply, body: Value) => {
    if (envelope.job !== "") return send(envelope, reply, body);
    throw new RaetError(
      "usage",
      `message ${envelope.id} asks for no answer: it was sent, not asked`,
    );
  };
  return {
    from,
    to: { ...filled(envelope.destination), estate },
    id: envelope.id,
    body: envelope.payload,
    type: envelope.type,
    asks: envelope.job !== "",
    durable: isDurable(envelope),
    redelivered: envelope.redelivered,
    done: () => isDurable(envelope) ? done(envelope) : Promise.resolve(true),
    answer: (body) => reply({ status: "answered" }, body),
    fail: (code, message, exit = null) => reply(errorReply(code, message, exit), {}),
  };
}

/** Whether a message that came has to be acknowledged after the work; copies are never. */
export function isDurable({ durable, wants }: Envelope): boolean {
  return durable && wants;
}

/** What a durable message is known by. */
export function keyOf({ source, id }: Envelope): MessageKey {
  return { estate: source.estate, id };
}

/** The same as one text, for maps. */
export function keyText({ estate, id }: MessageKey): string {
  return `${estate}/${id}`;
}

/** A route's end with all parts filled but the estate, which the manor fills. */
export function filled(triple: Triple): Triple {
  return {
    estate: triple.estate,
    yard: triple.yard || MANOR_YARD,
    share: triple.share || INBOX,
  };
}
