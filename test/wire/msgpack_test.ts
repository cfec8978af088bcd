import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concatBytes } from "../../src/base/bytes.ts";
import { Drop } from "../../src/base/drop.ts";
import type { Body } from "../../src/base/value.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";
import { BodyKind } from "../../src/wire/kinds.ts";
import { drops, yardstick } from "../support/body_checks.ts";
import { bytes } from "../support/recordings.ts";

const { msgpack } = BodyKind;

describe("a msgpack body", () => {
  const inMap = (hex: string) => bytes("81a161" + hex);
  const valueOf = (hex: string) => {
    const body = unpackBody(msgpack, inMap(hex));
    assert.ok(!(body instanceof Drop), JSON.stringify(body));
    return body.a;
  };

  it("writes integers as integers up to 2^53 and beyond as floats", () => {
    const hex = (value: number) =>
      [...packBody(msgpack, { a: value }).subarray(3)].map((b) => b.toString(16).padStart(2, "0"))
        .join("");
    assert.equal(hex(2 ** 32), "d30000000100000000");
    assert.equal(hex(2 ** 53 - 1), "d3001fffffffffffff");
    assert.equal(hex(-(2 ** 31) - 1), "d3ffffffff7fffffff");
    assert.equal(hex(-(2 ** 53) + 1), "d3ffe0000000000001");
    assert.equal(hex(2 ** 53), "cb4340000000000000");
  });

  it("reads all that is a JSON value, in any width", () => {
    assert.equal(valueOf("cc05"), 5);
    assert.equal(valueOf("cf0000000000000005"), 5);
    assert.equal(valueOf("d3fffffffffffffffb"), -5);
    assert.equal(valueOf("d2fffffffb"), -5);
    assert.equal(valueOf("cf0020000000000001"), 2 ** 53);
    assert.equal(valueOf("ca3fc00000"), 1.5);
    assert.equal(valueOf("db0000000161"), "a");
    assert.deepEqual(valueOf("dd00000001c0"), [null]);
    assert.deepEqual(valueOf("df00000001da000161c3"), { a: true });
    assert.deepEqual(valueOf("c60000000100"), new Uint8Array(1));
  });

  it("takes a str that is no UTF-8 for bytes, as old peers pack them", () => {
    assert.deepEqual(valueOf("a200ff"), new Uint8Array([0, 255]));
    assert.deepEqual(valueOf("a3eda080"), new Uint8Array([0xed, 0xa0, 0x80]));
    const long = "e9".repeat(100);
    assert.deepEqual(valueOf("da0064" + long), bytes(long));
    assert.equal(valueOf("a3e282ac"), "€");
  });

  it("is dropped if it holds what is no JSON value", () => {
    for (
      const hex of ["c1", "c70101ff", "d4017f", "d6ff00000000", "d7ff0000000000000000", "d80100"]
    ) {
      drops(msgpack, inMap(hex));
    }
    drops(msgpack, inMap("cb7ff8000000000000"));
    drops(msgpack, inMap("cb7ff0000000000000"));
    drops(msgpack, inMap("ca7f800000"));
    drops(msgpack, yardstick.pack({ a: new Date() }));
  });

  it("is dropped if a key is not text", () => {
    for (const key of ["01", "c0", "c40161", "90", "80", "a1ff", "d901ff", "cb0000000000000000"]) {
      drops(msgpack, bytes(`81${key}01`));
      drops(msgpack, inMap(`81${key}01`));
    }
  });

  it("tells a short key in UTF-8 from the byte that looks like it", () => {
    assert.deepEqual(unpackBody(msgpack, bytes("81a2c3a901")), { "é": 1 });
    drops(msgpack, bytes("81a1e901"));
  });

  it("reads keys that share a place in its table", () => {
    const body: Body = {};
    for (let i = 0; i < 3000; i++) body[`key ${i}`] = i;
    assert.deepEqual(unpackBody(msgpack, packBody(msgpack, body)), body);
  });

  it("can't reach a prototype", () => {
    drops(msgpack, bytes("81a95f5f70726f746f5f5f81a8706f6c6c7574656401"));
    drops(msgpack, inMap("81a95f5f70726f746f5f5f01"));
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  it("is dropped if it is no map, ends early or goes on after its end", () => {
    for (const hex of ["c1", "90", "01", "c0", "a161", "de", "df000000", "81", "81a1", "81a161"]) {
      drops(msgpack, bytes(hex));
    }
    drops(msgpack, bytes("81a16101c0"));
    drops(msgpack, bytes("80c0"));
    const whole = packBody(msgpack, {
      a: "x".repeat(300),
      b: [1.5, new Uint8Array(9)],
      c: 2 ** 40,
    });
    for (let length = 1; length < whole.length; length++) drops(msgpack, whole.slice(0, length));
  });

  it("is dropped if it announces more than it has", () => {
    for (
      const hex of ["ddffffffff", "dfffffffff", "dbffffffff", "c6ffffffff", "dcffff", "deffff"]
    ) {
      drops(msgpack, inMap(hex));
    }
  });

  it("of megabytes of empty maps is dropped", () => {
    const count = 2_000_000;
    const list = concatBytes(bytes("81a161dd001e8480"), new Uint8Array(count).fill(0x80));
    drops(msgpack, list);
  });

  it("carries long texts and bytes, and the next one is not the worse for it", () => {
    const body: Body = {
      t: "é😀".repeat(200_000),
      u: "é".repeat(300),
      b: new Uint8Array(3_000_000),
    };
    assert.deepEqual(unpackBody(msgpack, packBody(msgpack, body)), body);
    assert.deepEqual(unpackBody(msgpack, packBody(msgpack, { a: 1 })), { a: 1 });
  });

  it("writes each width of text, list and map in its narrowest form", () => {
    const head = (body: Body) => packBody(msgpack, body)[3];
    const text = (length: number) => head({ a: "x".repeat(length) });
    assert.deepEqual([31, 32, 255, 256, 65535, 65536].map(text), [
      0xbf,
      0xd9,
      0xd9,
      0xda,
      0xda,
      0xdb,
    ]);
    const wide = (length: number) => head({ a: "é".repeat(length) });
    assert.deepEqual([15, 16, 127, 128, 32767, 32768].map(wide), [
      0xbe,
      0xd9,
      0xd9,
      0xda,
      0xda,
      0xdb,
    ]);
    const list = (length: number) => head({ a: new Array<number>(length).fill(0) });
    assert.deepEqual([15, 16, 65535, 65536].map(list), [0x9f, 0xdc, 0xdc, 0xdd]);
  });
});
