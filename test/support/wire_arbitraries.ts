/**
 * Random heads, bodies and pages for tests that hold for any of them.
 *
 * @module
 */
import fc from "fast-check";
import type { Body, Value } from "../../src/base/value.ts";
import { type Head, makeHead } from "../../src/wire/head.ts";
import type { PageFields } from "../../src/wire/page.ts";

const u32 = fc.oneof(
  fc.constantFrom(0, 1, 15, 16, 255, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);

/** Any head that can be written, of one style. */
export function anyHead(headKind: number): fc.Arbitrary<Head> {
  return fc.record({
    packetKind: u32,
    transactionKind: u32,
    sourceId: u32,
    destinationId: u32,
    sessionId: u32,
    transactionId: u32,
    // As a raet head has it: six decimals.
    datetime: fc.oneof(fc.constant(0), fc.integer({ min: -1e12, max: 1e15 }).map((n) => n / 64)),
    orderIndex: u32,
    segmentNumber: u32,
    segmentCount: u32,
    messageLength: u32,
    bodyKind: fc.integer({ min: 0, max: 3 }),
    coatKind: fc.integer({ min: 0, max: 1 }),
    flags: fc.integer({ min: 0, max: 255 }),
  }).map((fields) => makeHead({ ...fields, headKind }));
}

const text = fc.string({ unit: "grapheme", maxLength: 40 });
const key = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("toJSON", "constructor", "hasOwnProperty", "prototype", "then", "length", "0"),
).filter((name) => name !== "__proto__");
const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(null, true, false, 0, -1, 0.1, 2 ** 32, 2 ** 53, -(2 ** 53), 2 ** 63),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  text,
);

function bodyOf(leaf: fc.Arbitrary<Value>): fc.Arbitrary<Body> {
  const { value } = fc.letrec<{ value: Value; list: Value[]; map: Body }>((tie) => ({
    value: fc.oneof({ depthSize: "small" }, leaf, tie("list"), tie("map")),
    list: fc.array(tie("value"), { maxLength: 20 }),
    map: fc.dictionary(key, tie("value"), { maxKeys: 20, noNullPrototype: true }),
  }));
  return fc.dictionary(key, value, { maxKeys: 20, noNullPrototype: true });
}

/** Any body that JSON can carry. */
export const anyJsonBody: fc.Arbitrary<Body> = bodyOf(scalar);

/** Any body that msgpack can carry: bytes too. */
export const anyBody: fc.Arbitrary<Body> = bodyOf(
  fc.oneof(scalar, fc.uint8Array({ maxLength: 300 })),
);

/** What all pages of a message share. */
export const anyPageFields: fc.Arbitrary<PageFields> = fc.record({
  source: fc.stringMatching(/^[A-Za-z0-9_é-]{1,20}$/),
  destination: fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/),
  sessionId: fc.stringMatching(/^[0-9a-f]{18}$/),
  bookNumber: u32,
  packing: fc.constantFrom("json", "msgpack"),
}, { noNullPrototype: true });
