/**
 * The self-extracting file: a POSIX shell script (`stub.sh`), and behind it the Deno runtime, the
 * bundled program and what starts it (`launch.sh`). The same sources, runtime and version make the
 * same bytes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { bundleForDeno, versionOf } from "./bundle.ts";
import { DENIED, PERMISSIONS, UNSTABLE } from "./permissions.ts";
import { type Order, OWN_TARGET, TARGETS } from "./product.ts";
import { fileOfPackage, RUNTIMES } from "./runtimes.ts";
import { makeEntry, ROOT } from "./stamp.ts";

/** What Deno is started with, before the program. */
export const FLAGS: readonly string[] = [
  "--quiet",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--cached-only",
  ...UNSTABLE,
  ...DENIED,
  ...PERMISSIONS.map(({ flag }) => flag),
];

/**
 * Builds the self-extracting file.
 *
 * @throws {CompileError} if the program can't be bundled, or the runtime of another machine not be had
 */
export async function buildSfx({ target, out }: Order): Promise<void> {
  using entry = await makeEntry("sfx");
  const program = readFileSync(await bundleForDeno(entry));
  const runtime = readFileSync(await runtimeFor(target));
  const launch = Buffer.from(script("launch.sh", { FLAGS: FLAGS.join(" ") }));
  const id = createHash("sha256");
  for (const part of [runtime, program, launch]) {
    id.update(createHash("sha256").update(part).digest());
  }
  const parts = [packRuntime(runtime), pack(program), pack(launch)];
  const stub = stubFor(parts, {
    VERSION: versionOf(ROOT),
    TARGET: target,
    ID: id.digest("hex").slice(0, 16),
  });
  const made = `${out}.new-${process.pid}`;
  writeFileSync(made, Buffer.concat([stub, ...parts]));
  chmodSync(made, 0o755);
  renameSync(made, out);
}

async function runtimeFor(target: Order["target"]): Promise<string> {
  if (target === OWN_TARGET) return realpathSync(Deno.execPath());
  return await fileOfPackage(TARGETS[target].deno, Deno.version.deno, "deno");
}

/** Packing a runtime takes seconds, so it is done once for each. */
function packRuntime(runtime: Buffer): Buffer {
  const name = createHash("sha256").update(runtime).digest("hex");
  const path = join(RUNTIMES, `${name}.gz`);
  if (existsSync(path)) return readFileSync(path);
  const packed = pack(runtime);
  mkdirSync(RUNTIMES, { recursive: true });
  writeFileSync(`${path}.${process.pid}`, packed);
  renameSync(`${path}.${process.pid}`, path);
  return packed;
}

/** With the sum by which the script knows that a part is what it was. */
function pack(part: Buffer): Buffer {
  return gzipSync(part, { level: 9 });
}

/** The script that knows where each part begins; numbers have a fixed width, so that this is known before. */
function stubFor(parts: readonly Buffer[], words: Record<string, string>): Buffer {
  const [runtime, program, launch] = parts;
  const fill = (numbers: Record<string, number>) =>
    Buffer.from(script("stub.sh", {
      ...words,
      ...Object.fromEntries(
        Object.entries(numbers).map(([name, value]) => [name, String(value).padEnd(10)]),
      ),
    }));
  const numbers = {
    DENO_BYTES: runtime.length,
    PROGRAM_BYTES: program.length,
    LAUNCH_BYTES: launch.length,
  };
  const nowhere = { DENO_AT: 0, PROGRAM_AT: 0, LAUNCH_AT: 0, BYTES: 0 };
  const runtimeAt = fill({ ...numbers, ...nowhere }).length;
  const programAt = runtimeAt + runtime.length;
  const launchAt = programAt + program.length;
  return fill({
    ...numbers,
    DENO_AT: runtimeAt + 1, // tail counts from one
    PROGRAM_AT: programAt + 1,
    LAUNCH_AT: launchAt + 1,
    BYTES: runtimeAt + parts.reduce((sum, { length }) => sum + length, 0),
  });
}

function script(name: string, words: Record<string, string>): string {
  const text = readFileSync(join(import.meta.dirname!, name), "utf8");
  return text.replace(/@([A-Z_]+)@/g, (all, word: string) => words[word] ?? all);
}
