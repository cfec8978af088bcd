/**
 * Runs all tests and ends with a line `N passed, N failed`. The exit code is 0 only if something
 * passed and nothing failed, or all that was asked for is not for this runtime.
 *
 *     deno task test [PART OF A PATH]... [--runtime deno|bun] [--silence-ms N] [OPTION OF THE RUNTIME'S test]...
 *
 * The same tests run on both runtimes, save those whose file name ends with the name of one, and
 * those of scripts, which are Deno's: which ones and why is said, and so is the name of each test that
 * was skipped. Tests of pure code run side by side. Those that open sockets, start processes or measure
 * time run alone, one file after the other. Results are counted out of the JUnit report and not out of
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
/** No test is silent for so long, unless it hangs. Bun speaks of files that run side by side as they end. */
const SILENCE_MS_MAX = 300_000;
/** Bun's own bound is 5 s a test; a test must not fail because the machine is slow. One that hangs has a name. */
const BUN_TEST_MS_MAX = 240_000;

type Runtime = "deno" | "bun";

/** The runtime of this process. */
const OWN: Runtime = "Bun" in globalThis ? "bun" : "deno";

/** How each runtime runs test files: together, or one after the other. */
const ARGUMENTS: Record<Runtime, (report: string, isTogether: boolean) => string[]> = {
  // The collector of garbage for tests that look for what is never let go.
  deno: (report, isTogether) =>
    ["test", "-A", "--no-check", "--v8-flags=--expose-gc", `--junit-path=${report}`]
      .concat(isTogether ? "--parallel" : []),
  bun: (report, isTogether) =>
    ["test", `--timeout=${BUN_TEST_MS_MAX}`, "--reporter=junit", `--reporter-outfile=${report}`]
      .concat(isTogether ? "--parallel" : "--isolate"),
};

/** Why a file of tests is not for a runtime; null if it is. */
function whyNot(path: string, runtime: Runtime): string | null {
  if (runtime !== "deno" && OF_SCRIPTS.some((room) => path.startsWith(join("test", room, "/")))) {
    return "it is about scripts, which Deno runs";
  }
  const [, only = runtime] = /_(deno|bun)_test\.ts$/.exec(path) ?? [];
  return only === runtime ? null : `it is about a back end for ${only}`;
}

/** Shows the lines of tests that run side by side only if they failed, and all other lines. */
class Digest {
  /** The last line of each test file. */
  readonly #last = new Map<string, string>();
  /** The file that Bun speaks of. */
  #file = "";

  take(line: string): void {
    if (runtime === "bun" ? this.#isFineOfBun(line) : this.#isFineOfDeno(line)) return;
    console.log(line);
  }

  #isFineOfDeno(line: string): boolean {
    const [, file, text] = /^(\S+_test\.ts) => (.*)$/.exec(line) ?? [];
    if (file === undefined) return false;
    this.#hear(file, text);
    return / (?:ok|ignored) \([\d.]+\S*\)$/.test(text);
  }

  #isFineOfBun(line: string): boolean {
    const [, file] = /^(test\/\S+):$/.exec(line) ?? [];
    if (file !== undefined) this.#hear(this.#file = file, "it began");
    const [, outcome, text] = /^\((pass|fail|skip)\) (.*)$/.exec(line) ?? [];
    if (outcome !== undefined) this.#hear(this.#file, text);
    return file !== undefined || outcome === "pass" || outcome === "skip" || line === "";
  }

  #hear(file: string, text: string): void {
    this.#last.delete(file);
    this.#last.set(file, text);
  }

  /** Shows where each test file was when it was heard of last, the latest below. */
  tellLast(): void {
    console.log(`nothing was heard for ${silenceMs / 1000} s; the last of each file:`);
    for (const [file, text] of this.#last) console.log(`  ${file}: ${text}`);
  }
}

const { runtime, filters, options, silenceMs } = readArguments(process.argv.slice(2));
const all = readdirSync("test", { recursive: true, encoding: "utf8" })
  .map((name) => join("test", name))
  .filter((path) => /_test\.ts$/.test(path) && !path.includes("node_modules"))
  .filter((path) => filters.length === 0 || filters.some((part) => path.includes(part)))
  .sort();
const files = all.filter((path) => whyNot(path, runtime) === null);
for (const path of all.filter((path) => !files.includes(path))) {
  console.log(`not on ${runtime}: ${path}, as ${whyNot(path, runtime)}`);
}
const isAlone = (path: string) => ALONE.some((room) => path.startsWith(join("test", room, "/")));

const folder = mkdtempSync(join(tmpdir(), "raet-test-"));
const total: Counts = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
try {
  await run("pure", files.filter((path) => !isAlone(path)), true);
  await run("other", files.filter(isAlone), false);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const name of total.failures) console.log(`failed: ${name}`);
for (const name of total.skips) console.log(`skipped: ${name}`);
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
const isForOther = files.length === 0 && all.length > 0;
if (total.passed + total.failed === 0 && !isForOther) console.log("no test ran");
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && (total.passed > 0 || isForOther) ? 0 : 1;

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
  total.skips.push(...counts.skips);
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
    let timer = setTimeout(hangs, silenceMs);
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => {
        clearTimeout(timer);
        timer = setTimeout(hangs, silenceMs);
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
    options: {
      runtime: { type: "string", default: OWN },
      "silence-ms": { type: "string", default: String(SILENCE_MS_MAX) },
    },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const runtime = values.runtime;
  if (runtime !== "deno" && runtime !== "bun") {
    console.error(`--runtime "${runtime}" is not what was expected: deno or bun`);
    process.exit(1);
  }
  const silenceMs = Number(values["silence-ms"]);
  if (!(silenceMs > 0)) {
    console.error(`--silence-ms "${values["silence-ms"]}" is not what was expected: milliseconds`);
    process.exit(1);
  }
  const own = ["runtime", "silence-ms"];
  const options = tokens.filter((token) => token.kind === "option" && !own.includes(token.name))
    .map(({ index }) => args[index]);
  return { runtime: runtime as Runtime, filters: positionals, options, silenceMs };
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
