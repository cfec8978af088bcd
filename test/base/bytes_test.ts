import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fromUtf8, joinBytes, utf8 } from "../../src/base/bytes.ts";

describe("text out of bytes", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const told = (bytes: Uint8Array) => {
    try {
      return strict.decode(bytes);
    } catch {
      return null;
    }
  };

  it("is what the system's own decoder takes for text, and no more", () => {
    for (let lead = 0x80; lead < 0x100; lead++) {
      for (const second of [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0]) {
        for (const rest of [[], [0x80], [0xbf, 0x80], [0x80, 0xbf, 0x41], [0x41, 0x80]]) {
          const bytes = Uint8Array.from([0x41, lead, second, ...rest]);
          assert.equal(fromUtf8(bytes), told(bytes), bytes.toString());
        }
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
      assert.equal(fromUtf8(bytes), told(bytes));
    }));
  });

  it("is the text that the bytes were made of, however long", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), fc.nat(600), (text, times) => {
      const long = text.repeat(times);
      assert.equal(fromUtf8(utf8(long)), long);
    }));
    assert.equal(fromUtf8(utf8("\ufeffa")), "\ufeffa");
  });
});

describe("parts of bytes", () => {
  it("are put one after the other, more of them than a call can have arguments", () => {
    const parts = Array.from({ length: 300_000 }, (_, i) => Uint8Array.of(i));
    const whole = joinBytes(parts);
    assert.equal(whole.length, parts.length);
    assert.ok(whole.every((byte, i) => byte === i % 256));
  });
});
