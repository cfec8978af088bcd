/**
 * What two operators read to each other before they accept a key.
 *
 * @module
 */
import { sha256Hex } from "./digest.ts";
import { assert, RaetError } from "../base/errors.ts";
import { KEY_BYTES } from "./port.ts";

/**
 * SHA-256 over the 32 bytes of the verify key, then the 32 of the box key, as 64 lower-case hex digits
 * without gaps: what goes into JSON and is compared by programs.
 */
export function fingerprint(verifyKey: Uint8Array, boxKey: Uint8Array): string {
  assert(verifyKey.length === KEY_BYTES && boxKey.length === KEY_BYTES, "keys have 32 bytes");
  return sha256Hex(verifyKey, boxKey);
}

/**
 * Reads a whole fingerprint as people write it: in groups, with colons, in capitals.
 *
 * @throws {RaetError} `usage`
 */
export function readFingerprint(text: string): string {
  const digits = text.toLowerCase().replace(/[\s:]/g, "");
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw new RaetError(
    "usage",
    `"${text}" is not a fingerprint: expected all 64 hex digits, as raet keys show prints them`,
  );
}

/** The same in sixteen groups of four, for people: `1f2e 3d4c …`. */
export function groupFingerprint(text: string): string {
  return text.replace(/(.{4})(?=.)/g, "$1 ");
}
