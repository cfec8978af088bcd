/**
 * Finding a key by what an operator calls it.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import type { KeyView } from "./control.ts";

/** Digits of a fingerprint that are enough to point at a key; a whole one has all. */
const POINTING_DIGITS = 8;
const ALL_DIGITS = 64;

/**
 * The one key that a role, an estate or the beginning of a fingerprint names. A stranger may have called
 * itself like the fingerprint of another one, which is no secret: a whole one is that first.
 *
 * @throws {RaetError} `no_key` if there is none, `usage` if there are several, or too few digits
 */
export function findKey(rows: readonly KeyView[], name: string): KeyView {
  const byRole = rows.filter((key) => key.role === name);
  const byEstate = rows.filter((key) => key.estates.includes(name));
  const byName = byRole.length > 0 ? byRole : byEstate;
  const digits = digitsOf(name);
  const byFingerprint = digits === null
    ? []
    : rows.filter((key) => key.fingerprint.startsWith(digits));
  if (digits?.length === ALL_DIGITS && byFingerprint.length === 1) return byFingerprint[0];
  const found = byName.length === 0
    ? byFingerprint
    : digits !== null && digits.length >= POINTING_DIGITS
    ? [...new Set([...byName, ...byFingerprint])]
    : byName;
  if (found === byFingerprint && found.length > 0 && digits!.length < POINTING_DIGITS) {
    throw new RaetError(
      "usage",
      `"${name}" is too short for a fingerprint: expected ${POINTING_DIGITS} or more of its digits`,
    );
  }
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    const roles = found.map((key) => key.role).join(", ");
    throw new RaetError(
      "usage",
      `"${name}" fits the keys of ${roles}: expected one of these roles`,
    );
  }
  const names = rows.flatMap((key) => [key.role, ...key.estates]);
  throw new RaetError(
    "no_key",
    `no key "${name}" is on record: expected a role, an estate or ${POINTING_DIGITS} or more digits of a fingerprint${
      didYouMean(name, names)
    }`,
  );
}

/**
 * The same for accepting it. Who names a key by its fingerprint relies on that, and keys that share
 * its first digits can be made by trying: so all digits are needed.
 *
 * @throws {RaetError} as `findKey`; `usage` for the beginning of a fingerprint
 */
export function findKeyToAccept(rows: readonly KeyView[], name: string): KeyView {
  const key = findKey(rows, name);
  if (digitsOf(name)?.length === ALL_DIGITS) {
    if (key.fingerprint === digitsOf(name)) return key;
    throw new RaetError(
      "no_key",
      `no key with the fingerprint "${name}" is on record: expected one that raet keys shows`,
    );
  }
  if (key.role === name || key.estates.includes(name)) return key;
  throw new RaetError(
    "usage",
    `"${name}" is only the beginning of a fingerprint, which others can make too: expected all ${ALL_DIGITS} ` +
      `digits, or the role ${key.role} once you have compared them`,
  );
}

/** A text as hex digits, as people write them in groups; null if it is something else. */
function digitsOf(name: string): string | null {
  const digits = name.toLowerCase().replace(/[\s:]/g, "");
  return /^[0-9a-f]{1,64}$/.test(digits) ? digits : null;
}
