/**
 * `bun build --compile` of the program.
 *
 * @module
 */
import { copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { CompileError, type Order, OWN_TARGET, TARGETS } from "./product.ts";
import { faultIn, run } from "./run.ts";
import { fileOfPackage } from "./runtimes.ts";
import { makeEntry, ROOT } from "./stamp.ts";

/** What `bun build` is started with. */
export const FLAGS: readonly string[] = [
  "--compile",
  "--minify",
  "--bytecode",
  "--format=esm",
  "--sourcemap=none",
  // What lies in the folder where somebody stands is none of ours.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

/**
 * Builds by Bun, which has to be on PATH, or where RAET_BUN says.
 *
 * @throws {CompileError} if there is no Bun, or it can't build
 */
export async function buildBun({ target, out }: Order): Promise<void> {
  const bun = process.env.RAET_BUN || "bun";
  const { code, out: version } = await run(bun, ["--version"]).catch((cause) => {
    throw new CompileError(
      `"${bun}" can't be started: expected Bun on PATH, as by npm install --global bun`,
      { cause },
    );
  });
  if (code !== 0) {
    throw new CompileError(`"${bun} --version" ended with ${code}: expected a version`);
  }
  using entry = await makeEntry("bun");
  // The name of the file goes into it: the same one whatever it is called in the end.
  const made = join(entry.folder, "raet");
  const args = [...FLAGS, `--target=${TARGETS[target].bunTarget}`, `--outfile=${made}`];
  if (target !== OWN_TARGET) {
    const runtime = await fileOfPackage(TARGETS[target].bun, version.trim(), "bin/bun");
    args.push(`--compile-executable-path=${runtime}`);
  }
  const built = await run(bun, ["build", ...args, entry.path], { cwd: ROOT });
  if (built.code !== 0) {
    throw new CompileError(
      `"bun build" ended with ${built.code}: ${faultIn(built.err || built.out)}`,
    );
  }
  copyFileSync(made, `${out}.new-${process.pid}`);
  renameSync(`${out}.new-${process.pid}`, out);
}
