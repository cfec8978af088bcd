import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { foldTable } from "../../../src/cli/draw/fold.ts";
import { drawLine, paint, textWidth } from "../../../src/cli/text.ts";

const draw = (columns: number) =>
  foldTable(
    ["NAME", "KEY", "FINGERPRINT"],
    [["alpha", paint("cyan", "own"), "f22a 0367"], ["日本", "pending", "c001"]],
    [],
    columns,
  ).map((line) => drawLine(line, false));

describe("a table", () => {
  it("stays whole where it fits", () => {
    assert.deepEqual(draw(27), [
      "NAME   KEY      FINGERPRINT",
      "alpha  own      f22a 0367",
      "日本   pending  c001",
    ]);
    assert.equal(draw(Infinity).length, 3);
  });

  it("has its last columns below the first ones where it does not", () => {
    assert.deepEqual(draw(20), [
      "NAME   KEY",
      "  FINGERPRINT",
      "alpha  own",
      "  f22a 0367",
      "日本   pending",
      "  c001",
    ]);
    assert.ok(draw(14).every((line) => textWidth(line) <= 14));
  });
});
