import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { splitLines, splitWords } from "../../repl/words.ts";

describe("a line of the console", () => {
  it("is parted at blanks", () => {
    assert.deepEqual(splitWords("  keys   accept\tbeta "), ["keys", "accept", "beta"]);
    assert.deepEqual(splitWords(""), []);
  });

  it("keeps JSON as it was typed, blanks and quotes included", () => {
    assert.deepEqual(splitWords('send a//b {"n": [1, "} x"]} --no-wait'), [
      "send",
      "a//b",
      '{"n": [1, "} x"]}',
      "--no-wait",
    ]);
    assert.deepEqual(splitWords('send a//b "two words"'), ["send", "a//b", '"two words"']);
    assert.deepEqual(splitWords('send a//b "a \\" b" x'), ["send", "a//b", '"a \\" b"', "x"]);
    assert.deepEqual(splitWords("[1, 2]x [3]"), ["[1, 2]x", "[3]"]);
  });

  it("holds together what stands between single quotes, without them", () => {
    assert.deepEqual(splitWords(`send a//b '{"n": 1}' 'x y'z`), [
      "send",
      "a//b",
      '{"n": 1}',
      "x yz",
    ]);
    assert.deepEqual(splitWords("''"), [""]);
  });

  it("keeps JSON behind a key as it was typed", () => {
    assert.deepEqual(splitWords('send a//b n:={"x": [1, 2]} t="a b" u=v'), [
      "send",
      "a//b",
      'n:={"x": [1, 2]}',
      't="a',
      'b"',
      "u=v",
    ]);
  });

  it("with a quote or a bracket left open is refused", () => {
    assert.throws(() => splitWords('send a//b {"n": 1'), {
      code: "usage",
      message: /^\{ is not closed/,
    });
    assert.throws(() => splitWords('send a//b "x'), { code: "usage", message: /^" is not closed/ });
    assert.throws(() => splitWords("send 'x"), { code: "usage", message: /^' is not closed/ });
  });
});

describe("pasted lines", () => {
  it("are run one by one, but a JSON value goes on over them", () => {
    assert.deepEqual(splitLines("keys\ntx"), ["keys", "tx"]);
    assert.deepEqual(splitLines('send a//b {\n  "n": 1,\n  "t": "x"\n}\nkeys'), [
      'send a//b { "n": 1, "t": "x" }',
      "keys",
    ]);
    assert.deepEqual(splitLines("send a//b {\nkeys"), ["send a//b { keys"]);
    const others = ["# first [ the keys", "keys", "!echo { it's", " # (as in {", "tx"];
    assert.deepEqual(splitLines(others.join("\n")), others);
  });
});
