/**
 * `deno compile` of the bundled program. Of the sources it would take all of node_modules with it.
 *
 * @module
 */
import { bundleForDeno } from "./bundle.ts";
import { DENIED, PERMISSIONS, UNSTABLE } from "./permissions.ts";
import { CompileError, type Order, TARGETS } from "./product.ts";
import { faultIn, run } from "./run.ts";
import { makeEntry } from "./stamp.ts";

/** What `deno compile` is started with, before the program. */
export const FLAGS: readonly string[] = [
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--no-code-cache", // it would be written to the folder for temporary files
  "--app-name=raet",
  ...UNSTABLE,
  ...DENIED,
  ...PERMISSIONS.map(({ flag }) => flag),
];

/**
 * Builds by `deno compile`, which takes a runtime of its own from the net, unless it lies in Deno's cache
 * or DENORT_BIN names it.
 *
 * @throws {CompileError} if that runtime can't be had
 */
export async function buildDeno({ target, out }: Order): Promise<void> {
  using entry = await makeEntry("deno");
  const program = await bundleForDeno(entry);
  const { triple } = TARGETS[target];
  const args = ["compile", "--quiet", ...FLAGS, `--target=${triple}`, `--output=${out}`, program];
  const { code, err } = await run(Deno.execPath(), args);
  if (code === 0) return;
  if (!/denort|download|error sending request/i.test(err)) {
    throw new CompileError(`"deno compile" ended with ${code}: ${faultIn(err)}`);
  }
  const zip = `denort-${triple}.zip`;
  throw new CompileError(
    `"deno compile" can't get its runtime "${zip}" of Deno ${Deno.version.deno}: expected to reach its ` +
      `download server, or that file in dl/release/v${Deno.version.deno}/ of the folder that "deno info" ` +
      "calls DENO_DIR, or DENORT_BIN to name the denort that is in it",
  );
}
