/**
 * What this program runs on.
 *
 * @module
 */
import process from "node:process";

/** The runtime with its version, and the machine that it was built for. */
export interface Runtime {
  readonly runtime: string;
  readonly target: string;
}

/** Describes the runtime of this process. */
export function describeRuntime(): Runtime {
  if ("Deno" in globalThis) {
    return { runtime: `deno ${Deno.version.deno}`, target: Deno.build.target };
  }
  const { bun, node } = process.versions;
  return {
    runtime: bun ? `bun ${bun}` : `node ${node}`,
    target: `${process.arch}-${process.platform}`,
  };
}
