/**
 * The program as real processes, for system tests: manors of several homes in one temporary folder,
 * commands that run to their end, and everything gone when the test is over.
 *
 * Tests wait for what is said and never for a time to pass, with bounds that only a hang reaches.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import type { Yard } from "../../src/client/yard.ts";
import { ChildProgram, type SelfCommand } from "../../src/io/process.ts";
import { OWN_RUNTIME, type Runtime, scriptCommand } from "./runtime.ts";

/** Longer than anything takes on a slow machine; then it hangs. */
export const WAIT_MS_MAX = 60_000;

const MAIN = resolve("src/main.ts");

/** How to start this program from its source. */
export const RAET: SelfCommand = scriptCommand(MAIN);

/** A line of `--json` output. */
export type Json = Record<string, unknown>;

/** What a command did. */
export interface Ran {
  readonly exit: number;
  /** the JSON lines of its stdout */
  readonly json: Json[];
  readonly out: string[];
  readonly err: string[];
}

/** How to start a command otherwise than most. */
export interface StartOptions {
  readonly input?: string;
  /** put over that of all */
  readonly env?: Record<string, string>;
  /** the path of one that starts the program in another way */
  readonly script?: string;
}

/** Homes and processes of one test. */
export class Programs implements AsyncDisposable {
  /** Where the homes lie. */
  readonly folder = mkdtempSync(join(tmpdir(), "raet-system-"));
  /** What programs run on that are started from now on. */
  runtime: Runtime = OWN_RUNTIME;
  readonly #programs: ChildProgram[] = [];
  readonly #env: Record<string, string>;
  readonly #yards: Yard[] = [];

  /** @param env for all of them */
  constructor(env: Record<string, string> = {}) {
    this.#env = { ...CLEAN, ...env };
  }

  /** The home of an estate. */
  home(estate: string): string {
    return join(this.folder, estate);
  }

  /** Starts a command in the home of an estate, and leaves it running. */
  start(
    estate: string,
    args: readonly string[],
    { input, env, script = MAIN }: StartOptions = {},
  ): ChildProgram {
    const name = `raet ${args.join(" ")} (${estate})`;
    const all = args.includes("--home") ? args : ["--home", this.home(estate), ...args];
    const command = scriptCommand(script, this.runtime);
    const variables = { ...this.#env, ...env };
    const program = new ChildProgram(name, all, { command, input, env: variables });
    this.#programs.push(program);
    return program;
  }

  /** Runs a command in the home of an estate to its end. */
  async run(estate: string, args: readonly string[], input?: string): Promise<Ran> {
    const program = this.start(estate, args, { input });
    const exit = await program.exited;
    const out = program.lines;
    const json = args.includes("--json") ? out.map((line) => JSON.parse(line) as Json) : [];
    return { exit, json, out, err: program.errorLines };
  }

  /** Runs a command that must fail; its code as JSON says it, and its exit code. */
  async fail(estate: string, args: readonly string[], input?: string): Promise<[string, number]> {
    const { exit, json } = await this.run(estate, [...args, "--json"], input);
    // That it waits may be said before, if the estate is thought to be away.
    const said = json.filter(({ event }) => event !== "waiting");
    assert.equal(said.length, 1, JSON.stringify(json));
    const { code, message } = said[0].error as { code: string; message: string };
    assert.match(message, /^[^\n]+[^.\n]$/, "one sentence without a final stop");
    return [code, exit];
  }

  /** Starts a manor, and waits until it is ready. */
  async up(estate: string, ...args: string[]): Promise<Manor> {
    const more = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
    const program = this.start(estate, ["up", "--name", estate, "--json", ...more, ...args]);
    const manor = new Manor(program);
    const ready = await manor.event("ready");
    manor.address = String(ready.address);
    return manor;
  }

  /** A main named alpha, and beta that it has accepted. */
  async pair(): Promise<{ alpha: Manor; beta: Manor }> {
    const alpha = await this.up("alpha", "--main");
    const beta = await this.up("beta", "--join", alpha.address);
    await alpha.event("pending", "beta");
    assert.equal((await this.run("alpha", ["keys", "accept", "beta"])).exit, 0);
    await Promise.all([alpha.event("allowed", "beta"), beta.event("allowed", "alpha")]);
    return { alpha, beta };
  }

  /** Starts to listen, and waits until the share is claimed. */
  async listen(estate: string, share: string, ...args: string[]): Promise<ChildProgram> {
    const program = this.start(estate, ["listen", share, "--json", ...args]);
    await said(program, program.errorLines, /^(listening on|observing) /);
    return program;
  }

  /** Attaches the test itself to a manor. */
  async attach(estate: string): Promise<Yard> {
    const { attach } = await import("../../src/client/attach.ts");
    const yard = await attach({ home: this.home(estate), program: "test" });
    this.#yards.push(yard);
    return yard;
  }

  /** Ends every process, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#yards.map((yard) => yard.close()));
    for (const program of this.#programs) program.kill("SIGKILL");
    await Promise.all(this.#programs.map((program) => program.exited));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A manor as a process. */
export class Manor {
  /** Where it listens. */
  address = "";

  constructor(readonly program: ChildProgram) {}

  /** Its events so far. */
  get events(): Json[] {
    return this.program.lines.map((line) => JSON.parse(line) as Json);
  }

  /** Waits for an event. */
  async event(event: string, estate?: string): Promise<Json> {
    return await this.program.waitFor(
      `${event} ${estate ?? ""}`,
      WAIT_MS_MAX,
      () =>
        this.events.find((said) =>
          said.event === event && (estate === undefined || said.estate === estate)
        ),
    );
  }

  /** Sends it a signal and waits for its end; its exit code. */
  async end(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<number> {
    this.program.kill(signal);
    return await this.program.exited;
  }
}

/** Waits for a line that fits. */
export async function said(
  program: ChildProgram,
  lines: readonly string[],
  pattern: RegExp,
): Promise<string> {
  return await program.waitFor(
    String(pattern),
    WAIT_MS_MAX,
    () => lines.find((line) => pattern.test(line)),
  );
}

/** Waits for that many JSON lines. */
export async function jsonLines(program: ChildProgram, count: number): Promise<Json[]> {
  const lines = await program.waitFor(
    `${count} lines`,
    WAIT_MS_MAX,
    () => program.lines.length >= count ? program.lines : undefined,
  );
  return lines.map((line) => JSON.parse(line) as Json);
}

/** Settings in the environment of whoever runs the tests have no part in them. */
const CLEAN = Object.fromEntries(
  Object.keys(process.env).filter((name) => name.startsWith("RAET_")).map((name) => [name, ""]),
);
