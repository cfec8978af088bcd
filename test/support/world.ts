/**
 * A world for the command line in memory: what it prints is kept, and what stands on its standard
 * input is given.
 *
 * @module
 */
import { utf8 } from "../../src/base/bytes.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { World } from "../../src/cli/world.ts";

/** What a command line did. */
export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. */
export async function runInMemory(
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string; terminal?: boolean } = {},
): Promise<Ran> {
  let [out, err] = ["", ""];
  const isTerminal = options.terminal ?? false;
  const world: World = {
    out: { isTerminal, write: (text) => void (out += text) },
    err: { isTerminal, write: (text) => void (err += text) },
    env: options.env ?? {},
    signal: new AbortController().signal,
    onFault: () => {},
    readInput: () => Promise.resolve(utf8(options.input ?? "")),
  };
  const exit = await runProgram(args, world);
  return { exit, out, err };
}
