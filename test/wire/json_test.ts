import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";
import { BodyKind } from "../../src/wire/kinds.ts";
import { drops } from "../support/body_checks.ts";
import { bytes } from "../support/recordings.ts";

const { json } = BodyKind;

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
