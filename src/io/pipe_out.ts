/**
 * Standard output and standard error where they are pipes or sockets, written to without standing still while
 * nobody reads them.
 *
 * @module
 */
import { fstatSync } from "node:fs";
import { joinBytes } from "../base/bytes.ts";
import { pause, systemClock } from "./clock.ts";
import { codeOf } from "./private.ts";

/** The way out. */
export interface PipeOut {
  /** Writes after what came before; `done` is told once the system has taken it. */
  write(bytes: Uint8Array, done: () => void): void;
  /** Waits until all is written, or can't be. */
  flushed(): Promise<void>;
}

/**
 * Opens it; null where that is something else, or the runtime's own stream doesn't stand still.
 *
 * @param fd standard output, or standard error
 * @param onError told why nothing more can be written
 */
export type PipeOutOpener = (fd: 1 | 2, onError: (error: unknown) => void) => PipeOut | null;

/** A pipe that somebody made non-blocking says so while it is full. */
const FULL_AGAIN_MS = 10;
/** Such a pipe takes so much as a whole or not at all; of more Deno doesn't tell how much it took. */
const ATOMIC_BYTES = 4096;

/** By Deno, whose stream of node's writes in the loop: while a pipe is full not even a signal is heard. */
export const denoPipeOut: PipeOutOpener = (fd, onError) => {
  if (!isPipe(fd)) return null;
  const stream = fd === 1 ? Deno.stdout : Deno.stderr;
  const waiting: Piece[] = [];
  let running: Promise<void> | null = null;
  const run = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, fitting(waiting));
      await writeAll(stream, joinBytes(batch.map(({ bytes }) => bytes)));
      for (const { done } of batch) done();
    }
    running = null;
  };
  return {
    write(bytes, done) {
      waiting.push({ bytes, done });
      running ??= run().catch(onError); // and nothing is begun after a fault
    },
    flushed: () => running ?? Promise.resolve(),
  };
};

interface Piece {
  readonly bytes: Uint8Array;
  readonly done: () => void;
}

/** How many are written at once: lines mostly, of which each would cost as much. */
function fitting(waiting: readonly Piece[]): number {
  let [count, length] = [1, waiting[0].bytes.length];
  while (count < waiting.length && (length += waiting[count].bytes.length) <= ATOMIC_BYTES) count++;
  return count;
}

async function writeAll(stream: typeof Deno.stdout, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    try {
      rest = rest.subarray(await stream.write(rest.subarray(0, ATOMIC_BYTES)));
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      await pause(systemClock, FULL_AGAIN_MS);
    }
  }
}

function isPipe(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false; // it was closed before
  }
}
