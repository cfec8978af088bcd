import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fingerprint, groupFingerprint } from "../../src/crypto/fingerprint.ts";
import { keyFromHex, keyToHex } from "../../src/crypto/keys.ts";

describe("a key's text", () => {
  it("is 64 lower-case hex digits, and comes back as the same bytes", () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
    assert.match(keyToHex(key), /^[0-9a-f]{64}$/);
    assert.deepEqual(keyFromHex(keyToHex(key)), key);
  });

  it("is nothing else", () => {
    const good = "ab".repeat(32);
    const bad = [
      "",
      good.toUpperCase(),
      good + "ab",
      good.slice(2),
      good.slice(1) + "g",
      good + "\n",
    ];
    for (const text of [...bad, null, undefined, 5, [good], new Uint8Array(32)]) {
      assert.equal(keyFromHex(text), null);
    }
  });
});

describe("a fingerprint", () => {
  const verifyKey = new Uint8Array(32).fill(1), boxKey = new Uint8Array(32).fill(2);

  it("is SHA-256 over the verify key and then the box key", async () => {
    const both = new Uint8Array(64).fill(1, 0, 32).fill(2, 32);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", both));
    assert.equal(fingerprint(verifyKey, boxKey), keyToHex(digest));
  });

  it("tells the two keys apart", () => {
    assert.notEqual(fingerprint(verifyKey, boxKey), fingerprint(boxKey, verifyKey));
  });

  it("is read aloud in sixteen groups of four", () => {
    const text = fingerprint(verifyKey, boxKey);
    const grouped = groupFingerprint(text);
    assert.match(grouped, /^([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
    assert.equal(grouped.replaceAll(" ", ""), text);
  });
});
