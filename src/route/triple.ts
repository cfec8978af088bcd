/**
 * A route's end: estate, yard and share, written `estate/yard/share` with exactly two slashes. An
 * empty part is the default: this host, its manor, the share `inbox` (protocol.md 7).
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { isOwnName, isPeerName } from "../base/names.ts";
import type { Value } from "../base/value.ts";

/** Where a message comes from or goes to; an empty text stands for the default. */
export interface Triple {
  /** the host, by its estate's name */
  readonly estate: string;
  /** the process */
  readonly yard: string;
  /** the queue */
  readonly share: string;
}

/** The yard of the process that owns the road. */
export const MANOR_YARD = "manor";
/** What the names of operators' yards begin with (manor/operators.ts), and no others should. */
export const OPERATOR_PREFIX = "op-";
/** The name of the lane in a home of ours. */
export const LANE_NAME = "lane";
/** The share that every yard has, and that an empty share means. */
export const INBOX = "inbox";

/**
 * Reads `estate/yard/share`.
 *
 * @throws {RaetError} `bad_route` if it has not exactly two slashes, or a part can't be a name
 */
export function parseTriple(text: string): Triple {
  const parts = text.split("/");
  if (parts.length !== 3) {
    throw new RaetError(
      "bad_route",
      `"${text}" is not a route: expected estate/yard/share with exactly two slashes${
        suggestion(parts)
      }`,
    );
  }
  const [estate, yard, share] = parts;
  if (estate !== "" && !isPeerName(estate)) throw badPart(text, "estate", estate);
  if (yard !== "" && !isOwnName("yard", yard)) throw badPart(text, "yard", yard);
  if (share !== "" && !isOwnName("share", share)) throw badPart(text, "share", share);
  return { estate, yard, share };
}

/** Writes `estate/yard/share`. */
export function formatTriple(triple: Triple): string {
  return `${triple.estate}/${triple.yard}/${triple.share}`;
}

/** A route as one text, however it is named: without an estate it is of ours, without a share of the inbox. */
export function placeOf({ estate, yard, share }: Triple, ours: string): string {
  return formatTriple({ estate: estate || ours, yard, share: share || INBOX });
}

/** Reads a triple of a message: a list of three, each a name, empty or null; null if it is not one. */
export function readTriple(value: Value | undefined): Triple | null {
  if (!Array.isArray(value) || value.length !== 3) return null;
  const parts = value.map((part) => part ?? "");
  const fits = parts.every((part) => part === "" || isPeerName(part));
  if (!fits) return null;
  const [estate, yard, share] = parts as string[];
  return { estate, yard: yard === MANOR_YARD ? "" : yard, share };
}

/** A triple as messages hold it: null where it says nothing. */
export function writeTriple(triple: Triple): Value[] {
  return [triple.estate || null, triple.yard || null, triple.share || null];
}

function badPart(text: string, kind: "estate" | "yard" | "share", part: string): RaetError {
  return new RaetError(
    "bad_route",
    `"${part}" in route "${text}" can't be the name of ${kind === "estate" ? "an" : "a"} ${kind}`,
  );
}

function suggestion(parts: string[]): string {
  const [name] = parts;
  if (parts.length === 1 && isOwnName("estate", name)) {
    const share = isOwnName("share", name) ? `, and share ${name} of this host //${name}` : "";
    return `; estate ${name} would be ${name}//${share}`;
  }
  if (parts.length === 2) return `; did you mean ${parts[0]}//${parts[1]}`;
  return "";
}
