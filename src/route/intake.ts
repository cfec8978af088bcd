/**
 * The door: what a body that came over the lane or the road is, and whether it may come in. The
 * source must be who sent it; controls are reached from the own lane only (protocol.md 7).
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { type Body, isBody } from "../base/value.ts";
import { bareEnvelope, type Envelope, HOPS_MAX, isReceiptHead, readEnvelope } from "./envelope.ts";
import { failure, type Result } from "./outcome.ts";
import { INBOX, MANOR_YARD } from "./triple.ts";

/** What came in. */
export type Intake =
  | { is: "message" | "receipt" | "note" | "control"; envelope: Envelope }
  /** not let in, but its sender is told */
  | { is: "refused"; envelope: Envelope; drop: Drop; result: Result };

/** Looks at a message that came from a yard's socket. `estate` is our name. */
export function fromLane(body: Body, yard: string, estate: string): Intake | Drop {
  const envelope = readEnvelope(body);
  if (envelope instanceof Drop) return envelope;
  const { source, destination } = envelope;
  if (source.yard === "") return new Drop("no_source", "no source yard");
  if (source.yard !== yard || (source.estate !== "" && source.estate !== estate)) {
    return new Drop("false_source", `yard ${yard}`);
  }
  if (envelope.answers.length > 0) return about(envelope);
  const local = destination.estate === "" || destination.estate === estate;
  if (local && destination.yard === "" && destination.share.startsWith(".")) {
    return { is: "control", envelope };
  }
  return admit({ ...envelope, source: { ...source, estate } });
}

/**
 * Looks at a message that came from the estate whose keys signed it.
 *
 * @param estate our name
 * @param agoMs how long ago it began to come: what it says of its life was so then
 */
export function fromRoad(body: Body, sender: string, estate: string, agoMs = 0): Intake | Drop {
  const envelope = body.route === undefined ? bareEnvelope(body, sender) : readEnvelope(body);
  if (envelope instanceof Drop) return envelope;
  const { source, destination } = envelope;
  if (source.estate === "") return new Drop("no_source", "no source estate");
  if (source.estate !== sender) return new Drop("false_source", `estate ${sender}`);
  if (envelope.answers.length > 0) return about(envelope);
  if (destination.estate !== "" && destination.estate !== estate) {
    const why = `estate "${estate}" passes nothing on to estate "${destination.estate}"`;
    return refused(envelope, new Drop("not_for_us"), failure("no_estate", why));
  }
  if (destination.share.startsWith(".")) {
    const why = `share "${destination.share}" is reached from its own host only`;
    return refused(envelope, new Drop("control_from_road"), failure("denied", why));
  }
  const ttlMs = envelope.ttlMs === null ? null : Math.max(0, Math.round(envelope.ttlMs - agoMs));
  return admit({ ...envelope, ttlMs, hops: envelope.hops + 1 });
}

/** The share of the manor that a message from the road is for; null if it is for a yard. */
export function shareOf({ route }: Body): string | null {
  const [, yard, share] = isBody(route) && Array.isArray(route.dst) ? route.dst : [];
  if (yard && yard !== MANOR_YARD) return null;
  return typeof share === "string" && share !== "" ? share : INBOX;
}

function about(envelope: Envelope): Intake {
  return { is: envelope.note === null ? "receipt" : "note", envelope };
}

/** Whether a body from the road has to wait in memory here. Receipts and notes don't, and make room at most. */
export function needsRoom({ raet }: Body): boolean {
  if (!isBody(raet)) return true;
  return raet.durable !== true && !isReceiptHead(raet); // what is durable waits on disk
}

function admit(envelope: Envelope): Intake {
  if (envelope.hops <= HOPS_MAX) return { is: "message", envelope };
  const why = "the message went round in circles";
  return refused(envelope, new Drop("too_many_hops"), failure("no_estate", why));
}

function refused(envelope: Envelope, drop: Drop, result: Result): Intake {
  return { is: "refused", envelope, drop, result };
}
