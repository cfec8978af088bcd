import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { concatBytes, fromHex, toHex } from "../../src/base/bytes.ts";
import { composeCrypto, loadCrypto } from "../../src/crypto/load.ts";
import { nodeSigning } from "../../src/crypto/node_signing.ts";
import type { Crypto } from "../../src/crypto/port.ts";
import { loadSodiumBoxing } from "../../src/crypto/sodium_boxing.ts";
import { tweetnaclCrypto } from "../../src/crypto/tweetnacl.ts";
import cases from "../vectors/nacl_cases.json" with { type: "json" };

type Who = keyof typeof cases.estates;

const loaded = await loadCrypto();
const providers: Crypto[] = [tweetnaclCrypto, loaded];
const bytes = (text: string) => fromHex(text)!;

for (const crypto of providers) {
  const short = crypto === loaded ? "the loaded provider" : "tweetnacl";

  describe(`${short} on the recorded cases`, () => {
    it("derives the recorded public keys", () => {
      for (const keys of Object.values(cases.estates)) {
        assert.equal(toHex(crypto.signer(bytes(keys.sighex)).verifyKey), keys.verhex);
        assert.equal(toHex(crypto.boxPublicKey(bytes(keys.prihex))), keys.pubhex);
      }
    });

    it("makes and takes the recorded signatures, byte for byte", () => {
      assert.ok(cases.sign.length > 3);
      for (const one of cases.sign) {
        const keys = cases.estates[one.who as Who];
        const signature = crypto.signer(bytes(keys.sighex)).sign(bytes(one.message));
        assert.equal(toHex(signature), one.signature);
        const verifier = crypto.verifier(bytes(keys.verhex));
        assert.equal(verifier.verify(bytes(one.message), bytes(one.signature)), one.valid);
      }
    });

    it("seals and opens the recorded boxes, byte for byte", () => {
      assert.ok(cases.box.length > 3);
      for (const one of cases.box) {
        const from = cases.estates[one.from as Who], to = cases.estates[one.to as Who];
        const ours = crypto.box(bytes(from.prihex), bytes(to.pubhex));
        const theirs = crypto.box(bytes(to.prihex), bytes(from.pubhex));
        assert.equal(toHex(ours.seal(bytes(one.message), bytes(one.nonce))), one.cipher);
        const opened = theirs.open(bytes(one.cipher), bytes(one.nonce));
        assert.equal(opened && toHex(opened), one.opens ? one.message : null);
      }
    });

    it("takes none of the recorded bad signatures and boxes", () => {
      assert.ok(cases.bad.length > 3);
      for (const one of cases.bad) {
        if (one.kind === "sign") {
          const verifier = crypto.verifier(bytes(cases.estates[one.who as Who].verhex));
          const verdict = verifier.verify(bytes(one.message!), bytes(one.signature!));
          assert.equal(verdict, false, one.what);
        } else {
          const from = cases.estates[one.from as Who], to = cases.estates[one.to as Who];
          const box = crypto.box(bytes(to.prihex), bytes(from.pubhex));
          assert.equal(box.open(bytes(one.cipher!), bytes(one.nonce!)), null, one.what);
        }
      }
    });
  });
}

/** Changes one bit, or cuts, or extends: what a bad line or a bad peer makes of good bytes. */
function spoil(good: Uint8Array, how: number): Uint8Array {
  if (how % 7 === 0) return good.subarray(0, how % good.length);
  if (how % 7 === 1) return concatBytes(good, new Uint8Array(1 + how % 3));
  const bad = good.slice();
  bad[how % bad.length] ^= 1 << (how % 8);
  return bad;
}

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const message = fc.uint8Array({ maxLength: 300 });
const how = fc.nat(100_000);

describe("the loaded provider on random input", () => {
  it("is not tweetnacl here, so that the comparison means something", () => {
    assert.match(loaded.name, /^signatures by node:crypto, boxes by libsodium .*WASM/);
  });

  it("signs as tweetnacl does, and gives its verdict on good and spoilt signatures", () => {
    fc.assert(
      fc.property(key, message, how, (seed, text, spoiling) => {
        const ours = loaded.signer(seed), yardstick = tweetnaclCrypto.signer(seed);
        const signature = ours.sign(text);
        assert.deepEqual(signature, yardstick.sign(text));
        assert.deepEqual(ours.verifyKey, yardstick.verifyKey);
        const verifier = loaded.verifier(ours.verifyKey);
        const judge = tweetnaclCrypto.verifier(ours.verifyKey);
        const bad = spoil(signature, spoiling);
        assert.equal(verifier.verify(text, signature), true);
        assert.equal(judge.verify(text, signature), true);
        assert.equal(verifier.verify(text, bad), judge.verify(text, bad));
        const otherText = concatBytes(text, new Uint8Array(1));
        assert.equal(verifier.verify(otherText, signature), false);
      }),
      { numRuns: 25 },
    );
  });

  it("gives tweetnacl's verdict under random bytes as a verify key, most of them no point", () => {
    fc.assert(
      fc.property(key, message, fc.uint8Array({ minLength: 64, maxLength: 64 }), (k, text, sig) => {
        assert.equal(
          loaded.verifier(k).verify(text, sig),
          tweetnaclCrypto.verifier(k).verify(text, sig),
        );
      }),
      { numRuns: 25 },
    );
  });

  it("seals and opens as tweetnacl does, spoilt boxes and nonces included", () => {
    fc.assert(
      fc.property(key, key, message, how, (ourSecret, theirSecret, plain, spoiling) => {
        const theirPublic = loaded.boxPublicKey(theirSecret);
        assert.deepEqual(theirPublic, tweetnaclCrypto.boxPublicKey(theirSecret));
        const nonce = new Uint8Array(randomBytes(24));
        const ours = loaded.box(ourSecret, theirPublic);
        const yardstick = tweetnaclCrypto.box(ourSecret, theirPublic);
        const sealed = ours.seal(plain, nonce);
        assert.deepEqual(sealed, yardstick.seal(plain, nonce));
        assert.deepEqual(ours.open(sealed, nonce), plain);
        const bad = spoil(sealed, spoiling), badNonce = spoil(nonce, spoiling);
        assert.deepEqual(ours.open(bad, nonce), null);
        assert.deepEqual(yardstick.open(bad, nonce), null);
        assert.deepEqual(ours.open(sealed, badNonce), null);
        assert.deepEqual(yardstick.open(sealed, badNonce), null);
      }),
      { numRuns: 50 },
    );
  });

  it("makes the same shared key of any 32 bytes as a box public key", () => {
    fc.assert(
      fc.property(key, key, (secret, theirs) => {
        const nonce = new Uint8Array(24);
        assert.deepEqual(
          loaded.box(secret, theirs).seal(theirs, nonce),
          tweetnaclCrypto.box(secret, theirs).seal(theirs, nonce),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("leaves its input as it was and its output is the caller's own", () => {
    const seed = new Uint8Array(32).fill(5);
    const signer = loaded.signer(seed);
    const box = loaded.box(seed, loaded.boxPublicKey(seed));
    const whole = new Uint8Array(100).fill(3);
    const view = whole.subarray(10, 60);
    const nonce = new Uint8Array(24);
    const sealed = box.seal(view, nonce), signature = signer.sign(view);
    assert.deepEqual(whole, new Uint8Array(100).fill(3));
    assert.deepEqual(signature, tweetnaclCrypto.signer(seed).sign(view.slice()));
    assert.deepEqual(box.open(concatBytes(seed, sealed).subarray(32), nonce), view.slice());
    sealed.fill(0);
    signature.fill(0);
    assert.deepEqual(signer.sign(view), tweetnaclCrypto.signer(seed).sign(view));
  });

  it("seals and opens the longest body that can travel", () => {
    const secret = new Uint8Array(32).fill(5);
    const box = loaded.box(secret, loaded.boxPublicKey(secret));
    const nonce = new Uint8Array(24);
    const opened = box.open(box.seal(new Uint8Array(67_107_800), nonce), nonce);
    assert.equal(opened?.length, 67_107_800);
  });
});

describe("putting the ciphers together", () => {
  const broken = () => Promise.reject(new Error("not on this machine"));

  it("takes tweetnacl for the half that can't be loaded, and keeps the other", async () => {
    const slowSigning = await composeCrypto(broken, loadSodiumBoxing);
    assert.match(slowSigning.name, /^signatures by tweetnacl, boxes by libsodium/);
    const slowBoxing = await composeCrypto(() => Promise.resolve(nodeSigning), broken);
    assert.equal(slowBoxing.name, "signatures by node:crypto, boxes by tweetnacl");
    const nonce = new Uint8Array(24), secret = new Uint8Array(32).fill(1);
    const open = slowBoxing.box(secret, slowBoxing.boxPublicKey(secret)).seal(secret, nonce);
    assert.deepEqual(loaded.box(secret, loaded.boxPublicKey(secret)).open(open, nonce), secret);
  });

  it("takes tweetnacl for a half that gives wrong answers or throws", async () => {
    const yes = { ...nodeSigning, name: "liar", verifier: () => ({ verify: () => true }) };
    const boxing = await loadSodiumBoxing();
    const plain = {
      ...boxing,
      name: "plain",
      box: () => ({ seal: (b: Uint8Array) => b, open: (b: Uint8Array) => b }),
    };
    const both = await composeCrypto(() => Promise.resolve(yes), () => Promise.resolve(plain));
    assert.equal(both.name, "signatures by tweetnacl, boxes by tweetnacl");
    const throwing = {
      ...boxing,
      name: "throwing",
      boxPublicKey: () => {
        throw new Error("out of memory");
      },
    };
    const other = await composeCrypto(
      () => Promise.resolve(nodeSigning),
      () => Promise.resolve(throwing),
    );
    assert.equal(other.name, "signatures by node:crypto, boxes by tweetnacl");
  });
});
