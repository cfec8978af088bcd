import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromUtf8, toHex } from "../../src/base/bytes.ts";
import { Drop } from "../../src/base/drop.ts";
import { RaetError } from "../../src/base/errors.ts";
import type { Body } from "../../src/base/value.ts";
import { loadCrypto } from "../../src/crypto/load.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";
import { openCoat, sealCoat } from "../../src/wire/coat.ts";
import { type Head, makeHead } from "../../src/wire/head.ts";
import { parseHead } from "../../src/wire/heads.ts";
import { BodyKind } from "../../src/wire/kinds.ts";
import { packPacket } from "../../src/wire/packet.ts";
import { bytes, readVectors, reviveBytes, scriptedRandom } from "../support/recordings.ts";

interface HeaderCase {
  readonly name: string;
  readonly fields: Record<string, number | boolean>;
  readonly body?: unknown;
  readonly body_hex?: string;
  readonly packed_body_hex: string;
  readonly hex: string;
  readonly head_text: string;
  readonly nonce?: string;
  readonly coat_hex?: string;
  readonly error?: string;
}

interface HeaderCases {
  readonly keys: {
    readonly sign: { readonly sighex: string };
    readonly short: Record<"other" | "main", { short_pri: string; short_pub: string }>;
  };
  readonly old_msgpack: { readonly cases: { data: unknown; old: string; new: string }[] };
  readonly cases: HeaderCase[];
}

const FIELDS: Record<string, keyof Head> = {
  hk: "headKind",
  pk: "packetKind",
  tk: "transactionKind",
  se: "sourceId",
  de: "destinationId",
  si: "sessionId",
  ti: "transactionId",
  dt: "datetime",
  oi: "orderIndex",
  sn: "segmentNumber",
  sc: "segmentCount",
  ml: "messageLength",
  bk: "bodyKind",
  ck: "coatKind",
  fk: "footKind",
};
const FLAGS = ["vf", "df", "nf", "af", "sf", "wf", "bf", "cf"];

/**
 * Bodies that can only be equal by value: JavaScript has no integers past 2^53 and no `1.0`, writes
 * `1e-7`, takes -0 for 0 in JSON, and puts the key "1" before all others.
 */
const EQUAL_BY_VALUE = new Set([
  "json text: numbers",
  "json text: nesting and literals",
  "msgpack: integer widths",
]);

const vectors = readVectors<HeaderCases>("header_cases");
const crypto = await loadCrypto();
const signer = crypto.signer(bytes(vectors.keys.sign.sighex));
const { other, main } = vectors.keys.short;
const box = crypto.box(bytes(other.short_pri), bytes(main.short_pub));
const sound = vectors.cases.filter((one) => !one.error && one.fields.vn === undefined);

/** Equal but for the sign of zero. */
function looselyEqual(actual: unknown, expected: unknown): void {
  const unsigned = (_: string, value: unknown) => value === 0 ? 0 : value;
  assert.deepEqual(
    JSON.parse(JSON.stringify(actual), unsigned),
    JSON.parse(JSON.stringify(expected), unsigned),
  );
}

function headOf(one: HeaderCase): Head {
  const fields: Partial<Head> = {};
  let flags = 0;
  for (const [key, value] of Object.entries(one.fields)) {
    if (FLAGS.includes(key)) flags |= value ? 0x80 >> FLAGS.indexOf(key) : 0;
    else fields[FIELDS[key]] = Number(value);
  }
  return makeHead({ ...fields, flags });
}

describe("the packets that the reference packed from given fields", () => {
  it("are there", () => {
    assert.ok(sound.length > 50);
  });

  for (const one of sound) {
    it(`come out the same: ${one.name}`, () => {
      const plain = bytes(one.packed_body_hex);
      const coat = one.nonce ? sealCoat(plain, box, scriptedRandom(bytes(one.nonce))) : plain;
      if (one.coat_hex) assert.equal(toHex(coat), one.coat_hex);
      const head = headOf(one);
      assert.equal(toHex(packPacket(head, coat, head.footKind ? signer : null)), one.hex);
    });

    it(`are understood: ${one.name}`, () => {
      const datagram = bytes(one.hex);
      const result = parseHead(datagram);
      assert.ok(!(result instanceof Drop), JSON.stringify(result));
      assert.deepEqual(result.head, headOf(one));
      assert.equal(fromUtf8(datagram.subarray(0, result.headLength)), one.head_text);
      const coat = datagram.subarray(result.headLength, datagram.length - result.footLength);
      const plain = one.nonce ? openCoat(coat, box) : coat;
      assert.equal(plain && toHex(plain), one.packed_body_hex);
    });
  }

  it("that are of another version are refused for that", () => {
    const others = vectors.cases.filter((one) => one.fields.vn !== undefined && one.hex);
    assert.equal(others.length, 2);
    for (const one of others) {
      const result = parseHead(bytes(one.hex));
      assert.equal(result instanceof Drop && result.reason, "packet_version");
    }
  });

  it("fit the largest head that it packed, the version aside", () => {
    const name = "json head: every field, large values";
    const one = vectors.cases.find((each) => each.name === name)!;
    const { vn: _, ...fields } = one.fields;
    const packed = packPacket(headOf({ ...one, fields }), bytes(one.packed_body_hex), signer);
    const text = one.head_text.replace('"vn":1,', "").replace('"f2"', '"eb"')
      .replace('"000014b"', '"0000144"');
    assert.equal(fromUtf8(packed.subarray(0, text.length)), text);
  });

  it("that it refused for their size are refused", () => {
    const one = vectors.cases.find((each) => each.name === "1025 bytes is refused")!;
    assert.throws(
      () => packPacket(headOf(one), bytes(one.body_hex!), null),
      (error) => error instanceof RaetError && error.code === "too_large",
    );
  });
});

describe("the bodies that the reference packed", () => {
  const bodies = sound.filter((one) => one.body !== undefined);

  it("are there", () => {
    assert.ok(bodies.length > 15);
  });

  for (const one of bodies) {
    const kind = Number(one.fields.bk ?? BodyKind.none);
    const body = reviveBytes(one.body) as Body;

    it(`are understood: ${one.name}`, () => {
      assert.deepEqual(unpackBody(kind, bytes(one.packed_body_hex)), body);
    });

    it(`come out ${EQUAL_BY_VALUE.has(one.name) ? "equal by value" : "the same"}: ${one.name}`, () => {
      const packed = packBody(kind, body);
      if (EQUAL_BY_VALUE.has(one.name)) looselyEqual(unpackBody(kind, packed), body);
      else assert.equal(toHex(packed), one.packed_body_hex);
    });
  }

  it("by an old msgpack, without bytes and short texts, are understood", () => {
    assert.ok(vectors.old_msgpack.cases.length > 3);
    for (const one of vectors.old_msgpack.cases) {
      const body = reviveBytes(one.data) as Body;
      assert.deepEqual(unpackBody(BodyKind.msgpack, bytes(one.old)), body);
      assert.deepEqual(unpackBody(BodyKind.msgpack, bytes(one.new)), body);
      assert.equal(toHex(packBody(BodyKind.msgpack, body)), one.new);
    }
  });
});
