/**
 * The rules that make all providers give the same verdict, also on input that a hostile peer chose.
 *
 * Libraries differ on four corners of Ed25519 and X25519. In each we take the strict side, before the
 * library is asked, so that swapping a provider never changes who is believed:
 *
 * - a signature whose S half is not below the group order (a second valid form of the same signature:
 *   tweetnacl takes it, libsodium, ring and OpenSSL don't) is false
 * - a verify key of small order verifies nothing: tweetnacl and ring take a made-up signature for it
 *   (the all-zero one for the all-zero key, for instance), libsodium doesn't
 * - a verify key whose y is not below the field prime (a second form of the same key) verifies nothing:
 *   libsodium refuses it, the others don't
 * - a box key of small order, which makes a shared secret that everybody knows: libsodium refuses it,
 *   tweetnacl goes on. `deadBox` says what becomes of it.
 *
 * One corner is left out on purpose: libsodium also refuses a signature whose R half has small order.
 * Only who holds the signing key can make one for a key that passes the rules above, so it forges
 * nothing, and the providers in use here agree on it.
 *
 * @module
 */
import { fromHex } from "../base/bytes.ts";
import { KEY_BYTES, SIGNATURE_BYTES } from "./port.ts";

/** Whether a verify key is one that can have signed anything: canonical, and not of small order. */
export function isStrictVerifyKey(key: Uint8Array): boolean {
  if (key.length !== KEY_BYTES) return false;
  const y = key.slice();
  y[KEY_BYTES - 1] &= 0x7f; // the sign of x: both signs of a small-order y have small order
  if (!isBelow(y, FIELD_PRIME)) return false;
  return !SMALL_ORDER_Y.some((small) => small.every((byte, i) => byte === y[i]));
}

/** Whether a signature has the right size and the one S that its signer would have written. */
export function isStrictSignature(signature: Uint8Array): boolean {
  return signature.length === SIGNATURE_BYTES && isBelow(signature.subarray(32), GROUP_ORDER);
}

/** Compares two 32-byte little-endian numbers. Nothing here is secret. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = KEY_BYTES - 1; i >= 0; i--) {
    if (a[i] !== b[i]) return a[i] < b[i];
  }
  return false;
}

function constant(hex: string): Uint8Array {
  return fromHex(hex)!;
}

/** 2^255 - 19, little-endian. */
const FIELD_PRIME = constant("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
/** 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 8032, 5.1). */
const GROUP_ORDER = constant("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
/** The y of the eight points whose order divides 8 (five values: x of either sign). */
const SMALL_ORDER_Y = [
  constant("0000000000000000000000000000000000000000000000000000000000000000"),
  constant("0100000000000000000000000000000000000000000000000000000000000000"),
  constant("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
  constant("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
  constant("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
];
