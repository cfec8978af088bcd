/**
 * Standard input as it comes.
 *
 * @module
 */
import process from "node:process";
import { RaetError } from "../base/errors.ts";
import { pause, systemClock } from "./clock.ts";
import { codeOf, reasonOf } from "./private.ts";

/** Reads it. @throws {RaetError} `usage` if it can't be read */
export type InputReader = () => AsyncIterable<Uint8Array>;

/** Bytes of one read. */
const READ_BYTES = 65_536;
/** A pipe that somebody made non-blocking says so while it is empty. */
const EMPTY_AGAIN_MS = 10;

/** By Deno, whose stream of node's takes every fault for the end. */
export const denoInput: InputReader = () => sayingFaults(readByDeno());

/** By the stream of node. */
export const nodeInput: InputReader = () => sayingFaults(process.stdin);

async function* sayingFaults(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* input;
  } catch (cause) {
    const what = `standard input can't be read: ${reasonOf(cause)}`;
    throw new RaetError("usage", what, { cause });
  }
}

async function* readByDeno(): AsyncGenerator<Uint8Array> {
  for (;;) {
    const part = new Uint8Array(READ_BYTES);
    const length = await readSome(part);
    if (length === null) return;
    yield part.subarray(0, length);
  }
}

async function readSome(part: Uint8Array): Promise<number | null> {
  for (;;) {
    try {
      return await Deno.stdin.read(part);
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      await pause(systemClock, EMPTY_AGAIN_MS);
    }
  }
}
