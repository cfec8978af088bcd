/**
 * Runs all tests and ends with a line `N passed, N failed`. The exit code is 0 only if something
 * passed and nothing failed.
 *
 *     deno task test [PART OF A PATH]... [--runtime deno|bun] [OPTION OF deno test, or of bun test]...
 *
 * The same tests run on both runtimes, save those whose file name ends with the name of one, and
 * those of scripts, which are Deno's. Tests of pure code run side by side. Those that open sockets, start processes or measure time run
 * alone, one file after the other. Results are counted out of the JUnit report and not out of
 * what the runtime says, because a test that ends the process with code 0 makes it say nothing.
 * Types are not checked again: `deno task check` has done it.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { countResults, type Counts } from "./junit.ts";

/** Folders whose tests run alone. */
const ALONE = ["bench", "client", "executable", "io", "manor", "package", "release", "system"];
/** Folders whose tests are about scripts, which are Deno's. */
const OF_SCRIPTS = ["package", "release", "scripts"];
/** No test is silent for so long, unless it hangs. */
const SILENCE_MS_MAX = 120_000;

type Runtime = "deno" | "bun";

/** The runtime of this process. */
const OWN: Runtime = "Bun" in globalThis ? "bun" : "deno";

/** How each runtime runs test files: together, or one after the other. */
const ARGUMENTS: Record<Runtime, (report: string, isTogether: boolean) => string[]> = {
  // The collector of garbage for tests that look for what is never let go.
  deno: (report, isTogether) =>
    ["test", "-A", "--no-check", "--v8-flags=--expose-gc", `--junit-path=${report}`]
      .concat(isTogether ? "--parallel" : []),
  // Bun's own bound is 5 s a test; a test must not fail because the machine is slow.
  bun: (report, isTogether) =>
    ["test", `--timeout=${SILENCE_MS_MAX}`, "--reporter=junit", `--reporter-outfile=${report}`]
      .concat(isTogether ? "--parallel" : "--isolate"),
};

/** Whether a file of tests is for a runtime. */
function isFor(path: string, runtime: Runtime): boolean {
  if (OF_SCRIPTS.some((room) => path.startsWith(join("test", room, "/")))) {
    return runtime === "deno";
  }
  const [, only] = /_(deno|bun)_test\.ts$/.exec(path) ?? [];
  return only === undefined || only === runtime;
}

/** Shows the lines of tests that run side by side only if they failed, and all other lines. */
class Digest {
  /** The last line of each test file. */
  readonly #last = new Map<string, string>();

  take(line: string): void {
    const [, file, text] = /^(\S+_test\.ts) => (.*)$/.exec(line) ?? [];
    if (file !== undefined) {
      this.#last.delete(file);
      this.#last.set(file, text);
    }
    const isFine = file === undefined
      ? runtime === "bun" && /^\(pass\) |^test\/\S+:$|^$/.test(line)
      : / (?:ok|ignored) \([\d.]+\S*\)$/.test(text);
    if (!isFine) console.log(line);
  }

  /** Shows where each test file was when it was heard of last, the latest below. */
  tellLast(): void {
    console.log(`nothing was heard for ${SILENCE_MS_MAX / 1000} s; the last of each file:`);
    for (const [file, text] of this.#last) console.log(`  ${file}: ${text}`);
  }
}

const { runtime, filters, options } = readArguments(process.argv.slice(2));
const files = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => join("test", name))
  .filter((path) => /_test\.ts$/.test(path) && !path.includes("node_modules"))
  .filter((path) => isFor(path, runtime))
  .filter((path) => filters.length === 0 || filters.some((part) => path.includes(part)))
  .sort();
const isAlone = (path: string) => ALONE.some((room) => path.startsWith(join("test", room, "/")));

const folder = mkdtempSync(join(tmpdir(), "raet-test-"));
const total: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
try {
  await run("pure", files.filter((path) => !isAlone(path)), true);
  await run("other", files.filter(isAlone), false);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const name of total.failures) console.log(`failed: ${name}`);
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
if (total.passed + total.failed === 0) console.log("no test ran");
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Runs some test files in one run of the runtime and adds up their results. */
async function run(name: string, paths: string[], isTogether: boolean): Promise<void> {
  if (paths.length === 0) return;
  const report = join(folder, `${name}.xml`);
  const files = paths.map((path) => `./${path}`); // Bun takes other words for parts of names
  const code = await start([...ARGUMENTS[runtime](report, isTogether), ...options, ...files]);
  // A filter by name leaves files without a test that ran; without one each file must have some. Of a
  // file whose tests are all skipped Bun says nothing; of one that doesn't load it does, by its code.
  const filtered = options.some((option) => /^(?:--filter|--test-name)/.test(option));
  const text = readOrNothing(report); // there is none if the run died
  const counts = countResults(
    text,
    filtered || text === "" || runtime === "bun" ? [] : paths,
  );
  if ((code !== 0 || text === "") && counts.failed === 0) {
    counts.failed++;
    counts.failures.push(`the ${name} tests ended with ${code}`);
  }
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  total.failures.push(...counts.failures);
}

/** Runs the runtime and shows what it says; gives its exit code, or the signal that it died of. */
function start(args: string[]): Promise<number | string> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" };
    const file = runtime === OWN ? process.execPath : runtime;
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env });
    const digest = new Digest();
    const hangs = () => {
      digest.tellLast();
      child.kill("SIGKILL");
    };
    let timer = setTimeout(hangs, SILENCE_MS_MAX);
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => {
        clearTimeout(timer);
        timer = setTimeout(hangs, SILENCE_MS_MAX);
        digest.take(line);
      });
    }
    child.on("error", () => console.error(`"${file}" can't be started: expected it on PATH`));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(code ?? signal ?? "no exit code");
    });
  });
}

function readArguments(args: string[]) {
  const { values, positionals, tokens } = parseArgs({
    args,
    options: { runtime: { type: "string", default: OWN } },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const runtime = values.runtime;
  if (runtime !== "deno" && runtime !== "bun") {
    console.error(`--runtime "${runtime}" is not what was expected: deno or bun`);
    process.exit(1);
  }
  const options = tokens.filter((token) => token.kind === "option" && token.name !== "runtime")
    .map(({ index }) => args[index]);
  return { runtime: runtime as Runtime, filters: positionals, options };
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
