/**
 * A world for the command line in memory: what it prints is kept, and what stands on its standard
 * input is given.
 *
 * @module
 */
import { utf8 } from "../../src/base/bytes.ts";
import { RaetError } from "../../src/base/errors.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { World } from "../../src/cli/world.ts";
import type { FakeManor } from "./fake_manor.ts";

/** What a command line did. */
export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** What is around a command line. */
export interface Around {
  readonly env?: Record<string, string>;
  readonly input?: string | Uint8Array;
  /** the same in several reads, for what takes it as it comes */
  readonly reads?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** whether it writes to a terminal */
  readonly terminal?: boolean;
  /** the manor that it finds; none without */
  readonly manor?: FakeManor;
  readonly signal?: AbortSignal;
}

/** Runs a command line in this process. */
export async function runInMemory(
  args: readonly string[],
  options: Around = {},
): Promise<Ran> {
  let [out, err] = ["", ""];
  const isTerminal = options.terminal ?? false;
  const { input = "", manor, reads } = options;
  const bytes = typeof input === "string" ? utf8(input) : input;
  const world: World = {
    out: {
      isTerminal,
      write: (text) => void (out += text),
      writeBytes: (bytes) => void (out += String.fromCharCode(...bytes)),
    },
    err: { isTerminal, write: (text) => void (err += text) },
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
    onFault: () => {},
    readInput: () => Promise.resolve(bytes),
    openInput: () => ReadableStream.from(reads ?? [bytes]),
    attach: () => {
      if (manor) return manor.attach();
      return Promise.reject(new RaetError("no_manor", "no manor is running in this test"));
    },
  };
  const exit = await runProgram(args, world);
  return { exit, out, err };
}
