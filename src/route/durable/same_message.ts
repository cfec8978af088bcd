/**
 * Whether what a process sends under a known id is that message: only then it hears what became of it. For
 * that the route of one that has ended is kept with its outcome.
 *
 * @module
 */
import { Drop } from "../../base/drop.ts";
import { packBody, unpackBody } from "../../wire/body.ts";
import { BodyKind } from "../../wire/kinds.ts";
import { type Envelope, makeEnvelope, packEnvelope, readEnvelope } from "../envelope.ts";
import { mayTakeOver } from "../grants.ts";
import { failure, type Result } from "../outcome.ts";
import { placeOf } from "../triple.ts";

/** From whom a message is, and for whom. */
export type Route = Pick<Envelope, "source" | "destination">;

/**
 * Why a process of ours gets no word of the message whose id it uses; null if it is the same message.
 *
 * @param known null where that is not known any more: of what a raet before this one ended
 * @param estate our estate's name
 */
export function denialOf(known: Route | null, sent: Envelope, estate: string): Result | null {
  if (!known) return null;
  const isSame = placeOf(known.destination, estate) === placeOf(sent.destination, estate);
  if (isSame && mayTakeOver(sent.source.yard, known.source.yard)) return null;
  const whom = isSame ? "by somebody else" : "and to somebody else";
  return failure("denied", `message ${sent.id} was sent before, ${whom}`);
}

/** A route, as it is kept with an outcome. */
export function packRoute({ source, destination }: Route): Uint8Array {
  return packBody(BodyKind.msgpack, packEnvelope(makeEnvelope({ source, destination })));
}

/** A route that was kept; null if there is none that can be read. */
export function readRoute(packed: Uint8Array | null): Route | null {
  const body = packed && unpackBody(BodyKind.msgpack, packed);
  if (!body || body instanceof Drop) return null;
  const envelope = readEnvelope(body);
  return envelope instanceof Drop ? null : envelope;
}
