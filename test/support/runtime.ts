/**
 * The runtimes that tests start programs by: the one that they run on themselves, and the other one.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { isBun } from "../../src/io/bun.ts";
import { scriptArgs, type SelfCommand } from "../../src/io/process.ts";

/** A runtime by name. */
export type Runtime = "deno" | "bun";

/** The runtime of this process. */
export const OWN_RUNTIME: Runtime = isBun ? "bun" : "deno";
/** The runtime that this process doesn't run on. */
export const OTHER_RUNTIME: Runtime = isBun ? "deno" : "bun";
/** Whether there is the other one on this machine. */
export const hasOtherRuntime: boolean = spawnSync(OTHER_RUNTIME, ["--version"]).status === 0;

/** How to start a script. */
export function scriptCommand(script: string, runtime: Runtime = OWN_RUNTIME): SelfCommand {
  const file = runtime === OWN_RUNTIME ? process.execPath : runtime;
  return { file, args: scriptArgs(script, runtime), shown: script };
}
