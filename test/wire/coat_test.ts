import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { loadCrypto } from "../../src/crypto/load.ts";
import { COAT_OVERHEAD_BYTES, openCoat, sealCoat } from "../../src/wire/coat.ts";
import { scriptedRandom } from "../support/recordings.ts";

const crypto = await loadCrypto();
const secret = (fill: number) => new Uint8Array(32).fill(fill);
const ours = crypto.box(secret(1), crypto.boxPublicKey(secret(2)));
const theirs = crypto.box(secret(2), crypto.boxPublicKey(secret(1)));
const strangers = crypto.box(secret(3), crypto.boxPublicKey(secret(1)));
const nonce = new Uint8Array(24).fill(9);

describe("a coat", () => {
  it("is opened by the other side and has its nonce at the end", () => {
    const coat = sealCoat(utf8("hello"), ours, scriptedRandom(nonce));
    assert.equal(coat.length, 5 + COAT_OVERHEAD_BYTES);
    assert.deepEqual(coat.subarray(-24), nonce);
    assert.deepEqual(openCoat(coat, theirs), utf8("hello"));
  });

  it("of an empty body is empty and draws no nonce", () => {
    assert.equal(sealCoat(new Uint8Array(0), ours, scriptedRandom()).length, 0);
    assert.deepEqual(openCoat(new Uint8Array(0), theirs), new Uint8Array(0));
  });

  it("is not opened with another box, changed, or shorter than it can be", () => {
    const coat = sealCoat(utf8("hello"), ours, scriptedRandom(nonce));
    assert.equal(openCoat(coat, strangers), null);
    for (let at = 0; at < coat.length; at++) {
      const changed = coat.slice();
      changed[at] ^= 1;
      assert.equal(openCoat(changed, theirs), null);
    }
    for (let length = 1; length < coat.length; length++) {
      assert.equal(openCoat(coat.subarray(0, length), theirs), null);
    }
  });
});
