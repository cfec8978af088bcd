/**
 * Ciphers for simulations: the shape of the real ones at a thousandth of their cost, and no secrecy.
 * A signature or box that was tampered with, or made with another key, fails as a real one does.
 *
 * @module
 */
import { equalBytes } from "../../src/base/bytes.ts";
import type { Crypto } from "../../src/crypto/port.ts";

/** Not ciphers. For tests of everything but ciphers. */
export const fastCrypto: Crypto = {
  name: "none, for simulations",

  signer(seed) {
    const verifyKey = publicOf(seed, 1);
    return { verifyKey, sign: (message) => digest(64, verifyKey, message) };
  },

  verifier(verifyKey) {
    const key = verifyKey.slice();
    return { verify: (message, signature) => equalBytes(signature, digest(64, key, message)) };
  },

  boxPublicKey: (secret) => publicOf(secret, 2),

  box(ourSecret, theirPublic) {
    // The same for both sides: the two public keys in their order.
    const ourPublic = publicOf(ourSecret, 2);
    const first = isLess(ourPublic, theirPublic) ? ourPublic : theirPublic;
    const key = digest(32, first, first === ourPublic ? theirPublic : ourPublic);
    return {
      seal(plain, nonce) {
        const sealed = new Uint8Array(16 + plain.length);
        sealed.set(digest(16, key, nonce, plain));
        const mask = key[0] ^ nonce[0];
        for (let i = 0; i < plain.length; i++) sealed[16 + i] = plain[i] ^ mask;
        return sealed;
      },
      open(sealed, nonce) {
        if (sealed.length < 16 || nonce.length !== 24) return null;
        const mask = key[0] ^ nonce[0];
        const plain = new Uint8Array(sealed.length - 16);
        for (let i = 0; i < plain.length; i++) plain[i] = sealed[16 + i] ^ mask;
        const tag = digest(16, key, nonce, plain);
        return equalBytes(tag, sealed.subarray(0, 16)) ? plain : null;
      },
    };
  },
};

function publicOf(secret: Uint8Array, salt: number): Uint8Array {
  return digest(32, secret, Uint8Array.of(salt));
}

// Sums of the digest that is being made: it is on the path of every packet of a simulation.
let x = 0;
let y = 0;

/** Mixes all bytes of all parts into each byte of the result. */
function digest(length: number, ...parts: Uint8Array[]): Uint8Array {
  x = 0x811c9dc5;
  y = 0x9e3779b9;
  for (const part of parts) mix(part);
  const result = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    x = Math.imul(x ^ y, 0x01000193) + i;
    y = Math.imul(y + x, 0xc2b2ae35) ^ (y >>> 15);
    result[i] = x >>> 24 ^ y;
  }
  return result;
}

/** Four bytes at a time: each step can be undone, so that no change of one word goes unnoticed. */
function mix(part: Uint8Array): void {
  const { length } = part;
  let a = x ^ length, b = y;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    a = Math.imul(
      a ^ (part[i] | part[i + 1] << 8 | part[i + 2] << 16 | part[i + 3] << 24),
      0x01000193,
    );
    b = Math.imul(b + a, 0x85ebca6b) ^ (b >>> 13);
  }
  for (; i < length; i++) {
    a = Math.imul(a ^ part[i], 0x01000193);
    b = Math.imul(b + a, 0x85ebca6b) ^ (b >>> 13);
  }
  x = a;
  y = b;
}

function isLess(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
}
