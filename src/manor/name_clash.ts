/**
 * A process of the lane under the name of a yard of the manor's own process: it must not speak for
 * that one, nor take its claims away by leaving.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import type { Body } from "../base/value.ts";
import { makeEnvelope, packEnvelope, readEnvelope } from "../route/envelope.ts";
import { failure } from "../route/outcome.ts";
import { MANOR_YARD } from "../route/triple.ts";

/** What such a process is told of a message; null for one that has no id to answer. */
export function refusalOfClash(body: Body, yard: string): Body | null {
  const envelope = readEnvelope(body);
  if (envelope instanceof Drop || envelope.id === "") return null;
  const why = `yard "${yard}" is one of the manor's own process: expected another name`;
  return packEnvelope(makeEnvelope({
    source: { estate: "", yard: MANOR_YARD, share: "" },
    destination: envelope.source,
    answers: [envelope.id],
    result: failure("usage", why),
  }));
}
