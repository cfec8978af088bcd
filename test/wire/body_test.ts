import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Packr } from "msgpackr/pack";
import { concatBytes, fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { Drop } from "../../src/base/drop.ts";
import { RaetError } from "../../src/base/errors.ts";
import { BODY_CONTAINERS_MAX, BODY_DEPTH_MAX, BODY_ENTRIES_MAX } from "../../src/base/limits.ts";
import type { Body } from "../../src/base/value.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";
import { BodyKind } from "../../src/wire/kinds.ts";
import { bytes } from "../support/recordings.ts";
import { anyBody, anyJsonBody } from "../support/wire_arbitraries.ts";

const { json, msgpack, raw, none } = BodyKind;
/** Another implementation of msgpack, to compare with. */
const yardstick = new Packr({ useRecords: false, variableMapSize: true, int64AsType: "number" });

function drops(kind: number, packed: Uint8Array): void {
  const body = unpackBody(kind, packed);
  assert.ok(body instanceof Drop, `a drop, not ${JSON.stringify(body)?.slice(0, 80)}`);
  assert.equal(body.reason, "bad_body");
}

function refuses(kind: number, body: unknown, says?: RegExp): void {
  assert.throws(
    () => packBody(kind, body as Body),
    (error) =>
      error instanceof RaetError && error.code === "bad_body" &&
      (says?.test(error.message) ?? true),
  );
}

/** A list of lists, so many deep, in a map. */
function nested(depth: number): Body {
  let value: Body["x"] = [];
  for (let i = 2; i < depth; i++) value = [value];
  return { x: value };
}

describe("a body", () => {
  it("that is empty packs to no bytes, and back, whatever its kind", () => {
    for (const kind of [none, json, raw, msgpack, 9]) {
      if (kind === json || kind === msgpack) assert.equal(packBody(kind, {}).length, 0);
      assert.deepEqual(unpackBody(kind, new Uint8Array(0)), {});
    }
  });

  it("of another kind than json or msgpack holds no map", () => {
    for (const kind of [none, raw, 9]) {
      refuses(kind, { a: 1 });
      drops(kind, utf8('{"a":1}'));
    }
  });

  it("comes back as it was packed as json, the sign of zero aside", () => {
    fc.assert(fc.property(anyJsonBody, (body) => {
      const packed = packBody(json, body);
      assert.ok(packed.every((byte) => byte >= 0x20 && byte < 0x7f));
      const whole = packed.length === 0 ? "{}" : fromUtf8(packed)!;
      assert.deepEqual(unpackBody(json, packed), JSON.parse(JSON.stringify(body)));
      assert.deepEqual(JSON.parse(whole), JSON.parse(JSON.stringify(body)));
    }));
  });

  it("comes back as it was packed as msgpack", () => {
    fc.assert(fc.property(anyBody, (body) => {
      assert.deepEqual(unpackBody(msgpack, packBody(msgpack, body)), body);
    }));
  });

  it("is understood by another msgpack, and the other way round", () => {
    // The other one loses the sign of zero and acts on some keys: only JSON without those.
    const plain = anyJsonBody.filter((body) => !/toJSON|constructor|-0/.test(JSON.stringify(body)));
    fc.assert(fc.property(plain, (body) => {
      fc.pre(Object.keys(body).length > 0);
      const unsigned = JSON.parse(JSON.stringify(body)) as Body;
      assert.deepEqual(yardstick.unpack(packBody(msgpack, unsigned)), unsigned);
      assert.deepEqual(unpackBody(msgpack, yardstick.pack(unsigned)), unsigned);
    }));
  });

  it("may have keys that mean something to JavaScript", () => {
    const body: Body = { toJSON: 1, constructor: "x", then: null, hasOwnProperty: [], length: 3 };
    assert.deepEqual(unpackBody(msgpack, packBody(msgpack, body)), body);
    assert.deepEqual(unpackBody(json, packBody(json, body)), body);
  });

  it("may be without a prototype", () => {
    const body = Object.assign(Object.create(null) as Body, { a: 1 });
    assert.equal(fromUtf8(packBody(json, body)), '{"a":1}');
  });

  it("that was packed stays as it is when the next one is packed", () => {
    const first = packBody(msgpack, { a: "first" });
    const before = first.slice();
    packBody(msgpack, { b: "second".repeat(100) });
    assert.deepEqual(first, before);
  });

  it("that was unpacked doesn't change with its datagram", () => {
    const datagram = packBody(msgpack, { b: new Uint8Array([1, 2, 3]) });
    const body = unpackBody(msgpack, datagram);
    datagram.fill(0);
    assert.deepEqual(body, { b: new Uint8Array([1, 2, 3]) });
  });

  it("can be nested as deep as can be unpacked, and no deeper", () => {
    for (const kind of [json, msgpack]) {
      const deepest = nested(BODY_DEPTH_MAX);
      assert.deepEqual(unpackBody(kind, packBody(kind, deepest)), deepest);
      refuses(kind, nested(BODY_DEPTH_MAX + 1), /nested deeper than 64/);
    }
    drops(json, utf8(JSON.stringify(nested(BODY_DEPTH_MAX + 1))));
    drops(msgpack, yardstick.pack(nested(BODY_DEPTH_MAX + 1)));
  });

  it("that goes round in a circle is refused", () => {
    const body: Body = {};
    body.self = body;
    refuses(json, body, /nested/);
    refuses(msgpack, body, /nested/);
  });

  it("can't be packed if it holds anything but JSON values and bytes, and says where", () => {
    for (const kind of [json, msgpack]) {
      refuses(kind, { a: { b: [1, undefined] } }, /body\.a\.b\[1\] is of type undefined/);
      refuses(kind, { a: NaN }, /body\.a is NaN/);
      refuses(kind, { a: -Infinity });
      refuses(kind, { a: 1n }, /bigint/);
      refuses(kind, { a: Symbol() });
      refuses(kind, { a: () => 1 });
      refuses(kind, { a: new Date(0) }, /object of a class/);
      refuses(kind, { a: new Map() });
      refuses(kind, { a: new Uint16Array(1) });
      refuses(kind, { a: "\ud800" }, /surrogate/);
      refuses(kind, { "\udfff": 1 }, /surrogate/);
      refuses(kind, JSON.parse('{"__proto__":1}'), /__proto__/);
      refuses(kind, [1], /not a map/);
      refuses(kind, null);
      refuses(kind, "text");
      refuses(kind, new Uint8Array(3));
    }
    refuses(json, { a: new Uint8Array(1) }, /body\.a is bytes, which JSON doesn't have/);
  });

  it("is refused with more lists or entries than are taken", () => {
    const lists = { a: new Array(BODY_CONTAINERS_MAX).fill([]) } as Body;
    refuses(msgpack, lists, /too many/);
    refuses(json, lists, /too many/);
    const wide: Body = {};
    for (let i = 0; i < 1024; i++) wide[i] = i;
    const entries = { a: new Array(BODY_ENTRIES_MAX / 1024).fill(wide) } as Body;
    refuses(msgpack, entries, /too many/);
  });

  it("never makes the reader throw", () => {
    const start = fc.constantFrom<readonly number[]>([], [0x81, 0xa1, 0x61], [0xdf], [0x8f]);
    fc.assert(fc.property(start, fc.uint8Array({ maxLength: 60 }), (before, noise) => {
      for (const kind of [json, msgpack]) {
        assert.ok(unpackBody(kind, concatBytes(Uint8Array.from(before), noise)));
      }
    }));
    fc.assert(fc.property(anyBody, fc.nat(), fc.nat(255), (body, at, byte) => {
      const packed = packBody(msgpack, body);
      if (packed.length > 0) packed[at % packed.length] = byte;
      assert.ok(unpackBody(msgpack, packed));
    }));
  });
});

describe("a json body", () => {
  it("is written as Python writes it: all beyond the printable escaped, in lower case", () => {
    const packed = packBody(json, { t: '"\\/\b\f\n\r\t\0\x1f\x7f é \u2028 😀' });
    assert.equal(
      fromUtf8(packed),
      String.raw`{"t":"\"\\/\b\f\n\r\t\u0000\u001f\u007f \u00e9 \u2028 \ud83d\ude00"}`,
    );
  });

  it("may be UTF-8", () => {
    assert.deepEqual(unpackBody(json, utf8('{"é":"😀"}')), { "é": "😀" });
  });

  it("is dropped if it is no JSON map", () => {
    const texts = ["oops", "[1]", "1", "null", '"a"', '{"a":1', '{"a":1}x', "{'a':1}", "\ufeff{}"];
    for (const text of texts) drops(json, utf8(text));
    drops(json, bytes("7b2261223a22ff227d"));
  });

  it("is dropped if it holds a number that is none", () => {
    for (const value of ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"]) {
      drops(json, utf8(`{"a":[${value}]}`));
    }
  });

  it("is dropped if it holds half of a surrogate pair", () => {
    drops(json, utf8(String.raw`{"a":"\ud800"}`));
    drops(json, utf8(String.raw`{"\udc00":1}`));
  });

  it("can't reach a prototype", () => {
    drops(json, utf8('{"__proto__":{"polluted":1}}'));
    drops(json, utf8(String.raw`{"a":{"\u005f_proto__":1}}`));
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  it("takes the nearest number for one that JavaScript doesn't have", () => {
    assert.deepEqual(unpackBody(json, utf8('{"a":18446744073709551615}')), { a: 2 ** 64 });
  });

  it("of megabytes of brackets is dropped before they become lists", () => {
    drops(json, utf8('{"a":' + "[".repeat(8_000_000)));
    drops(json, utf8('{"a":[' + "{},".repeat(2_000_000) + "0]}"));
    drops(json, utf8("{" + '"":0,'.repeat(5_000_000) + '"":0}'));
  });

  it("of megabytes of text with brackets and escapes is taken", () => {
    const text = '[{":\\'.repeat(200_000);
    assert.deepEqual(unpackBody(json, packBody(json, { text })), { text });
    const ends = { a: "\\", b: '\\"', c: text, d: '"' };
    assert.deepEqual(unpackBody(json, packBody(json, ends)), ends);
  });

  it("of megabytes that end within a text is dropped", () => {
    drops(json, utf8('{"a":"' + "x".repeat(1_000_000)));
    drops(json, utf8('{"a":"' + "x".repeat(1_000_000) + '\\"'));
  });
});

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
    assert.equal(hex(2 ** 32), "cf0000000100000000");
    assert.equal(hex(2 ** 53 - 1), "cf001fffffffffffff");
    assert.equal(hex(-(2 ** 31) - 1), "d3ffffffff7fffffff");
    assert.equal(hex(-(2 ** 53) + 1), "d3ffe0000000000001");
    assert.equal(hex(2 ** 53), "cb4340000000000000");
    assert.equal(hex(-0), "cb8000000000000000");
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
