import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { concatBytes, utf8 } from "../../src/base/bytes.ts";
import { Drop, type DropReason } from "../../src/base/drop.ts";
import { makeHead } from "../../src/wire/head.ts";
import { headLength, parseHead, writeHead } from "../../src/wire/heads.ts";
import { HeadKind } from "../../src/wire/kinds.ts";
import { anyHead } from "../support/wire_arbitraries.ts";

/** A datagram of nothing but a json head, with lengths that are right. */
function headOnly(fields: string): Uint8Array {
  const text = (hl: string) => `{"ri":"RAET","pl":"00000${hl}","hl":"${hl}",${fields}}\r\n\r\n`;
  return utf8(text(utf8(text("00")).length.toString(16).padStart(2, "0")));
}

function parsed(datagram: Uint8Array) {
  const result = parseHead(datagram);
  assert.ok(!(result instanceof Drop), JSON.stringify(result));
  return result;
}

function dropped(datagram: Uint8Array, reason: DropReason = "packet_head") {
  const result = parseHead(datagram);
  assert.ok(result instanceof Drop, "a drop");
  assert.equal(result.reason, reason);
}

describe("a json head", () => {
  it("comes back as it was written, whatever its fields, if it is not too long", () => {
    fc.assert(
      fc.property(anyHead(HeadKind.json), fc.nat(700), fc.boolean(), (head, coat, signed) => {
        const foot = signed ? 64 : 0;
        const out = new Uint8Array(2000);
        const length = writeHead(head, coat, foot, out);
        assert.equal(length, headLength(head, signed));
        fc.pre(length <= 255);
        const result = parsed(out.slice(0, length + coat + foot));
        assert.deepEqual(result.head, { ...head, footKind: signed ? 1 : 0 });
        assert.equal(result.headLength, length);
        assert.equal(result.footLength, foot);
      }),
    );
  });

  it("is read with its fields in any order and without flags", () => {
    const { head } = parsed(headOnly('"ti":42,"hk":1,"si":7'));
    assert.deepEqual(
      head,
      makeHead({ headKind: HeadKind.json, transactionId: 42, sessionId: 7 }),
    );
  });

  it("is refused if it doesn't say that it is json", () => {
    dropped(headOnly('"ti":42'));
    dropped(headOnly('"hk":0'));
  });

  it("is refused if a number is text, negative, broken, too large or none", () => {
    for (const value of ['"1"', "-1", "1.5", "4294967296", "[1]", "null", "true", "{}"]) {
      dropped(headOnly(`"hk":1,"ti":${value}`));
    }
    dropped(headOnly('"hk":1,"dt":1e999'));
    dropped(headOnly('"hk":1,"dt":"1.5"'));
  });

  it("is refused if flags or lengths are not text of the right width", () => {
    dropped(headOnly('"hk":1,"fg":5'));
    dropped(headOnly('"hk":1,"fg":"5"'));
    dropped(headOnly('"hk":1,"fg":"FF"'));
    dropped(utf8('{"ri":"RAET","pl":"0000029","hl":41,"hk":1}\r\n\r\n'));
    dropped(utf8('{"ri":"RAET","pl":41,"hl":"29","hk":1}\r\n\r\n'));
  });

  it("is refused if it holds an unknown field, even a well-meant one", () => {
    for (const field of ['"zz":1', '"sh":"1.2.3.4"', '"__proto__":1', '"toString":1', '"":1']) {
      dropped(headOnly(`"hk":1,${field}`));
    }
  });

  it("is refused if it says another version", () => {
    dropped(headOnly('"hk":1,"vn":1'), "packet_version");
  });

  it("is refused if a length is wrong", () => {
    const good = headOnly('"hk":1');
    assert.ok(parsed(good));
    dropped(concatBytes(good, utf8("x")), "packet_size");
    dropped(utf8('{"ri":"RAET","pl":"0000020","hl":"20","hk":1}\r\n\r\n'));
  });

  it("is refused if it is no ASCII, or overwrites its protocol id", () => {
    dropped(headOnly('"hk":1,"fg":"é"'));
    dropped(headOnly('"hk":1,"ri":"TEAR"'));
  });

  it("never throws, whatever follows its beginning", () => {
    const start = utf8('{"ri":"RAET",');
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.ok(parseHead(concatBytes(start, bytes)) instanceof Drop);
    }));
    fc.assert(fc.property(fc.json(), (json) => {
      assert.ok(parseHead(headOnly(`"hk":1,"fg":${json}`)));
    }));
  });
});
