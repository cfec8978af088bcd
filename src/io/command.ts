/**
 * Commands that are run for somebody: input in, output out, both bounded.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { accessSync, constants as fileModes, statSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { joinBytes } from "../base/bytes.ts";
import { RaetError } from "../base/errors.ts";
import { codeOf } from "./private.ts";

/** How long a command that is told to end may go on. */
const KILL_AFTER_MS = 2_000;
/** How long one that was killed is waited for: another user's lives on, or a child of it holds its pipes. */
const GIVE_UP_AFTER_MS = 500;

/** How to run a command. */
export interface CommandOptions {
  readonly input: Uint8Array;
  /** put over what this process has */
  readonly env: Readonly<Record<string, string>>;
  /** more on stdout ends it */
  readonly outBytesMax: number;
  /** of stderr the last are kept */
  readonly errBytesMax: number;
  /** time for it to end, milliseconds; past it, and the time that it takes to kill it, it is not waited for */
  readonly timeoutMs?: number;
}

/** What a command did. */
export interface CommandEnd {
  /** its exit code; 128 and more if a signal ended it, or would have */
  readonly exit: number;
  /** why it was made to end, if it was */
  readonly ended: "timeout" | "too_large" | null;
  readonly out: Uint8Array;
  readonly err: Uint8Array;
}

/**
 * Runs a command to its end.
 *
 * @throws {RaetError} `usage` if it can't be started
 */
export function runCommand(words: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  const [file, ...args] = words;
  return new Promise((resolve, reject) => {
    const out = new Tail(options.outBytesMax);
    const err = new Tail(options.errBytesMax);
    let ended: CommandEnd["ended"] = null;
    let exit = 128 + constants.signals.SIGKILL;
    let killer: ReturnType<typeof setTimeout> | undefined;
    // A group of its own: ^C is for us alone, and what the command starts can be ended with it.
    const child = start(file, args, { ...process.env, ...options.env });
    const end = (why: CommandEnd["ended"]) => {
      if (ended) return;
      ended = why;
      signalGroup(child.pid, "SIGTERM");
      killer = setTimeout(() => {
        signalGroup(child.pid, "SIGKILL");
        killer = setTimeout(giveUp, GIVE_UP_AFTER_MS);
      }, KILL_AFTER_MS);
    };
    const giveUp = () => {
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      child.unref();
      resolve({ exit, ended, out: out.bytes(), err: err.bytes() });
    };
    const timer = options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => end("timeout"), options.timeoutMs);
    const stop = () => {
      clearTimeout(timer);
      clearTimeout(killer);
    };
    child.on("error", (error) => {
      stop();
      reject(notStarted(file, error));
    });
    child.stdin.on("error", () => {}); // it may end without reading
    child.stdin.end(options.input);
    child.stdout.on("data", (data: Uint8Array) => {
      out.add(data);
      if (out.total > options.outBytesMax) end("too_large");
    });
    child.stderr.on("data", (data: Uint8Array) => err.add(data));
    child.on("exit", (code, signal) => {
      exit = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
    });
    child.on("close", () => {
      stop();
      resolve({ exit, ended, out: out.bytes(), err: err.bytes() });
    });
  });
}

/** Starts it. Some of what is wrong is thrown at once, on Bun more than on Deno, and the rest told by an event. */
function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  try {
    return spawn(file, args, { env, detached: true });
  } catch (error) {
    throw notStarted(file, error);
  }
}

function notStarted(file: string, cause: unknown): RaetError {
  const code = codeOf(cause);
  const why = code === "ENOENT"
    ? "there is none"
    : code === "ENOEXEC"
    ? "it is no program: expected one, or a script whose first line names what runs it"
    : code === "E2BIG"
    ? "its words are too long"
    : code || String(cause);
  return new RaetError("usage", `command "${file}" can't be started: ${why}`, { cause });
}

/**
 * Makes sure that a command can be started, as far as that can be known before.
 *
 * @throws {RaetError} `usage` if there is no such file, or it can't be run
 */
export function checkCommand(file: string): void {
  const isPath = file.includes("/");
  const folders = isPath ? [""] : (process.env.PATH ?? "").split(":").map((dir) => dir || ".");
  const files = folders.map((folder) => isPath ? file : join(folder, file)).filter(isFile);
  if (files.some(isExecutable)) return;
  const why = files.length > 0
    ? `"${files[0]}" is not executable: expected one that chmod +x was done on`
    : /\s/.test(file)
    ? `there is none of that name: expected its words one by one, or sh -c "${file}"`
    : isPath
    ? "there is no such file: expected the path of a program"
    : "there is none of that name in PATH: expected the name or the path of a program";
  throw new RaetError("usage", `command "${file}" can't be started: ${why}`);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, fileModes.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Signals a command and what it started; nothing happens if all of that has ended, or is another user's. */
function signalGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!["ESRCH", "EPERM"].includes(codeOf(error))) throw error;
  }
}

/** The last bytes of what came. */
class Tail {
  total = 0;
  readonly #max: number;
  readonly #parts: Uint8Array[] = [];
  #kept = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(part: Uint8Array): void {
    this.total += part.length;
    this.#kept += part.length;
    this.#parts.push(part);
    while (this.#parts.length > 1 && this.#kept - this.#parts[0].length >= this.#max) {
      this.#kept -= this.#parts.shift()!.length;
    }
  }

  bytes(): Uint8Array {
    const all = joinBytes(this.#parts);
    return all.length <= this.#max ? all : all.subarray(all.length - this.#max);
  }
}
