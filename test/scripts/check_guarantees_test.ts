import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { checkGuarantees, GUARANTEES } from "../../scripts/check_guarantees.ts";

const page = (...rows: string[]) =>
  ["| promise | conditions | test |", "| --- | --- | --- |", ...rows].join("\n");

describe("the check of the guarantees", () => {
  it("finds every test that the page names", () => {
    assert.deepEqual(checkGuarantees(readFileSync(GUARANTEES, "utf8"), "."), []);
  });

  it("finds fault with a promise without a test, or with one that is not there", () => {
    const here = "`test/scripts/check_guarantees_test.ts`";
    const faultOf = (cell: string) => checkGuarantees(page(`| a | b | ${cell} |`), ".").join();
    assert.equal(faultOf(`${here} finds every test that the page names`), "");
    assert.match(faultOf(`${here} finds`), /:3: .* has no test "finds"$/);
    assert.match(faultOf("`test/none_test.ts` finds"), /there is no test\/none_test.ts/);
    assert.match(faultOf("by hand"), /is no test/);
    assert.match(faultOf(""), /no test holds this promise/);
    assert.match(checkGuarantees("# Nothing", ".").join(), /promises nothing/);
  });
});
