import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";

const RUNNER = join(import.meta.dirname!, "../../scripts/test.ts");
const GOOD = 'import { it } from "node:test"; it("good", () => {});';
const BAD = 'import { it } from "node:test"; it("bad", () => { throw new Error("no"); });';
const QUITTER = 'import { it } from "node:test"; it("quits", () => Deno.exit(0));';

const BUN_QUITTER = 'import { it } from "node:test"; it("quits", () => process.exit(0));';
const ON_BUN =
  'import { it } from "node:test"; it("is on Bun", () => { if (!("Bun" in globalThis)) throw 1; });';
const HAS_BUN = spawnSync("bun", ["--version"]).status === 0;

/** Runs the runner on a tree that holds just these test files. */
function runTests(
  files: Record<string, string>,
  ...args: string[]
): { last: string; code: number } {
  const root = mkdtempSync(join(tmpdir(), "runner-"));
  try {
    mkdirSync(join(root, "test"));
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(dirname(join(root, "test", path)), { recursive: true });
      writeFileSync(join(root, "test", path), source);
    }
    const run = spawnSync(Deno.execPath(), ["run", "-A", RUNNER, ...args], {
      cwd: root,
      encoding: "utf8",
    });
    return { last: run.stdout.trimEnd().split("\n").at(-1) ?? "", code: run.status ?? -1 };
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe("the test runner", () => {
  it("ends with the counts of unit and system tests, and 0 if all passed", () => {
    assert.deepEqual(runTests({ "a/x_test.ts": GOOD, "system/y_test.ts": GOOD }), {
      last: "2 passed, 0 failed",
      code: 0,
    });
  });

  it("ends with 1 if a test failed or a file did not load", () => {
    assert.deepEqual(runTests({ "x_test.ts": GOOD, "y_test.ts": BAD, "z_test.ts": "throw 1;" }), {
      last: "1 passed, 2 failed",
      code: 1,
    });
  });

  it("does not take a test that ends the process for a pass", () => {
    const { last, code } = runTests({ "a_test.ts": QUITTER });
    assert.deepEqual({ last, code }, { last: "0 passed, 1 failed", code: 1 });
  });

  it("ends with 1 if no test ran", () => {
    assert.deepEqual(runTests({}), { last: "0 passed, 0 failed", code: 1 });
    assert.deepEqual(runTests({ "x_test.ts": GOOD }, "nowhere"), {
      last: "0 passed, 0 failed",
      code: 1,
    });
  });

  it("runs the files of a runtime on that one", { skip: !HAS_BUN && "there is no bun" }, () => {
    const files = {
      "a_test.ts": ON_BUN,
      "x_bun_test.ts": ON_BUN,
      "x_deno_test.ts": BAD,
      "scripts/y_test.ts": BAD,
      "z_test.ts": BAD,
      "system/q_test.ts": BUN_QUITTER,
    };
    assert.deepEqual(runTests(files, "--runtime", "bun"), {
      last: "2 passed, 2 failed",
      code: 1,
    });
    assert.deepEqual(runTests({ "a_test.ts": GOOD, "b_test.ts": "throw 1;" }, "--runtime", "bun"), {
      last: "1 passed, 1 failed",
      code: 1,
    });
    assert.deepEqual(runTests({ "x_bun_test.ts": BAD, "x_deno_test.ts": GOOD }), {
      last: "1 passed, 0 failed",
      code: 0,
    });
  });

  it("runs only files whose path holds an argument", () => {
    assert.deepEqual(runTests({ "a/x_test.ts": GOOD, "b/y_test.ts": BAD }, "a/x"), {
      last: "1 passed, 0 failed",
      code: 0,
    });
  });
});
