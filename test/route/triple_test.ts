import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatTriple, parseTriple, readTriple, writeTriple } from "../../src/route/triple.ts";
import { RaetError } from "../../src/base/errors.ts";

describe("a route's end", () => {
  it("has exactly two slashes, and empty parts are the default", () => {
    assert.deepEqual(parseTriple("beta//jobs"), { estate: "beta", yard: "", share: "jobs" });
    assert.deepEqual(parseTriple("//"), { estate: "", yard: "", share: "" });
    assert.deepEqual(parseTriple("/w1/.control"), { estate: "", yard: "w1", share: ".control" });
  });

  it("is not guessed at where a word can't be a name, such as a body without its route", () => {
    for (const text of ["n=1", "", "web*"]) {
      assert.throws(
        () => parseTriple(text),
        {
          message: `"${text}" is not a route: expected estate/yard/share with exactly two slashes`,
        },
      );
    }
  });

  for (
    const [text, hint] of [
      ["beta", "estate beta would be beta//, and share beta of this host //beta"],
      ["db.example", "slashes; estate db.example would be db.example//"],
      ["beta/jobs", "did you mean beta//jobs"],
      ["a/b/c/d", "exactly two slashes"],
      ["a b//c", '"a b"'],
      ["a/b.c/d", '"b.c"'],
      ["a//d e", '"d e"'],
      ["a//" + "x".repeat(256), "share"],
    ]
  ) {
    it(`refuses "${text.slice(0, 20)}" and says "${hint}"`, () => {
      assert.throws(() => parseTriple(text), (error) => {
        assert.ok(error instanceof RaetError);
        assert.equal(error.code, "bad_route");
        assert.ok(error.message.includes(hint), error.message);
        return true;
      });
    });
  }

  it("comes back the same from what it is written as", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,20}$/);
    const part = fc.oneof(fc.constant(""), name);
    fc.assert(fc.property(part, part, part, (estate, yard, share) => {
      const triple = { estate, yard, share };
      assert.deepEqual(parseTriple(formatTriple(triple)), triple);
      const expected = { ...triple, yard: yard === "manor" ? "" : yard };
      assert.deepEqual(readTriple(writeTriple(triple)), expected);
    }));
  });

  it("is no triple in a message unless it is a list of three names", () => {
    for (const value of [null, "a//b", [], ["a", "b"], ["a", "b", 3], ["a/b", "", ""], {}]) {
      assert.equal(readTriple(value), null);
    }
    assert.deepEqual(readTriple([null, "manor", null]), { estate: "", yard: "", share: "" });
  });
});
