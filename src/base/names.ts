/**
 * What may be a name. Ours are narrow; from a peer we take what the reference allows, and escape it
 * before it meets a path (design.md, Words).
 *
 * @module
 */
import { RaetError } from "./errors.ts";
import { PEER_NAME_CHARS_MAX } from "./limits.ts";

const OWN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/;
const OWN_YARD = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/;
const OWN_SHARE = /^[A-Za-z0-9_.][A-Za-z0-9_-]{0,254}$/;

/** The kinds of names that are checked where they are chosen. */
export type NameKind = "estate" | "role" | "lane" | "yard" | "share";

/** Whether a name is one that we would give. */
export function isOwnName(kind: NameKind, name: unknown): name is string {
  if (typeof name !== "string") return false;
  if (kind === "yard") return OWN_YARD.test(name);
  if (kind === "share") return OWN_SHARE.test(name);
  return OWN_NAME.test(name);
}

/**
 * Returns the name if it is one that we would give.
 *
 * @throws {RaetError} `usage` otherwise
 */
export function checkOwnName(kind: NameKind, name: string): string {
  if (isOwnName(kind, name)) return name;
  const of = kind === "estate" ? "an" : "a";
  throw new RaetError(
    "usage",
    `"${name}" can't be the name of ${of} ${kind}: expected 1 to ${RULES[kind] ?? OTHER_RULE}`,
  );
}

const RULES: Partial<Record<NameKind, string>> = {
  yard: "63 of a-z A-Z 0-9 _ -, not beginning with a dash",
  share: "255 of a-z A-Z 0-9 _ -, not beginning with a dash (a first dot marks controls)",
};
const OTHER_RULE = "63 of a-z A-Z 0-9 . _ -, not beginning with a dot or a dash";

/** Whether a name that a peer announced can be taken: printable, no slash, space or control. */
export function isPeerName(name: unknown): name is string {
  return typeof name === "string" && name.length >= 1 && name.length <= PEER_NAME_CHARS_MAX &&
    !/[\s/\p{C}]/u.test(name);
}
