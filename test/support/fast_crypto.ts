/**
 * Ciphers for simulations: the shape of the real ones at a thousandth of their cost, and no secrecy.
 * A signature or box that was tampered with, or made with another key, fails as a real one does.
 *
 * @module
 */
import { concatBytes, equalBytes } from "../../src/base/bytes.ts";
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
        sealed.set(digest(16, key, concatBytes(nonce, plain)));
        const mask = key[0] ^ nonce[0];
        for (let i = 0; i < plain.length; i++) sealed[16 + i] = plain[i] ^ mask;
        return sealed;
      },
      open(sealed, nonce) {
        if (sealed.length < 16 || nonce.length !== 24) return null;
        const mask = key[0] ^ nonce[0];
        const plain = new Uint8Array(sealed.length - 16);
        for (let i = 0; i < plain.length; i++) plain[i] = sealed[16 + i] ^ mask;
        const tag = digest(16, key, concatBytes(nonce, plain));
        return equalBytes(tag, sealed.subarray(0, 16)) ? plain : null;
      },
    };
  },
};

function publicOf(secret: Uint8Array, salt: number): Uint8Array {
  return digest(32, secret, Uint8Array.of(salt));
}

/** Mixes all bytes of both parts into each byte of the result. */
function digest(length: number, a: Uint8Array, b: Uint8Array): Uint8Array {
  let x = 0x811c9dc5 ^ a.length;
  let y = 0x9e3779b9 ^ b.length;
  for (let i = 0; i < a.length; i++) {
    x = Math.imul(x ^ a[i], 0x01000193);
    y = Math.imul(y + x, 0x85ebca6b) ^ (y >>> 13);
  }
  for (let i = 0; i < b.length; i++) {
    x = Math.imul(x ^ b[i], 0x01000193);
    y = Math.imul(y + x, 0x85ebca6b) ^ (y >>> 13);
  }
  const result = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    x = Math.imul(x ^ y, 0x01000193) + i;
    y = Math.imul(y + x, 0xc2b2ae35) ^ (y >>> 15);
    result[i] = x >>> 24 ^ y;
  }
  return result;
}

function isLess(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
}
