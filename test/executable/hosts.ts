/**
 * Hosts of people who have raet and nothing else: each has an empty home, an empty PATH, and no variable
 * that it does not need. Whatever runs there is gone at the end.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ChildProgram } from "../../src/io/process.ts";
import { WAIT_MS_MAX } from "../support/programs.ts";
import { PLACE, SUBJECT } from "./subject.ts";

/** A line of `--json` output. */
export type Json = Record<string, unknown>;

/** What a command did. */
export interface Ran {
  readonly exit: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** Some hosts on this machine, each called as its estate. */
export class Hosts implements AsyncDisposable {
  readonly folder = mkdtempSync(join(PLACE, "raet-hosts-"));
  readonly #programs: ChildProgram[] = [];

  /** The home of the person at a host. */
  home(host: string): string {
    const home = join(this.folder, host);
    mkdirSync(home, { recursive: true });
    return home;
  }

  /** The words that start raet at a host, with nothing else in the environment. */
  words(host: string, more: Readonly<Record<string, string>> = {}): string[] {
    // The program of one host is not unpacked once more for another: that is tried elsewhere.
    const cache = SUBJECT.how === "sfx" ? { RAET_CACHE: join(this.folder, "cache") } : {};
    const env = { HOME: this.home(host), PATH: "", ...cache, ...SUBJECT.env, ...more };
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return ["env", "-i", ...variables, ...SUBJECT.words];
  }

  /** Starts a command at a host, and leaves it running. */
  start(
    host: string,
    args: readonly string[],
    options: { input?: string; env?: Readonly<Record<string, string>> } = {},
  ): ChildProgram {
    const [file, ...before] = this.words(host, options.env);
    const program = new ChildProgram(`raet ${args.join(" ")} at ${host}`, args, {
      input: options.input,
      command: { file, args: before, shown: "raet" },
    });
    this.#programs.push(program);
    return program;
  }

  /** Runs a command at a host to its end. */
  async run(host: string, args: readonly string[], input?: string): Promise<Ran> {
    const program = this.start(host, args, { input });
    return { exit: await program.exited, out: program.lines, err: program.errorLines };
  }

  /** Runs a command that has to end well; the JSON lines that it printed. */
  async json(host: string, args: readonly string[], input?: string): Promise<Json[]> {
    const { exit, out, err } = await this.run(host, [...args, "--json"], input);
    assert.equal(exit, 0, `raet ${args.join(" ")}: ${[...out, ...err].join("\n")}`);
    return out.map((line) => JSON.parse(line) as Json);
  }

  /** Starts the manor of a host, and waits until it is ready. */
  async up(host: string, ...args: string[]): Promise<Manor> {
    const listen = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
    const program = this.start(host, ["up", "--name", host, "--json", ...listen, ...args]);
    const manor = new Manor(program);
    manor.address = String((await manor.event("ready")).address);
    return manor;
  }

  /** Starts to listen, and waits until the share is claimed. */
  async claim(host: string, args: readonly string[], env = {}): Promise<ChildProgram> {
    const program = this.start(host, args, { env });
    const find = () => program.errorLines.find((line) => /^(listening|answering) /.test(line));
    await program.waitFor("the claim", WAIT_MS_MAX, find);
    return program;
  }

  /** Ends every process, and removes the homes. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) program.kill("SIGKILL");
    await Promise.all(this.#programs.map((program) => program.exited));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A manor that runs. */
export class Manor {
  /** Where it listens. */
  address = "";

  constructor(readonly program: ChildProgram) {}

  /** Waits for an event of it. */
  async event(event: string, estate?: string): Promise<Json> {
    const fits = (said: Json) =>
      said.event === event && (estate === undefined || said.estate === estate);
    return await this.program.waitFor(
      `${event} ${estate ?? ""}`,
      WAIT_MS_MAX,
      () => this.program.lines.map((line) => JSON.parse(line) as Json).find(fits),
    );
  }

  /** Ends it by a signal; its exit code. */
  async end(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<number> {
    this.program.kill(signal);
    return await this.program.exited;
  }
}
