import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { concatBytes, fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { BODY_CONTAINERS_MAX, BODY_DEPTH_MAX, BODY_ENTRIES_MAX } from "../../src/base/limits.ts";
import type { Body } from "../../src/base/value.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";
import { BodyKind } from "../../src/wire/kinds.ts";
import { drops, refuses, yardstick } from "../support/body_checks.ts";
import { anyBody, anyJsonBody } from "../support/wire_arbitraries.ts";

const { json, msgpack, raw, none } = BodyKind;

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
    // The packer loses the sign of zero.
    const unsigned = anyBody.filter((body) => !inspect(body, { depth: null }).includes("-0"));
    fc.assert(fc.property(unsigned, (body) => {
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

  it("is refused with more byte strings than that, written and read: each takes hundreds of bytes", () => {
    const empty = new Uint8Array(0);
    refuses(msgpack, { a: new Array(BODY_CONTAINERS_MAX).fill(empty) } as Body, /too many/);
    const count = BODY_CONTAINERS_MAX;
    const start = [0x81, 0xa1, 0x61, 0xdd, count >>> 24, count >>> 16 & 255, count >>> 8 & 255, 0];
    for (const [first, second] of [[0xc4, 0], [0xa1, 0xff]]) { // bin, and a str that is no UTF-8
      const items = new Uint8Array(2 * count).map((_, i) => i % 2 === 0 ? first : second);
      drops(msgpack, concatBytes(Uint8Array.from(start), items));
    }
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
