/**
 * The stage of the demo: a temporary folder with a home for each estate, and the processes that run
 * in them. Whatever happens, all of it goes away at the end.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RaetError } from "../../base/errors.ts";
import type { Yard } from "../../client/yard.ts";
import { ChildProgram } from "../../io/process.ts";

/** How long one step may take. */
const STEP_MS_MAX = 10_000;
/** How long the processes have to end by themselves. */
const END_MS_MAX = 4_000;

/** What `raet up --json` prints, as far as the demo reads it. */
export interface UpEvent {
  readonly event: string;
  readonly estate?: string;
  readonly address?: string;
}

/** Processes and homes that last as long as the demo. */
export class Stage implements AsyncDisposable {
  /** Where the homes lie. */
  readonly folder = mkdtempSync(join(tmpdir(), "raet-demo-"));
  readonly #programs: ChildProgram[] = [];
  readonly #yards: Yard[] = [];
  readonly #env: Record<string, string>;

  /** @param env the environment, whose settings for another estate are kept from the demo's own */
  constructor(env: Readonly<Record<string, string | undefined>>) {
    const settings = Object.keys(env).filter((name) => name.startsWith("RAET_"));
    this.#env = Object.fromEntries(settings.map((name) => [name, ""]));
  }

  /** The home of an estate. */
  home(estate: string): string {
    return join(this.folder, estate);
  }

  /** Starts a command of this program in the home of an estate. */
  start(estate: string, args: readonly string[]): ChildProgram {
    const home = ["--home", this.home(estate), "--json"];
    const program = new ChildProgram(`raet ${args[0]}`, [...args, ...home], { env: this.#env });
    this.#programs.push(program);
    return program;
  }

  /** Attaches this process to the manor of an estate. */
  async attach(estate: string): Promise<Yard> {
    const { attach } = await import("../../client/attach.ts");
    const yard = await attach({ home: this.home(estate), program: "raet demo" });
    this.#yards.push(yard);
    return yard;
  }

  /** Waits for an event of a manor. */
  async event(manor: ChildProgram, event: string, estate?: string): Promise<UpEvent> {
    const what = estate === undefined ? event : `${event} of ${estate}`;
    return await manor.waitFor(what, STEP_MS_MAX, () => {
      const events = manor.lines.map((line) => JSON.parse(line) as UpEvent);
      return events.find((said) =>
        said.event === event && (estate === undefined || said.estate === estate)
      );
    });
  }

  /** Waits for a line of a process that begins with that text. */
  async line(program: ChildProgram, lines: readonly string[], start: string): Promise<string> {
    return await program.waitFor(
      start,
      STEP_MS_MAX,
      () => lines.find((line) => line.startsWith(start)),
    );
  }

  /** Ends every process, kindly at first, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#yards.map((yard) => yard.close().catch(() => {})));
    // Those who listen first: they say goodbye to manors that still run.
    for (const program of this.#programs.toReversed()) await this.#end(program);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(program: ChildProgram): Promise<void> {
    program.kill("SIGTERM");
    const killer = setTimeout(() => program.kill("SIGKILL"), END_MS_MAX);
    await program.exited.catch(() => {});
    clearTimeout(killer);
  }
}

/** Rejects when the signal is aborted. */
export function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new RaetError("outcome_unknown", "the demo was interrupted"));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
}
