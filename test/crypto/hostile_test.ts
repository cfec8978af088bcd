import assert from "node:assert/strict";
import { describe, it } from "node:test";
import nacl from "tweetnacl";
import { concatBytes, fromHex, toHex, utf8 } from "../../src/base/bytes.ts";
import { loadCrypto } from "../../src/crypto/load.ts";
import type { Crypto } from "../../src/crypto/port.ts";
import { tweetnaclCrypto } from "../../src/crypto/tweetnacl.ts";

const providers: [string, Crypto][] = [
  ["tweetnacl", tweetnaclCrypto],
  ["the loaded provider", await loadCrypto()],
];
const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const seed = new Uint8Array(32).fill(7);
const text = utf8("pay me");

/** 32 bytes, little-endian; `sign` sets the highest bit. */
function number32(value: bigint, sign = false): Uint8Array {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
  if (sign) bytes[31] |= 0x80;
  return bytes;
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
}

const EIGHT_Y = [
  toNumber(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")!),
  toNumber(fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")!),
];
const smallVerifyKeys = [0n, 1n, P - 1n, ...EIGHT_Y, P, P + 1n]
  .flatMap((y) => [number32(y), number32(y, true)]);
const oddVerifyKeys = Array.from({ length: 19 }, (_, i) => P + BigInt(i))
  .flatMap((y) => [number32(y), number32(y, true)]);

const EIGHT_U = [
  toNumber(fromHex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")!),
  toNumber(fromHex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")!),
];
const smallBoxKeys = [0n, 1n, P - 1n, ...EIGHT_U, P, P + 1n]
  .flatMap((u) => [number32(u), number32(u, true)]);

describe("the corners that tweetnacl by itself leaves open", () => {
  it("are real: it takes an all-zero signature by the all-zero key", () => {
    const zeros = new Uint8Array(64);
    assert.equal(nacl.sign.detached.verify(new Uint8Array(3), zeros, new Uint8Array(32)), true);
  });

  it("are real: it takes a signature with the group order added to S", () => {
    const pair = nacl.sign.keyPair.fromSeed(seed);
    const signature = addToS(nacl.sign.detached(text, pair.secretKey), L);
    assert.equal(nacl.sign.detached.verify(text, signature, pair.publicKey), true);
  });

  it("are real: each small-order box key gives the same key to everybody", () => {
    const known = toHex(nacl.box.before(new Uint8Array(32), seed));
    for (const key of smallBoxKeys) {
      assert.equal(toHex(nacl.box.before(key, new Uint8Array(32).fill(99))), known, toHex(key));
    }
  });
});

for (const [name, crypto] of providers) {
  describe(`${name} before a hostile verify key or signature`, () => {
    it("verifies nothing under a key of small order, in any of its spellings", () => {
      const identity = concatBytes(number32(1n), new Uint8Array(32));
      const signatures = [new Uint8Array(64), identity, ...smallVerifyKeys.map(withZeroS)];
      for (const key of smallVerifyKeys) {
        const verifier = crypto.verifier(key);
        for (const signature of signatures) {
          for (const message of [new Uint8Array(0), new Uint8Array(3), text]) {
            assert.equal(verifier.verify(message, signature), false, toHex(key));
          }
        }
      }
    });

    it("verifies nothing under a key written with a y past the field prime", () => {
      for (const key of oddVerifyKeys) {
        assert.equal(crypto.verifier(key).verify(text, new Uint8Array(64)), false, toHex(key));
      }
    });

    it("verifies nothing under bytes that are no point of the curve", () => {
      for (const key of [number32(2n), number32(7n), new Uint8Array(32).fill(0xff)]) {
        assert.equal(crypto.verifier(key).verify(text, new Uint8Array(64)), false, toHex(key));
      }
    });

    it("takes a signature in one spelling only", () => {
      const signer = crypto.signer(seed);
      const signature = signer.sign(text);
      const verifier = crypto.verifier(signer.verifyKey);
      assert.equal(verifier.verify(text, signature), true);
      for (let times = 1n; times <= 14n; times++) {
        assert.equal(verifier.verify(text, addToS(signature, times * L)), false, `${times}`);
      }
      const highest = concatBytes(signature.subarray(0, 32), number32(L));
      assert.equal(verifier.verify(text, highest), false);
    });

    it("judges an R of small order as tweetnacl does: only the signer can make one that fits", () => {
      const { verifyKey } = crypto.signer(seed);
      const verdicts = smallVerifyKeys.map((r) => {
        const signature = concatBytes(r, number32(sForR(r, verifyKey)));
        assert.equal(
          crypto.verifier(verifyKey).verify(text, signature),
          nacl.sign.detached.verify(text, signature, verifyKey),
          toHex(r),
        );
        return nacl.sign.detached.verify(text, signature, verifyKey);
      });
      assert.equal(verdicts.filter(Boolean).length, 1, "the neutral point, in its own spelling");
    });

    it("says false to signatures and keys of any other size", () => {
      const signer = crypto.signer(seed);
      const signature = signer.sign(text);
      for (const length of [0, 1, 63]) {
        const cut = signature.subarray(0, length);
        assert.equal(crypto.verifier(signer.verifyKey).verify(text, cut), false);
      }
      const long = concatBytes(signature, new Uint8Array(1));
      assert.equal(crypto.verifier(signer.verifyKey).verify(text, long), false);
      for (const length of [0, 31, 33, 64]) {
        const key = concatBytes(signer.verifyKey, new Uint8Array(32)).subarray(0, length);
        assert.equal(crypto.verifier(key).verify(text, signature), false);
      }
    });

    it("goes on verifying as before when the bytes of the key change afterwards", () => {
      const signer = crypto.signer(seed);
      const key = signer.verifyKey.slice();
      const verifier = crypto.verifier(key);
      key.fill(0);
      assert.equal(verifier.verify(text, signer.sign(text)), true);
    });
  });

  describe(`${name} before a hostile box key`, () => {
    const nonce = new Uint8Array(24).fill(1);
    const known = nacl.box.before(new Uint8Array(32), seed);

    it("opens nothing under a key of small order, in any of its spellings", () => {
      for (const key of smallBoxKeys) {
        const box = crypto.box(seed, key);
        assert.equal(box.open(nacl.secretbox(text, nonce, known), nonce), null, toHex(key));
        assert.equal(box.open(box.seal(text, nonce), nonce), null, toHex(key));
      }
    });

    it("seals for such a key so that the key known to everybody doesn't open it", () => {
      for (const key of smallBoxKeys) {
        const sealed = crypto.box(seed, key).seal(text, nonce);
        assert.equal(sealed.length, text.length + 16);
        assert.equal(nacl.secretbox.open(sealed, nonce, known), null, toHex(key));
        const plainKey = nacl.secretbox.open(sealed, nonce, new Uint8Array(32));
        assert.equal(plainKey, null);
      }
    });

    it("works with a point written past the field prime that is not of small order", () => {
      const odd = number32(P + 9n, true);
      const sealed = crypto.box(seed, odd).seal(text, nonce);
      assert.deepEqual(crypto.box(seed, number32(9n)).open(sealed, nonce), text);
    });

    it("opens nothing under a key of another size, and never throws", () => {
      for (const length of [0, 31, 33]) {
        const box = crypto.box(seed, new Uint8Array(length).fill(9));
        assert.equal(box.open(box.seal(text, nonce), nonce), null);
      }
    });

    it("gives null for a box shorter than its tag and for a nonce of another size", () => {
      const box = crypto.box(seed, crypto.boxPublicKey(seed));
      const sealed = box.seal(text, nonce);
      for (const length of [0, 1, 15, 16]) {
        assert.equal(box.open(sealed.subarray(0, length), nonce), null);
      }
      for (const length of [0, 23]) {
        assert.equal(box.open(sealed, nonce.subarray(0, length)), null);
      }
      assert.equal(box.open(sealed, concatBytes(nonce, nonce)), null);
    });

    it("asserts on seeds, secrets and sealing nonces of the wrong size: those are ours", () => {
      const fault = { code: "internal" };
      const box = crypto.box(seed, crypto.boxPublicKey(seed));
      const hostile = crypto.box(seed, new Uint8Array(32));
      assert.throws(() => crypto.signer(seed.subarray(1)), fault);
      assert.throws(() => crypto.boxPublicKey(seed.subarray(1)), fault);
      assert.throws(() => crypto.box(seed.subarray(1), seed), fault);
      assert.throws(() => box.seal(text, nonce.subarray(1)), fault);
      assert.throws(() => hostile.seal(text, nonce.subarray(1)), fault);
    });
  });
}

describe("a box with a hostile key", () => {
  it("seals to the same bytes on every provider", () => {
    const nonce = new Uint8Array(24);
    const sealed = providers.map(([, crypto]) =>
      toHex(crypto.box(seed, number32(1n)).seal(text, nonce))
    );
    assert.equal(new Set(sealed).size, 1);
  });
});

function addToS(signature: Uint8Array, amount: bigint): Uint8Array {
  const s = toNumber(signature.subarray(32)) + amount;
  assert.ok(s < 2n ** 256n);
  return concatBytes(signature.subarray(0, 32), number32(s));
}

/** The S that the owner of `seed` gets for `text` from r = 0, whatever R is written. */
function sForR(r: Uint8Array, verifyKey: Uint8Array): bigint {
  const secret = nacl.hash(seed).slice(0, 32);
  secret[0] &= 248;
  secret[31] = (secret[31] & 127) | 64;
  return toNumber(nacl.hash(concatBytes(r, verifyKey, text))) * toNumber(secret) % L;
}

function withZeroS(r: Uint8Array): Uint8Array {
  return concatBytes(r, new Uint8Array(32));
}
