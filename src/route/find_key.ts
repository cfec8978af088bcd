/**
 * Finding a key by what an operator calls it.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import type { KeyView } from "./control.ts";

const FINGERPRINT_PREFIX = /^[0-9a-f]{8,64}$/;

/**
 * The one key that a role, an estate or the beginning of a fingerprint names.
 *
 * @throws {RaetError} `no_key` if there is none, `usage` if there are several
 */
export function findKey(rows: readonly KeyView[], name: string): KeyView {
  const byRole = rows.filter((key) => key.role === name);
  if (byRole.length === 1) return byRole[0];
  const byEstate = rows.filter((key) => key.estates.includes(name));
  const digits = name.toLowerCase().replace(/[\s:]/g, "");
  const byFingerprint = FINGERPRINT_PREFIX.test(digits)
    ? rows.filter((key) => key.fingerprint.startsWith(digits))
    : [];
  const found = byEstate.length > 0 ? byEstate : byFingerprint;
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
    `no key "${name}" is on record: expected a role, an estate or 8 or more digits of a fingerprint${
      didYouMean(name, names)
    }`,
  );
}
