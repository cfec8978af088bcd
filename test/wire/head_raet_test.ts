import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { concatBytes, fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { Drop, type DropReason } from "../../src/base/drop.ts";
import { HEAD_BYTES_MAX } from "../../src/base/limits.ts";
import { makeHead } from "../../src/wire/head.ts";
import { headLength, parseHead, writeHead } from "../../src/wire/heads.ts";
import { HeadKind } from "../../src/wire/kinds.ts";
import { anyHead } from "../support/wire_arbitraries.ts";

/** A datagram of nothing but a raet head, with lengths that are right. */
function headOnly(lines: string): Uint8Array {
  const length = `ri RAET\npl 0000\nhl 00\n${lines}\n`.length;
  const hl = length.toString(16).padStart(2, "0");
  return utf8(`ri RAET\npl 00${hl}\nhl ${hl}\n${lines}\n`);
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

describe("a raet head", () => {
  it("comes back as it was written, whatever its fields", () => {
    fc.assert(
      fc.property(anyHead(HeadKind.raet), fc.nat(700), fc.boolean(), (head, coat, signed) => {
        const foot = signed ? 64 : 0;
        const out = new Uint8Array(2000);
        const length = writeHead(head, coat, foot, out);
        assert.equal(length, headLength(head, signed));
        const result = parsed(out.slice(0, length + coat + foot));
        assert.deepEqual(result.head, { ...head, footKind: signed ? 1 : 0 });
        assert.equal(result.headLength, length);
        assert.equal(result.footLength, foot);
      }),
    );
  });

  it("fits the largest head, whatever its fields", () => {
    fc.assert(fc.property(anyHead(HeadKind.raet), (head) => {
      assert.ok(headLength(head, true) <= HEAD_BYTES_MAX);
    }));
  });

  it("leaves out what has its default", () => {
    const out = new Uint8Array(512);
    const length = writeHead(makeHead(), 0, 0, out);
    assert.equal(fromUtf8(out.subarray(0, length)), "ri RAET\npl 001d\nhl 1d\nfg 00\n\n");
  });

  it("is read with its lines in any order and without flags", () => {
    const { head } = parsed(headOnly("ti 2a\nbk 3\nsi 7\n"));
    assert.deepEqual(head, makeHead({ transactionId: 42, bodyKind: 3, sessionId: 7 }));
  });

  it("ends at the first empty line", () => {
    const whole = utf8("ri RAET\npl 0022\nhl 1d\nfg 00\n\nab\n\nc");
    assert.equal(parsed(whole).headLength, 0x1d);
  });

  it("takes a default that is written out, and leading zeros", () => {
    assert.deepEqual(parsed(headOnly("hk 0\nvn 0\nsc 1\nti 002a\n")).head.transactionId, 42);
  });

  it("is refused if a number is not 1 to 8 lower-case hex digits", () => {
    for (const value of ["", "A", "0x1", "1_0", "-1", " 1", "1 ", "100000000", "g", "1.0"]) {
      dropped(headOnly(`ti ${value}\n`));
    }
  });

  it("is refused if a line stands twice, is unknown, or is no line", () => {
    for (const lines of ["ti 1\nti 1\n", "zz 1\n", "bl 1\n", "ti\n", "t\n", "ti1\n", "tim 1\n"]) {
      dropped(headOnly(lines));
    }
  });

  it("is refused if flags or lengths have another width", () => {
    dropped(headOnly("fg 1ff\n"));
    dropped(headOnly("fg 1\n"));
    dropped(utf8("ri RAET\npl 01c\nhl 1c\nfg 00\n\n"));
    dropped(utf8("ri RAET\npl 001e\nhl 01e\nfg 00\n\n"));
  });

  it("is refused if a length is wrong, missing or of another datagram", () => {
    dropped(utf8("ri RAET\npl 001d\nhl 1c\nfg 00\n\n"));
    dropped(utf8("ri RAET\npl 001c\nhl 1d\nfg 00\n\n"), "packet_size");
    dropped(utf8("ri RAET\npl 001d\nhl 1d\nfg 00\n\nx"), "packet_size");
    dropped(utf8("ri RAET\nhl 15\nfg 00\n\n"), "packet_size");
    dropped(utf8("ri RAET\npl 0017\nfg 00\n\n"));
  });

  it("is refused if it says another version or style", () => {
    dropped(headOnly("vn 1\n"), "packet_version");
    dropped(headOnly("hk 1\n"));
  });

  it("reads a datetime of six decimals and nothing else", () => {
    assert.equal(parsed(headOnly("dt 1234567890.500000\n")).head.datetime, 1234567890.5);
    assert.equal(parsed(headOnly("dt -0.100000\n")).head.datetime, -0.1);
    const wrong = [
      "nan",
      "inf",
      "noon",
      "1",
      "1.",
      "1.5",
      "1.0000000",
      ".500000",
      "1e5",
      "-.100000",
    ];
    for (const value of [...wrong, "", "-", "1.50000x", "123456789012345678901.000000"]) {
      dropped(headOnly(`dt ${value}\n`));
    }
  });

  it("is refused, and no more, if it ends anywhere too early", () => {
    const whole = headOnly("pk f\nse 12\nde 2\ndt 0.100000\nfg 05\n");
    for (let length = 0; length < whole.length; length++) dropped(whole.slice(0, length));
  });

  it("never throws, whatever follows its beginning", () => {
    const lines = fc.array(fc.constantFrom(..."abcdefghiklnoprstv0123456789 \n.-".split("")), {
      maxLength: 300,
    }).map((characters) => utf8(characters.join("")));
    const tail = fc.oneof(fc.uint8Array({ maxLength: 300 }), lines);
    fc.assert(fc.property(tail, (bytes) => {
      assert.ok(parseHead(concatBytes(utf8("ri RAET\n"), bytes)));
    }));
  });
});
