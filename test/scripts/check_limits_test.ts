import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { checkLimits, showLimit } from "../../scripts/check_limits.ts";
import { TemporaryFolder } from "../support/temporary.ts";

describe("the page of limits", () => {
  it("has each limit with its value, its counter, and a test that names it", () => {
    using folder = new TemporaryFolder();
    for (const name of ["src", "test"]) mkdirSync(join(folder.path, name));
    writeFileSync(join(folder.path, "src", "a.ts"), 'counters.add("a_limit");');
    writeFileSync(join(folder.path, "test", "a_test.ts"), "import { A_MAX } from limits");
    const values = { A_MAX: 4096, B_BYTES_MAX: 2 * 1024 * 1024, NOT_ONE: 7 };
    const check = (...lines: string[]) =>
      checkLimits(lines.join("\n"), values, folder.path).map((line) => line.replace(/^.*?: /, ""));
    const a = "| `A_MAX` | 4,096 | as many | `a_limit` | nothing | `test/a_test.ts` |";
    const b = "| `B_BYTES_MAX` | 2 MiB | a size |";
    assert.deepEqual(check(a, b), []);
    assert.deepEqual(check(a), ["lacks B_BYTES_MAX"]);
    assert.deepEqual(check(a, b, b), ["B_BYTES_MAX stands here twice"]);
    assert.deepEqual(check(a, b, "| `C_MAX` | 1 | x |"), ["C_MAX is no limit"]);
    assert.deepEqual(check(a.replace("4,096", "4,095"), b), ["A_MAX is 4,096, not 4,095"]);
    assert.deepEqual(check(a.replace("`a_limit`", "`b_limit`"), b), [
      'A_MAX is counted as "b_limit", which the program never counts',
    ]);
    assert.deepEqual(check(a.replace("`a_limit`", ""), b), [
      "A_MAX has no counter: expected one, or –",
    ]);
    assert.match(check(a.replace("a_test", "b_test"), b)[0], /^A_MAX is tried by no test/);
    writeFileSync(join(folder.path, "test", "a_test.ts"), "A_MAXIMUM");
    assert.deepEqual(check(a, b), ["A_MAX is not named in test/a_test.ts"]);
  });

  it("shows values as people read them", () => {
    const shown = [["X_MAX", 65_536], ["X_BYTES_MAX", 1026], ["X_BYTES_MAX", 65_536], [
      "X_MS_MAX",
      5000,
    ], ["T_MS_MAX", 7 * 86_400_000]] as const;
    assert.deepEqual(shown.map(([name, value]) => showLimit(name, value)), [
      "65,536",
      "1,026",
      "64 KiB",
      "5 s",
      "7 days",
    ]);
  });
});
