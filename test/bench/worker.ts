/**
 * The workers of the bench as whoever measures sees them: processes that obey commands.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Runtime, scriptCommand } from "../support/runtime.ts";
import { type Commands, type Usage, USAGE_COMMAND } from "./commands.ts";

const HERE = import.meta.dirname!;
/** A worker that has not answered by then never will. */
const ANSWER_MS_MAX = 180_000;
/** A worker may have a profile to write. */
const END_MS_MAX = 10_000;

type Answer<Command> = Command extends (args: never) => infer Result ? Awaited<Result> : never;
type Args<Command> = Command extends (args: infer Given) => unknown ? Given : never;

/** A worker that runs. */
export class Worker<C extends Commands> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #name: string;
  #waiting: ((line: string | null) => void)[] = [];
  #errors = "";

  /**
   * Starts one.
   *
   * @param name of its file without ".ts"
   * @param on what it runs on, and where it writes a CPU profile when it ends, null for none
   */
  constructor(name: string, on: { runtime: Runtime; profileFolder: string | null }) {
    this.#name = name;
    const profile = on.profileFolder === null
      ? []
      : ["--cpu-prof", `--cpu-prof-dir=${on.profileFolder}`, "--cpu-prof-name", profileName(name)];
    const { file, args: [run, ...args] } = scriptCommand(join(HERE, `${name}.ts`), on.runtime);
    this.#child = spawn(file, [run, ...profile, ...args], { stdio: "pipe" });
    this.#child.stdin!.on("error", () => {}); // its end says why
    this.#child.stderr!.on("data", (chunk) => this.#errors = (this.#errors + chunk).slice(-4000));
    createInterface({ input: this.#child.stdout! }).on(
      "line",
      (line) => this.#waiting.shift()?.(line),
    );
    this.#ended = new Promise((resolve) => this.#child.on("close", () => resolve()));
    void this.#ended.then(() => {
      for (const tell of this.#waiting.splice(0)) tell(null);
    });
  }

  /** Has a command done. Rejects with what it threw, or if the worker ends or is silent for minutes. */
  async call<K extends keyof C & string>(name: K, args: Args<C[K]>): Promise<Answer<C[K]>> {
    return await this.#call(name, args) as Answer<C[K]>;
  }

  /** What its process has used so far. */
  async usage(): Promise<Usage> {
    return await this.#call(USAGE_COMMAND, {}) as Usage;
  }

  /** Lets it end, and kills it if it doesn't. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_MS_MAX);
    await this.#ended;
    clearTimeout(timer);
  }

  async #call(name: string, args: unknown): Promise<unknown> {
    if (this.#child.exitCode !== null) throw this.#fault(name, "has ended");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), ANSWER_MS_MAX);
    const line = await new Promise<string | null>((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin!.write(JSON.stringify({ name, args }) + "\n");
    });
    clearTimeout(timer);
    if (line === null) throw this.#fault(name, "ended, or was ended after minutes of silence");
    const { value, error } = JSON.parse(line);
    if (error !== undefined) throw this.#fault(name, `failed: ${error}`);
    return value;
  }

  #fault(command: string, what: string): Error {
    return new Error(`${this.#name}, told to ${command}, ${what}\n${this.#errors}`);
  }
}

let profiles = 0;

function profileName(worker: string): string {
  return `${String(++profiles).padStart(2, "0")}-${worker}.cpuprofile`;
}
