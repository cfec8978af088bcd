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
const HANGING = 'it("hangs", () => new Promise(() => setInterval(() => {}, 1e6)));';
const HAS_BUN = spawnSync("bun", ["--version"]).status === 0;

/** Runs the runner on a tree that holds just these test files. */
function runTests(
  files: Record<string, string>,
  ...args: string[]
): { last: string; code: number } {
  const { out, code } = runWhole(files, ...args);
  return { last: out.split("\n").at(-1) ?? "", code };
}

/** The same, with all that it says. */
function runWhole(
  files: Record<string, string>,
  ...args: string[]
): { out: string; code: number } {
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
    return { out: run.stdout.trimEnd(), code: run.status ?? -1 };
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
    const denos = { "x_deno_test.ts": BAD, "scripts/y_test.ts": BAD };
    assert.deepEqual(runTests(denos, "_test", "--runtime", "bun"), {
      last: "0 passed, 0 failed",
      code: 0,
    });
    assert.deepEqual(runTests({ "x_bun_test.ts": BAD, "x_deno_test.ts": GOOD }), {
      last: "1 passed, 0 failed",
      code: 0,
    });
  });

  it(
    "says on Bun which test was the last before one that hangs",
    { skip: !HAS_BUN && "there is no bun" },
    () => {
      const files = { "system/a_test.ts": GOOD, "system/b_test.ts": GOOD + HANGING };
      const { out, code } = runWhole(files, "--runtime", "bun", "--silence-ms=10000");
      assert.match(out, /^nothing was heard for 10 s; the last of each file:$/m);
      assert.match(out, /^ {2}test\/system\/b_test\.ts: good/m);
      assert.match(out, /\n0 passed, 1 failed$/);
      assert.equal(code, 1);
    },
  );

  it("says what it does not run, and which tests were skipped", {
    skip: !HAS_BUN && "there is no bun",
  }, () => {
    const skipped = GOOD.replace('"good", ', '"not here", { skip: "why" }, ');
    const files = { "a_test.ts": GOOD + skipped.split("; ")[1], "x_deno_test.ts": BAD };
    for (const runtime of ["deno", "bun"]) {
      const { out } = runWhole({ ...files, "scripts/y_test.ts": GOOD }, "--runtime", runtime);
      assert.match(out, /^skipped: .*not here\n1 skipped\n/m);
      const isLeftOut = out.includes(
        "not on bun: test/x_deno_test.ts, as it is about a back end for",
      );
      assert.equal(isLeftOut, runtime === "bun");
      assert.equal(/^not on bun: test\/scripts\/y_test\.ts, as it/m.test(out), runtime === "bun");
    }
  });

  it("runs only files whose path holds an argument", () => {
    assert.deepEqual(runTests({ "a/x_test.ts": GOOD, "b/y_test.ts": BAD }, "a/x"), {
      last: "1 passed, 0 failed",
      code: 0,
    });
  });
});
