/**
 * The two streams of a terminal: how large it is, keys as they come, and the mode in which keys come
 * at once. Whatever happens to the process, the terminal gets its mode back.
 *
 * @module
 */
import { writeSync } from "node:fs";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { readStandardInput } from "../../io/backends.ts";
import { ESCAPE_MS, type Key, KeyDecoder } from "./keys.ts";

/** Where a program reads keys and draws. */
export interface Streams {
  readonly input: Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  /** the input for who reads no keys (default: `input` itself) */
  readonly read?: () => AsyncIterable<Uint8Array>;
  readonly output: Writable & { isTTY?: boolean; columns?: number; rows?: number };
  /** whether they are a terminal (default: whether both say so) */
  readonly terminal?: boolean;
}

/** The streams of this process. */
export function processStreams(): Streams {
  return { input: process.stdin, read: readStandardInput, output: process.stdout };
}

/** Whether keys can be read from them one by one. */
export function isTerminal({ input, output, terminal }: Streams): boolean {
  return terminal ?? Boolean(input.isTTY && output.isTTY);
}

/** How large the terminal is; 80 by 24 where that can't be known. */
export function terminalSize({ output }: Streams): { columns: number; rows: number } {
  return { columns: output.columns || 80, rows: output.rows || 24 };
}

/** What happens at a terminal. */
export interface KeyHandlers {
  key(key: Key): void;
  /** it has another size */
  resized(): void;
  /** no key will come any more */
  ended(): void;
}

/** Reads keys until it is disposed of; the terminal then is as it was before. */
export function readKeys(streams: Streams, handlers: KeyHandlers, restore: string): Disposable {
  const { input, output } = streams;
  const decoder = new KeyDecoder();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const take = (keys: readonly Key[]) => {
    for (const key of keys) handlers.key(key);
  };
  const onData = (data: Uint8Array | string) => {
    clearTimeout(timer);
    take(decoder.feed(typeof data === "string" ? new TextEncoder().encode(data) : data));
    if (decoder.isWaiting) timer = setTimeout(() => take(decoder.flush()), ESCAPE_MS);
  };
  const onEnd = () => handlers.ended();
  const onResize = () => handlers.resized();
  const guard = guardTerminal(streams, restore);
  input.setRawMode?.(true);
  input.on("data", onData).on("end", onEnd);
  output.on("resize", onResize);
  input.resume();
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      input.off("data", onData).off("end", onEnd);
      output.off("resize", onResize);
      input.pause();
      guard[Symbol.dispose]();
    },
  };
}

/**
 * Gives the terminal back when disposed of, and also if the process ends before: by a second signal,
 * or by a fault, whose message must not be lost with the screen.
 *
 * @param restore what is written to the terminal then
 */
function guardTerminal({ input, output }: Streams, restore: string): Disposable {
  let done = false;
  const isOurs = output === process.stdout;
  const giveBack = () => {
    if (done) return;
    done = true;
    try {
      if (isOurs) writeSync(1, restore); // the process may end before a stream is empty
      else output.write(restore);
      input.setRawMode?.(false);
    } catch {
      // nobody is there to see it
    }
  };
  const events = ["exit", "uncaughtException", "unhandledRejection"] as const;
  if (isOurs) { for (const event of events) process.prependListener(event as "exit", giveBack); }
  return {
    [Symbol.dispose]() {
      if (!done) {
        done = true;
        output.write(restore);
        input.setRawMode?.(false);
      }
      if (isOurs) { for (const event of events) process.off(event as "exit", giveBack); }
    },
  };
}
