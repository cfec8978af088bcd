/**
 * Runs all tests and ends with a line `N passed, N failed`. The exit code is 0 only if something
 * passed and nothing failed.
 *
 *     deno task test [PART OF A PATH]... [OPTION OF deno test]...
 *
 * Unit tests run side by side. Tests under `test/system` start processes and measure time, so they
 * run alone, one file after the other. Results are counted out of the JUnit report and not out of
 * what `deno test` says, because a test that ends the process with code 0 makes it say nothing.
 * Types are not checked again: `deno task check` has done it.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { countResults, type Counts } from "./junit.ts";

/** Longer than any run should take on a slow machine; then it hangs. */
const RUN_MS_MAX = 15 * 60_000;

const filters = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const options = process.argv.slice(2).filter((argument) => argument.startsWith("-"));
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => join("test", name))
  .filter((path) => /_test\.ts$/.test(path) && !path.includes("node_modules"))
  .filter((path) => filters.length === 0 || filters.some((part) => path.includes(part)))
  .sort();
const isSystem = (path: string) => path.startsWith(join("test", "system"));

const folder = mkdtempSync(join(tmpdir(), "raet-test-"));
const total: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
try {
  await run("unit", files.filter((path) => !isSystem(path)), ["--parallel", "--reporter=dot"]);
  await run("system", files.filter(isSystem), []);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const name of total.failures) console.log(`failed: ${name}`);
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
if (total.passed + total.failed === 0) console.log("no test ran");
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Runs some test files in one `deno test` and adds up their results. */
async function run(name: string, paths: string[], more: string[]): Promise<void> {
  if (paths.length === 0) return;
  const report = join(folder, `${name}.xml`);
  const code = await deno([
    "test",
    "-A",
    "--no-check",
    `--junit-path=${report}`,
    ...more,
    ...options,
    ...paths,
  ]);
  // A filter by name leaves files without a test that ran; without one each file must have some.
  const expected = options.some((option) => option.startsWith("--filter")) ? [] : paths;
  const counts = countResults(readOrNothing(report), expected);
  if (code !== 0 && counts.failed === 0) {
    counts.failed++;
    counts.failures.push(`the ${name} tests ended with ${code}`);
  }
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  total.failures.push(...counts.failures);
}

/** Runs deno with our own output, and gives its exit code or the name of the signal it died of. */
function deno(args: string[]): Promise<number | string> {
  return new Promise((resolve) => {
    const child = spawn(Deno.execPath(), args, { stdio: "inherit" });
    const timer = setTimeout(() => child.kill("SIGKILL"), RUN_MS_MAX);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(code ?? String(signal));
    });
  });
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
