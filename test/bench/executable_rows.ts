/**
 * Rows of the executables, which are built for it: how large they are, how soon they are there, and what
 * a manor without anything to do keeps in memory. The first start of a file that unpacks itself is not
 * counted.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ChildProgram } from "../../src/io/process.ts";
import type { Row, Stage } from "./row.ts";

/** Starts of a run. */
const STARTS = 9;
/** Longer than any start takes; then it hangs. */
const WAIT_MS_MAX = 60_000;
/** What was needed to begin has been given back by then. */
const IDLE_MS = 5_000;

interface Aims {
  readonly megabytes?: number;
  readonly promptMs: number;
}

function executableRow(how: "sfx" | "bun", aims: Aims): Row {
  return {
    name: `executable-${how}`,
    about: `the executable by ${how}, another process each time`,
    figures: [
      { key: "megabytes", unit: "MB of file", aim: aims.megabytes, lessIsBetter: true },
      { key: "versionMs", unit: "ms p50 to the end of --version", lessIsBetter: true },
      {
        key: "promptMs",
        unit: "ms p50 to the console's prompt",
        aim: aims.promptMs,
        lessIsBetter: true,
      },
      { key: "idleMegabytes", unit: "MB of memory of an idle manor", aim: 90, lessIsBetter: true },
    ],
    async open(stage) {
      const { compile } = await import("../../scripts/compile/compile.ts");
      const { OWN_TARGET } = await import("../../scripts/compile/product.ts");
      const out = join(stage.folder, "raet");
      const { file, bytes } = await compile({ how, target: OWN_TARGET, out });
      const env = { RAET_CACHE: join(stage.folder, "cache"), NO_COLOR: "1", TERM: "xterm" };
      const host = new Host(stage, file, env);
      host.version(); // unpacks
      return async () => {
        await using manor = await host.up();
        await pause(stage.count(IDLE_MS, 100));
        const idleMegabytes = manor.residentBytes() / 1e6;
        const starts = Array.from({ length: stage.count(STARTS, 1) });
        const versions = starts.map(() => host.version());
        const prompts: number[] = [];
        for (const _ of starts) prompts.push(await host.prompt());
        return {
          megabytes: bytes / 1e6,
          versionMs: middle(versions),
          promptMs: middle(prompts),
          idleMegabytes,
        };
      };
    },
  };
}

/** The rows of the executables that can be built here. */
export const EXECUTABLE_ROWS: readonly Row[] = [
  ...("Deno" in globalThis ? [executableRow("sfx", { megabytes: 45, promptMs: 150 })] : []),
  ...("Deno" in globalThis && spawnSync("bun", ["--version"]).status === 0
    ? [executableRow("bun", { promptMs: 60 })]
    : []),
];

/** A home, and the executable. */
class Host {
  readonly #home: string;
  readonly #file: string;
  readonly #env: Record<string, string>;

  constructor(stage: Stage, file: string, env: Record<string, string>) {
    this.#home = join(stage.folder, "home");
    this.#file = file;
    this.#env = env;
  }

  /** Milliseconds to the end of `--version`. */
  version(): number {
    const startedAt = performance.now();
    const env = { ...process.env, ...this.#env };
    const { status, stderr } = spawnSync(this.#file, ["--version"], { env, encoding: "utf8" });
    if (status !== 0) throw new Error(`--version ended with ${status}: ${stderr}`);
    return performance.now() - startedAt;
  }

  /** A manor that is ready. */
  async up() {
    const args = ["--home", this.#home, "up", "--name", "idle", "--main", "--json"];
    const command = { file: this.#file, args: [], shown: "raet" };
    const options = { env: this.#env, command };
    const program = new ChildProgram("raet up", [...args, "--listen", "127.0.0.1:0"], options);
    const isReady = () => program.lines.find((line) => line.includes('"ready"'));
    await program.waitFor("ready", WAIT_MS_MAX, isReady);
    return {
      residentBytes: () => residentBytes(program.pid),
      async [Symbol.asyncDispose]() {
        program.kill("SIGTERM");
        await program.exited;
      },
    };
  }

  /** Milliseconds until a console in a terminal shows its prompt. */
  async prompt(): Promise<number> {
    const startedAt = performance.now();
    const line = `exec '${this.#file}' --home '${this.#home}' repl`;
    const child = spawn("script", ["-qfec", line, "/dev/null"], {
      env: { ...process.env, ...this.#env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = new Promise<null>((resolve) => {
      child.on("error", () => resolve(null));
      child.on("close", () => resolve(null));
    });
    let said = "";
    const shown = new Promise<number>((resolve) => {
      child.stdout.on("data", (data) => {
        said += data;
        if (said.includes("idle>")) resolve(performance.now() - startedAt);
      });
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), WAIT_MS_MAX);
    const ms = await Promise.race([shown, ended]);
    clearTimeout(timer);
    if (ms === null) throw new Error(`no prompt came in a terminal made by "script": ${said}`);
    child.stdin.end("\x04"); // ^D leaves
    await ended;
    return ms;
  }
}

function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kilobytes) * 1024;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
