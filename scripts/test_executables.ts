/**
 * Builds the executables that can be built here, and runs test/executable/ against each of them. Ends
 * with a line `N passed, N failed`, as `scripts/test.ts` does; a build that fails counts as one.
 *
 *     deno task test:executables [sfx|bun]...
 *
 * The source is tested by `deno task test`. What `deno compile` makes can't be run without a runtime from
 * the net: `test/scripts/compile_test.ts` looks at what would go into it.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { compile } from "./compile/compile.ts";
import { CompileError, type How, OWN_TARGET } from "./compile/product.ts";
import { DIST } from "./compile/stamp.ts";

const TESTED: readonly How[] = ["sfx", "bun"];
const total = { passed: 0, failed: 0 };

for (const how of chosen()) {
  console.log(`\n== the executable by ${how}`);
  try {
    const out = join(DIST, ".tested", `raet-${how}`);
    const { file, bytes, startMs } = await compile({ how, target: OWN_TARGET, out });
    console.log(
      `${(bytes / 1e6).toFixed(1)} MB, ${Math.round(startMs!)} ms to the end of --version`,
    );
    await test(file);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    console.log(`failed: ${error.message}`);
    total.failed++;
  }
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** What was asked for, or all that can be built. */
function chosen(): How[] {
  const asked = process.argv.slice(2);
  const unknown = asked.find((how) => !(TESTED as readonly string[]).includes(how));
  if (unknown !== undefined) {
    console.error(`test_executables: "${unknown}": expected ${TESTED.join(", ")}`);
    process.exit(1);
  }
  if (asked.length > 0) return asked as How[];
  return TESTED.filter((how) => {
    if (how !== "bun" || spawnSync(process.env.RAET_BUN || "bun", ["--version"]).status === 0) {
      return true;
    }
    console.log("there is no bun: its executable is not tested");
    return false;
  });
}

/** Runs the tests against a file, and adds up what they say. */
async function test(file: string): Promise<void> {
  const words = ["run", "-A", join(import.meta.dirname!, "test.ts"), "test/executable/"];
  const child = spawn(Deno.execPath(), words, {
    env: { ...process.env, RAET_EXECUTABLE: file },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let counts: RegExpExecArray | null = null;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const found = /^(\d+) passed, (\d+) failed$/.exec(line);
    if (found) counts = found;
    else console.log(line);
  });
  await new Promise((resolve) => child.on("close", resolve));
  const [, passed, failed] = counts ?? ["", "0", "1"];
  total.passed += Number(passed);
  total.failed += Number(failed);
}
