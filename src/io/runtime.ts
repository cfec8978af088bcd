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

/** Describes the runtime of this process, and the machine in the words of `deno task compile --target`. */
export function describeRuntime(): Runtime {
  const { deno, bun, node } = process.versions;
  const runtime = deno ? `deno ${deno}` : bun ? `bun ${bun}` : `node ${node}`;
  return { runtime, target: `${ARCHITECTURES[process.arch] ?? process.arch}-${process.platform}` };
}

const ARCHITECTURES: Partial<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
