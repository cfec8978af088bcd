import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BODY_DEPTH_MAX } from "../../src/base/limits.ts";
import { jsonLine, parseBody, showBody, toJson } from "../../src/cli/body.ts";

describe("a body on the command line", () => {
  it("is any JSON value", () => {
    assert.deepEqual(parseBody('{"n":[1,null,"x"]}'), { n: [1, null, "x"] });
    assert.equal(parseBody('"hello"'), "hello");
    assert.equal(parseBody(" -5 "), -5);
  });

  it("that is a bare word is refused with the way to write it", () => {
    assert.throws(() => parseBody("hello"), {
      code: "bad_body",
      message: `body "hello" is not JSON: text is written as '"hello"', with both quotes`,
    });
  });

  it("with templates that nothing fills in is refused with what would", () => {
    assert.throws(() => parseBody('{"n":{{ count }}}'), {
      code: "bad_body",
      message: /is not JSON: templates are filled in with --count, also of one message$/,
    });
  });

  it("that is broken JSON is refused, and quoted only in part", () => {
    assert.throws(() => parseBody("{n: 1}"), {
      code: "bad_body",
      message: /^body "\{n: 1\}" is not/,
    });
    const long = `{${"x".repeat(5000)}`;
    assert.throws(() => parseBody(long), (error: Error) => error.message.length < 200);
    assert.throws(() => parseBody(""), { code: "bad_body" });
  });

  it("can't hold a number past what a double holds", () => {
    assert.throws(() => parseBody('{"n":[1e999]}'), { code: "bad_body", message: /too large/ });
  });

  it("can't hold a whole number that would arrive as another one", () => {
    for (const text of ["9007199254740993", '{"n":[12345678901234567]}', "-12345678901234567"]) {
      assert.throws(() => parseBody(text), {
        code: "bad_body",
        message:
          /^body holds -?\d+, which would arrive as -?\d+: expected at most 9007199254740991, or text$/,
      });
    }
    const long = "9".repeat(300);
    assert.throws(() => parseBody(long), (error: Error) => error.message.length < 200);
  });

  it("holds whole numbers that arrive as they are, however large, and other long numbers", () => {
    const texts = ["9007199254740991", "-9007199254740991", "1152921504606847000", "1e20", "-0"];
    for (const text of [...texts, "0.12345678901234567", "1234567890123456789.5"]) {
      assert.equal(parseBody(text), Number(text), text);
    }
    const digits = { id: "12345678901234567", 12345678901234567: [null] };
    assert.deepEqual(parseBody(JSON.stringify(digits)), digits);
    for (const number of [2 ** 53, 2 ** 60, 1e20, -123456789e9]) {
      assert.equal(parseBody(jsonLine(number)), number, "what raet listen prints can be sent");
    }
  });

  it("is refused if it is nested deeper than a body can be, however deep", () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    assert.ok(parseBody(nested(BODY_DEPTH_MAX)));
    for (const depth of [BODY_DEPTH_MAX + 2, 50_000]) {
      assert.throws(() => parseBody(nested(depth)), {
        code: "bad_body",
        message: /nested too deep/,
      });
    }
  });

  it("holds bytes as base64, both ways", () => {
    const bytes = new Uint8Array([0, 255, 104]);
    assert.deepEqual(parseBody('{"b":{"$bytes":"AP9o"}}'), { b: bytes });
    assert.deepEqual(toJson({ b: bytes }), { b: { $bytes: "AP9o" } });
    assert.deepEqual(parseBody(jsonLine([bytes])), [bytes]);
    const many = Uint8Array.from({ length: 20_000 }, (_, i) => i);
    assert.deepEqual(parseBody(jsonLine(many)), many);
  });

  it("with bytes that are no base64 is refused", () => {
    assert.throws(() => parseBody('{"$bytes":"?"}'), { code: "bad_body", message: /base64/ });
    assert.throws(() => parseBody('{"$bytes":7}'), { code: "bad_body", message: /holds 7:/ });
    const deep = `{"$bytes":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    assert.throws(() => parseBody(deep), {
      code: "bad_body",
      message: '"$bytes" holds a list: expected base64',
    });
    assert.deepEqual(parseBody('{"$bytes":7,"more":1}'), { $bytes: 7, more: 1 });
  });

  it("keeps a key named __proto__ as a key", () => {
    const body = parseBody('{"__proto__":{"x":1}}');
    assert.equal(jsonLine(body), '{"__proto__":{"x":1}}');
  });
});

describe("a line of JSON", () => {
  it("holds no character that steers a terminal, and keeps its value", () => {
    const text = "\x1b[2J\x7f\x9b\u202e\u2028";
    const line = jsonLine({ text });
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028\u202e]/);
    assert.equal(JSON.parse(line).text, text);
  });

  it("is cut for people where it is long", () => {
    assert.equal(showBody("x".repeat(2000), 10), `"xxxxxxxxx… (2,002 characters)`);
    assert.equal(showBody({ n: 1 }), '{"n":1}');
  });
});
