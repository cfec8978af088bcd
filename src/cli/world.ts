/**
 * The process around the program: its streams, signals and environment, as ports that tests replace.
 *
 * @module
 */
import process from "node:process";
import { joinBytes, utf8 } from "../base/bytes.ts";
import { RaetError } from "../base/errors.ts";
import type { AttachOptions } from "../client/attach.ts";
import type { Yard } from "../client/yard.ts";
import { openPipeOut, readStandardInput } from "../io/backends.ts";
import { settlesWithin, systemClock } from "../io/clock.ts";
import type { PipeOut } from "../io/pipe_out.ts";
import { reasonOf } from "../io/private.ts";
import { restoreEnvironment } from "../io/process.ts";
import type { Sink } from "./output.ts";
import { untilGivenUp } from "./pause.ts";

/** What is around the program. */
export interface World {
  readonly out: Sink;
  readonly err: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** aborted by the first SIGINT or SIGTERM, and when nobody reads our output any more */
  readonly signal: AbortSignal;
  /** Has a fault that nobody caught said by `say`, and ends with the exit code that it returns. */
  onFault(say: (error: unknown) => number): void;
  /**
   * All bytes of standard input; `too_large` past the bound, `expired` if the signal comes before its end,
   * `usage` if it can't be read.
   */
  readInput(bytesMax: number): Promise<Uint8Array>;
  /** Standard input as it comes; `expired` if the signal comes before its end, `usage` if it can't be read. */
  openInput(): AsyncIterable<Uint8Array>;
  /** Attaches to the manor of a home. */
  attach(options: AttachOptions): Promise<Yard>;
}

/**
 * The world of this process. A first SIGINT or SIGTERM aborts its signal, a second one ends the
 * process at once. A reader of our output that goes away (EPIPE, EIO) aborts the signal too: the verb
 * ends as after ^C, and what it still prints is dropped. Where stdout can't be written for another
 * reason, as to a full disk, that is a failure of the verb; stderr has nobody left who could be told,
 * and a manor goes on without it.
 */
export function processWorld(): World {
  restoreEnvironment();
  const controller = new AbortController();
  for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(exitCode);
      controller.abort(signal);
    });
  }
  return {
    out: sinkOf(process.stdout, controller),
    err: sinkOf(process.stderr, controller),
    env: process.env,
    signal: controller.signal,
    onFault(say) {
      for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
        process.on(kind, (error: unknown) => {
          if (hasFault) return; // one that follows from the first
          hasFault = true;
          const exitCode = say(error);
          void flushOutput(AbortSignal.abort()).then(() => process.exit(exitCode));
        });
      }
    },
    readInput: (bytesMax) =>
      readAll(untilGivenUp(readStandardInput(), controller.signal), bytesMax),
    openInput: () => untilGivenUp(readStandardInput(), controller.signal),
    attach: async (options) => (await import("../client/attach.ts")).attach(options),
  };
}

/**
 * Ends the process once what was printed has left it; nothing can be printed after. Once `signal` says that
 * it is to end it waits for no reader that takes nothing any more. A fault decides the exit code.
 */
export async function endProcess(exitCode: number, signal: AbortSignal): Promise<void> {
  await flushOutput(signal);
  if (!hasFault) process.exit(exitCode);
}

/** Whether a fault that nobody caught was said, whose exit code ends the process as soon as that has left it. */
let hasFault = false;

async function flushOutput(signal: AbortSignal): Promise<void> {
  const flushing = endStreams();
  for (;;) {
    const before = writesDone;
    if (await settlesWithin(systemClock, flushing, UNREAD_MS_MAX)) return;
    if (signal.aborted && writesDone === before) return;
  }
}

/** How long whoever was told to end waits for a reader that takes nothing. */
const UNREAD_MS_MAX = 2_000;
/** How much has been taken from us. */
let writesDone = 0;

/** By their ends: Bun calls back for an empty write while what came before still waits. */
async function endStreams(): Promise<void> {
  for (const pipe of pipes) await pipe.flushed();
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.destroyed || !stream.writable || broken.has(stream)) continue;
    await new Promise<void>((resolve) => {
      stream.once("error", () => resolve());
      stream.end(() => resolve());
    });
  }
}

/** A closed pipe, and a terminal that was closed. */
const READER_GONE = ["EPIPE", "EIO"];
/** Those that are not written to as streams. */
const pipes: PipeOut[] = [];
/** Streams that take nothing any more: Deno doesn't call back when one of these is ended. */
const broken = new Set<NodeJS.WriteStream>();

function sinkOf(stream: NodeJS.WriteStream, controller: AbortController): Sink {
  const close = (error: NodeJS.ErrnoException) => {
    if (broken.has(stream)) return;
    broken.add(stream);
    if (READER_GONE.includes(error.code ?? "")) controller.abort(error.code);
    else if (stream === process.stdout) {
      const what = `standard output can't be written: ${reasonOf(error)}`;
      throw new RaetError("usage", what, { cause: error });
    }
  };
  stream.on("error", close);
  const pipe = openPipeOut(
    stream === process.stdout ? 1 : 2,
    (error) => queueMicrotask(() => close(error as NodeJS.ErrnoException)),
  );
  if (pipe) pipes.push(pipe);
  // Counted here: Bun's streams don't tell what they hold.
  let unwritten = 0;
  let less = Promise.withResolvers<void>();
  const wake = () => {
    less.resolve();
    less = Promise.withResolvers();
  };
  const isFull = () => unwritten > UNWRITTEN_MAX;
  const isOver = () => broken.has(stream) || controller.signal.aborted;
  const write = (data: string | Uint8Array) => {
    if (broken.has(stream)) return;
    const { length } = data;
    unwritten += length;
    const done = (error?: unknown) => {
      if (error) return; // that is told to `close`, and this was not taken
      writesDone++;
      unwritten -= length;
      wake();
    };
    try {
      if (pipe) pipe.write(typeof data === "string" ? utf8(data) : data, done);
      else stream.write(data, done);
    } catch (error) {
      // To a file Deno throws what elsewhere comes as an event, past whoever printed in the middle of work.
      queueMicrotask(() => close(error as NodeJS.ErrnoException));
    }
  };
  controller.signal.addEventListener("abort", wake);
  return {
    isTerminal: Boolean(stream.isTTY),
    get isClosed() {
      return broken.has(stream);
    },
    get isFull() {
      return isFull();
    },
    get columns() {
      return stream.columns;
    },
    write,
    writeBytes: write,
    async drained() {
      while (isFull() && !isOver()) await less.promise;
    },
    async written() {
      while (unwritten > 0 && !isOver()) await less.promise;
      return unwritten === 0 && !broken.has(stream);
    },
  };
}

/** What a stream may hold, about, before whoever prints without end waits, or does without. */
const UNWRITTEN_MAX = 256 * 1024;

async function readAll(
  input: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of input) {
    length += part.length;
    if (length > bytesMax) {
      throw new RaetError("too_large", `standard input holds more than ${bytesMax} bytes`);
    }
    parts.push(part);
  }
  return joinBytes(parts);
}
