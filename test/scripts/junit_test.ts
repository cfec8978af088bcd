import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countResults } from "../../scripts/junit.ts";

const FAILURE = '<failure message="x &lt;testcase name=&quot;no&quot;&gt;">x</failure>';

function report(suites: Record<string, [name: string, inner?: string][]>): string {
  const text = Object.entries(suites).map(([file, cases]) =>
    `    <testsuite name="${file}" tests="1" disabled="0" errors="0" failures="0">\n` +
    cases.map(([name, inner]) =>
      `        <testcase name="${name}" classname="c" time="0.0">\n${inner ?? ""}\n</testcase>\n`
    ).join("") + "    </testsuite>\n"
  ).join("");
  return `<?xml version="1.0"?>\n<testsuites name="deno test" tests="9">\n${text}</testsuites>`;
}

describe("counting results", () => {
  it("counts what holds no steps, and neither groups nor groups in groups", () => {
    const counts = countResults(
      report({
        "./test/a_test.ts": [["outer"], ["flat"]],
        "ext:testing": [["outer &gt; inner"], ["outer &gt; inner &gt; one"], ["outer &gt; two"]],
      }),
      ["test/a_test.ts"],
    );
    assert.deepEqual(counts, { passed: 3, failed: 0, skipped: 0, failures: [], skips: [] });
  });

  it("counts a failed step once, though its groups fail with it", () => {
    const counts = countResults(
      report({
        "./a": [["outer", FAILURE]],
        "ext:testing": [["outer &gt; inner", FAILURE], ["outer &gt; inner &gt; one", FAILURE]],
      }),
      [],
    );
    assert.deepEqual([counts.passed, counts.failed], [0, 1]);
    assert.deepEqual(counts.failures, ["outer > inner > one"]);
  });

  it("counts a group that failed by itself, as in a hook", () => {
    const counts = countResults(
      report({ "./a": [["outer", FAILURE]], "ext:testing": [["outer &gt; one"]] }),
      [],
    );
    assert.deepEqual([counts.passed, counts.failed], [1, 1]);
  });

  it("counts a cancelled test as failed and a skipped one apart", () => {
    const counts = countResults(
      report({ "./a": [["a", '<error message="Cancelled"/>'], ["b", "<skipped/>"]] }),
      [],
    );
    assert.deepEqual([counts.passed, counts.failed, counts.skipped], [0, 1, 1]);
    assert.deepEqual([counts.failures, counts.skips], [["a"], ["b"]]);
  });

  it("counts what Bun writes, a suite for each group, by file", () => {
    const text = `<testsuites name="bun test" tests="3">
  <testsuite name="test/a_test.ts" file="test/a_test.ts" tests="3">
    <testcase name="alone" classname="" time="0.1" file="test/a_test.ts" />
    <testsuite name="group" file="test/a_test.ts" line="5">
      <testcase name="good" classname="group" file="test/a_test.ts" assertions="0" />
      <testcase name="bad" classname="group" file="test/a_test.ts">
        <failure type="AssertionError" />
      </testcase>
      <testcase name="later" classname="group" file="test/a_test.ts">
        <skipped />
      </testcase>
    </testsuite>
  </testsuite>
</testsuites>`;
    const counts = countResults(text, ["test/a_test.ts", "test/b_test.ts"]);
    assert.deepEqual([counts.passed, counts.failed, counts.skipped], [2, 2, 1]);
    const failures = ["test/a_test.ts: bad", "test/b_test.ts (no test of it ran)"];
    assert.deepEqual(counts.failures, failures);
  });

  it("counts a file of which no test ran as failed", () => {
    const counts = countResults(report({ "./test/a_test.ts": [["a"]] }), [
      "test/a_test.ts",
      "test/b_test.ts",
    ]);
    assert.deepEqual([counts.passed, counts.failed], [1, 1]);
    assert.equal(countResults("", ["test/a_test.ts"]).failed, 1);
  });
});
