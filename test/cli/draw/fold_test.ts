import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drawFields, foldTable } from "../../../src/cli/draw/fold.ts";
import { drawLine, paint, textWidth } from "../../../src/cli/text.ts";

const KEYS = [
  ["alpha", paint("cyan", "own"), "f22a 0367 c001 d00d"],
  ["日本", "pending", "c001"],
];
const draw = (columns: number, rows = KEYS) =>
  foldTable(["NAME", "KEY", "FINGERPRINT"], rows, [], columns)
    .map((line) => drawLine(line, false));

describe("a table", () => {
  it("stays whole where it fits, and everywhere if nobody has a width", () => {
    const whole = [
      "NAME   KEY      FINGERPRINT",
      "alpha  own      f22a 0367 c001 d00d",
      "日本   pending  c001",
    ];
    assert.deepEqual(draw(35), whole);
    assert.deepEqual(draw(Infinity), whole);
  });

  it("has its widest texts wrapped at blanks where it does not", () => {
    assert.deepEqual(draw(32), [
      "NAME   KEY      FINGERPRINT",
      "alpha  own      f22a 0367 c001",
      "                d00d",
      "日本   pending  c001",
    ]);
  });

  it("has its last columns below the first ones where that is not enough", () => {
    assert.deepEqual(draw(20), [
      "NAME   KEY",
      "  FINGERPRINT",
      "alpha  own",
      "  f22a 0367 c001",
      "  d00d",
      "日本   pending",
      "  c001",
    ]);
  });

  it("never loses a letter, and fits any width that a terminal may have", () => {
    const rows = [
      ["a".repeat(70), "日本".repeat(20), `/a/long/path/${"x".repeat(90)} and words`],
      ["b", paint("red", "c d e ".repeat(9)), "\x1b[2J"],
    ];
    const letters = (lines: readonly string[]) =>
      [...lines.join("").replace(/ /g, "")].sort().join("");
    const whole = letters(draw(Infinity, rows));
    for (const columns of [20, 40, 79, 80, 132]) {
      const lines = draw(columns, rows);
      assert.equal(letters(lines), whole, `${columns} columns`);
      assert.ok(lines.every((line) => textWidth(line) <= columns), `${columns} columns`);
    }
  });

  it("of names and values has its values wrapped beside the names", () => {
    const fields = [["role", "alpha"], ["fingerprint", "f22a 0367 c001 d00d"]] as const;
    const lines = (columns: number) =>
      drawFields(fields, columns).map((one) => drawLine(one, false));
    assert.deepEqual(lines(Infinity), [
      "role         alpha",
      "fingerprint  f22a 0367 c001 d00d",
    ]);
    assert.deepEqual(lines(28), [
      "role         alpha",
      "fingerprint  f22a 0367 c001",
      "             d00d",
    ]);
  });

  it("leaves numbers whole", () => {
    const lines = foldTable(
      ["N", "WHY"],
      [["1234567890", "one two three four five"]],
      ["right"],
      26,
    ).map((line) => drawLine(line, false));
    assert.deepEqual(lines, [
      "         N  WHY",
      "1234567890  one two three",
      "            four five",
    ]);
  });
});
