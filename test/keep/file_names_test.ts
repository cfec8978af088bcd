import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fileNameForms } from "../../src/keep/file_names.ts";

const first = (name: string) => fileNameForms(name)[0];
const hostile = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "...",
    "a/../b",
    "%2e",
    "%2E",
    "%-",
    "con",
    "Aa",
    "aA",
    "ÅA",
    "\u212b",
  ),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 }),
  fc.stringMatching(/^[aA%.\-é]{1,12}$/),
  fc.stringMatching(/^[aA]{195,200}$/),
);

describe("a name's form in a file name", () => {
  it("is the name itself where nothing has to be escaped", () => {
    for (const name of ["a", "alpha.example.org", "Alpha", "a_b-c", "..", "x@y", "a".repeat(200)]) {
      assert.equal(first(name), name);
    }
  });

  it("escapes what could lead elsewhere or be read in two ways", () => {
    assert.equal(first("a/b"), "a%2fb");
    assert.equal(first("a\\b"), "a%5cb");
    assert.equal(first("50%"), "50%25");
    assert.equal(first("a:b*?"), "a%3ab%2a%3f");
    assert.equal(first("é"), "%c3%a9");
    assert.equal(first("\u{1f600}"), "%f0%9f%98%80");
    assert.equal(first("a\0"), "a%00");
  });

  it("has a second choice that escapes capitals too, and a third with a hash", () => {
    const [plain, folded, hashed] = fileNameForms("Alpha");
    assert.equal(plain, "Alpha");
    assert.equal(folded, "%41lpha");
    assert.match(hashed, /^%41lpha%-[0-9a-f]{40}$/);
  });

  it("is cut and hashed where it would be too long for a file system", () => {
    const names = ["é".repeat(200), "é".repeat(199) + "e", "A".repeat(200)];
    for (const form of names.flatMap(fileNameForms)) {
      assert.ok(form.length <= 200);
      assert.match(form, /^([a-z0-9]|A|%[0-9a-f]{2})+(%-[0-9a-f]{40})?$/);
    }
    assert.notEqual(first(names[0]), first(names[1]));
  });

  it("stays in its folder, without spaces, within 200 ASCII characters", () => {
    fc.assert(fc.property(hostile, (name) => {
      for (const form of fileNameForms(name)) {
        assert.match(form, /^[A-Za-z0-9._@+=,~%-]{1,200}$/);
      }
    }));
  });

  it("is no other name's form: not the first ones with case, not the rest without case either", () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        if (a === b) return;
        assert.notEqual(first(a), first(b));
        const [formsA, formsB] = [a, b].map((name) =>
          fileNameForms(name).map((form) => form.toLowerCase())
        );
        for (const rest of formsA.slice(1)) {
          if (rest !== formsA[0]) assert.ok(!formsB.includes(rest), `${rest} of ${a} and ${b}`);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
