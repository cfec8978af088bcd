import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";

const SCRIPT = join(import.meta.dirname!, "../../scripts/interop.ts");

function interop(python: string | undefined): { stdout: string; stderr: string; code: number } {
  const env = { ...process.env, RAET_PYTHON: python };
  if (python === undefined) delete env.RAET_PYTHON;
  const run = spawnSync(Deno.execPath(), ["run", "-A", SCRIPT], { env, encoding: "utf8" });
  return { stdout: run.stdout, stderr: run.stderr, code: run.status ?? -1 };
}

describe("the interop task", () => {
  it("says that it was skipped without a Python, and ends with 0", () => {
    const { stdout, code } = interop(undefined);
    assert.match(stdout, /^skipped: RAET_PYTHON is not set/);
    assert.equal(code, 0);
  });

  it("fails with a Python that can't import raet, or that isn't there", () => {
    for (const python of ["false", "/nowhere/python"]) {
      const { stderr, code } = interop(python);
      assert.match(stderr, /can't import raet/);
      assert.equal(code, 1);
    }
  });
});
