/**
 * Processes: how this program was started, and starting it again as a child of itself.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { RaetError } from "../base/errors.ts";
import { BUILD } from "./build.ts";
import { isBun } from "./bun.ts";

/** How to start this program: a file, and the arguments that come before the program's own. */
export interface SelfCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** what a person types for it */
  readonly shown: string;
}

/** How this very program was started: an executable of its own, or a script of a runtime. */
export function selfCommand(): SelfCommand {
  const script = process.argv[1];
  switch (BUILD.how) {
    case "deno":
    case "bun":
      return { file: process.execPath, args: [], shown: "raet" };
    case "sfx": // not the file that unpacked this: it may have gone or be another version by now
      return { file: join(dirname(script), "launch"), args: [], shown: "raet" };
  }
  const fromSource = isBun ? `bun ${relative(process.cwd(), script)}` : "deno task raet";
  return {
    file: process.execPath,
    args: scriptArgs(script),
    shown: script.endsWith(".ts") ? fromSource : "raet",
  };
}

/** What a runtime is given to run a script, by default the runtime of this process. */
export function scriptArgs(
  script: string,
  runtime: "deno" | "bun" = isBun ? "bun" : "deno",
): string[] {
  // The runtime's own flags are not in argv: these are the ones that every start of ours has.
  return runtime === "bun" ? ["run", script] : ["run", "--quiet", "--unstable-net", "-A", script];
}

/**
 * Takes out of the environment what an unpacked program was launched with for its runtime alone, and
 * puts back what was there before: commands that we start are to see what our caller gave us.
 */
export function restoreEnvironment(): void {
  if (BUILD.how !== "sfx") return;
  for (const name of ["DENO_DIR", "DENO_NO_UPDATE_CHECK", "DENO_DISABLE_NODE_SHIM"]) {
    const outer = `RAET_OUTER_${name}`;
    if (process.env[outer] === undefined) delete process.env[name];
    else process.env[name] = process.env[outer];
    delete process.env[outer];
  }
}

/** A child that runs this program (or, for tests, a given command) and whose output is read by lines. */
export class ChildProgram {
  /** Every line of its stdout so far. */
  readonly lines: string[] = [];
  /** Every line of its stderr so far. */
  readonly errorLines: string[] = [];
  /** Its exit code, or 128 and more if a signal ended it; resolves when its output has been read. */
  readonly exited: Promise<number>;
  readonly #child: ChildProcess;
  readonly #name: string;
  #exitCode: number | null = null;
  #changed = Promise.withResolvers<void>();

  /** Starts it; its stdin is closed unless `input` is given. */
  constructor(
    name: string,
    args: readonly string[],
    options: { env?: Record<string, string>; input?: string; command?: SelfCommand } = {},
  ) {
    const { file, args: before } = options.command ?? selfCommand();
    this.#name = name;
    this.#child = spawn(file, [...before, ...args], {
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const { stdin, stdout, stderr } = this.#child;
    stdin?.on("error", () => {}); // it may end without reading
    stdin?.end(options.input ?? "");
    const read = [[stdout, this.lines], [stderr, this.errorLines]] as const;
    const ends = read.map(([stream, lines]) => {
      if (!stream) return Promise.resolve();
      const reader = createInterface({ input: stream, crlfDelay: Infinity });
      reader.on("line", (line) => {
        lines.push(line);
        this.#wake();
      });
      return new Promise<void>((resolve) => stream.once("close", () => resolve()));
    });
    const code = new Promise<number>((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("exit", (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
    });
    this.exited = Promise.all([code, ...ends]).then(([code]) => {
      this.#exitCode = code;
      this.#wake();
      return code;
    });
    this.exited.catch(() => {
      this.#exitCode = 127; // it never ran
      this.#wake();
    });
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether it still runs. */
  get isRunning(): boolean {
    return this.#exitCode === null;
  }

  /** Sends it a signal; nothing happens if it has ended. */
  kill(signal: "SIGINT" | "SIGTERM" | "SIGKILL" = "SIGTERM"): void {
    // Not by the child's own kill(): Deno then calls any end of it one by that signal.
    if (!this.isRunning || this.pid === 0) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Reads nothing more of what it prints: its next line finds nobody there. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  /**
   * Waits until `find` makes something of what was printed, and returns that.
   *
   * @throws {RaetError} `internal` if the child ends or the time runs out before
   */
  async waitFor<T>(what: string, timeoutMs: number, find: () => T | undefined): Promise<T> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const changed = this.#changed.promise;
      const found = find();
      if (found !== undefined) return found;
      const said = `it said ${JSON.stringify([...this.lines, ...this.errorLines].slice(-20))}`;
      if (!this.isRunning) {
        throw new RaetError("internal", `${this.#name} ended before ${what} came; ${said}`);
      }
      const leftMs = end - performance.now();
      if (leftMs <= 0) {
        throw new RaetError(
          "internal",
          `no ${what} from ${this.#name} in ${timeoutMs} ms; ${said}`,
        );
      }
      await raceTimer(changed, leftMs);
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

async function raceTimer(promise: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}

function signalNumber(signal: string | null): number {
  const numbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
  return numbers[signal ?? ""] ?? 0;
}
