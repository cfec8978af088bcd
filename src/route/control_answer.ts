/**
 * The answer to a control call, as a message to the yard that called.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Value } from "../base/value.ts";
import { CONTROL_SHARE } from "./control.ts";
import { type Envelope, makeEnvelope } from "./envelope.ts";
import { failure } from "./outcome.ts";
import type { ControlCall } from "./ports.ts";
import { MANOR_YARD } from "./triple.ts";

/** What a call ended in, a value or an error, in an envelope. @param estate our name */
export function answerTo(
  { envelope }: ControlCall,
  answer: Value | RaetError,
  estate: string,
): Envelope {
  const failed = answer instanceof RaetError;
  return makeEnvelope({
    source: { estate, yard: MANOR_YARD, share: CONTROL_SHARE },
    destination: envelope.source,
    answers: [envelope.id],
    result: failed ? failure(answer.code, answer.message) : { status: "delivered" },
    payload: failed ? {} : answer,
  });
}
