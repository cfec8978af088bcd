/**
 * The ciphers by tweetnacl: plain JavaScript that runs anywhere. The yardstick for every other
 * provider and the fallback for each, with the corners of `strict.ts` cut off. Slow: a signature takes
 * 6 ms and a check 12 ms.
 *
 * @module
 */
import nacl from "tweetnacl";
import { equalBytes, fromHex } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import { deadBox } from "./dead_box.ts";
import { BOX_OVERHEAD_BYTES, type Crypto, KEY_BYTES, NONCE_BYTES } from "./port.ts";
import { isStrictSignature, isStrictVerifyKey } from "./strict.ts";

/** Signatures and boxes by tweetnacl; see `Crypto` for the behaviour with keys that a peer chose. */
export const tweetnaclCrypto: Crypto = {
  name: "tweetnacl",

  signer(seed) {
    assert(seed.length === KEY_BYTES, "a signing seed has 32 bytes");
    const pair = nacl.sign.keyPair.fromSeed(seed);
    return {
      verifyKey: pair.publicKey,
      sign: (message) => nacl.sign.detached(message, pair.secretKey),
    };
  },

  verifier(verifyKey) {
    if (!isStrictVerifyKey(verifyKey)) return { verify: () => false };
    const key = verifyKey.slice();
    return {
      verify: (message, signature) =>
        isStrictSignature(signature) && nacl.sign.detached.verify(message, signature, key),
    };
  },

  boxPublicKey(secret) {
    assert(secret.length === KEY_BYTES, "a box secret has 32 bytes");
    return nacl.scalarMult.base(secret);
  },

  box(ourSecret, theirPublic) {
    assert(ourSecret.length === KEY_BYTES, "a box secret has 32 bytes");
    if (theirPublic.length !== KEY_BYTES) return deadBox(ourSecret, theirPublic);
    const key = nacl.box.before(theirPublic, ourSecret);
    if (equalBytes(key, NO_SECRET)) return deadBox(ourSecret, theirPublic);
    return {
      seal(plain, nonce) {
        assert(nonce.length === NONCE_BYTES, "a nonce has 24 bytes");
        return nacl.secretbox(plain, nonce, key);
      },
      open(sealed, nonce) {
        if (nonce.length !== NONCE_BYTES || sealed.length < BOX_OVERHEAD_BYTES) return null;
        return nacl.secretbox.open(sealed, nonce, key);
      },
    };
  },
};

/** The shared key that every small-order point gives: HSalsa20 of nothing but zeros. */
const NO_SECRET = fromHex("351f86faa3b988468a850122b65b0acece9c4826806aeee63de9c0da2bd7f91e")!;
