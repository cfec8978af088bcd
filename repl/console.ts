/**
 * The console: a prompt for the verbs of the table, with live lines above it. It talks to a manor
 * through its own yard only. Lines are run one after the other; ^C clears what is typed or ends the
 * verb that runs, ^D leaves.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import process from "node:process";
import { RaetError } from "../src/base/errors.ts";
import { Output, type Sink } from "../src/cli/output.ts";
import { addVerbs, runLine } from "../src/cli/line.ts";
import type { ConsoleControls, Session, WatchMode } from "../src/cli/session.ts";
import { drawLine, paint } from "../src/cli/text.ts";
import type { Verb } from "../src/cli/verb.ts";
import type { Yard } from "../src/client/yard.ts";
import type { WatchEvent } from "../src/route/control.ts";
import { completeLine } from "./complete.ts";
import { ConsoleSession } from "./console_session.ts";
import { History } from "./history.ts";
import { eventLine, isShown, LiveLines } from "./live.ts";
import { Screen, type Streams } from "./screen.ts";
import { splitWords } from "./words.ts";

/**
 * Runs a console until it is left. From a pipe it runs each line, and the command's exit code is that
 * of the last one that failed.
 *
 * @param session the session of the command line that it was started from
 * @param verbs what can be typed
 * @throws {RaetError} `no_manor` if none is running
 */
export async function runConsole(
  session: Session,
  verbs: readonly Verb[],
  streams: Streams = { input: process.stdin, output: process.stdout },
): Promise<void> {
  const yard = await session.attach();
  const running = new Console(session, verbs, yard, streams);
  session.setExitCode(await running.run());
}

class Console implements ConsoleControls {
  watchMode: WatchMode;
  readonly #session: Session;
  readonly #verbs: readonly Verb[];
  readonly #yard: Yard;
  readonly #screen: Screen;
  readonly #sink: Sink;
  readonly #output: Output;
  readonly #live: LiveLines;
  readonly #lines: string[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #verb: AbortController | null = null;
  #inputEnded = false;
  #left = false;
  #exitCode = 0;

  constructor(session: Session, verbs: readonly Verb[], yard: Yard, streams: Streams) {
    this.#session = session;
    this.#verbs = verbs;
    this.#yard = yard;
    const history = new History(session.home);
    this.#screen = new Screen(streams, history.load(), {
      line: (text) => {
        if (this.#screen.isTerminal) history.add(text);
        this.#lines.push(text);
        this.#runLines();
      },
      interrupt: () => this.#onInterrupt(),
      close: () => this.#onInputEnd(),
      complete: (line) => completeLine(line, verbs, yard),
      keeps: (line) => history.keeps(line),
    });
    const { isTerminal } = this.#screen;
    this.watchMode = isTerminal ? "on" : "off";
    this.#sink = { isTerminal, write: (text) => this.#screen.print(text) };
    const { json } = session.output;
    this.#output = new Output({ out: this.#sink, err: this.#sink, json, env: session.env });
    this.#live = new LiveLines((events, leftOut) => this.#printEvents(events, leftOut));
  }

  /** Runs until it is left, and returns the exit code. */
  async run(): Promise<number> {
    const { estate, address } = this.#yard.manor;
    if (this.#screen.isTerminal) {
      this.#output.say([
        "estate ",
        paint("bold", estate),
        ` at ${address}; help says what there is`,
      ]);
    }
    this.#yard.onManor((state) => this.#onManor(state));
    this.#session.signal.addEventListener("abort", () => this.leave());
    if (this.#screen.isTerminal) this.#watch();
    this.#prompt();
    await this.#ended.promise;
    this.#live.flush();
    this.#screen.close();
    return this.#exitCode;
  }

  leave(): void {
    this.#left = true;
    this.#verb?.abort();
    if (!this.#verb) this.#ended.resolve();
  }

  /** Runs what was typed, one line after the other. */
  async #runLines(): Promise<void> {
    if (this.#verb) return;
    while (this.#lines.length > 0 && !this.#left) {
      this.#screen.hidePrompt();
      this.#verb = new AbortController();
      await this.#runLine(this.#lines.shift()!, this.#verb.signal);
      this.#verb = null;
    }
    if (this.#left || this.#inputEnded) this.#ended.resolve();
    else this.#prompt();
  }

  async #runLine(line: string, signal: AbortSignal): Promise<void> {
    if (line.trim() === "" || line.trimStart().startsWith("#")) return;
    let words: string[];
    try {
      words = splitWords(line);
    } catch (error) {
      this.#exitCode = this.#output.failure(error);
      return;
    }
    const json = this.#session.output.json || words.includes("--json");
    const session = new ConsoleSession({
      outer: this.#session,
      yard: this.#yard,
      sink: this.#sink,
      controls: this,
      signal,
      json,
    });
    const program = new Command().option("--json", "one JSON object a line");
    addVerbs(program, this.#verbs, session, { out: this.#sink, err: this.#sink });
    this.#exitCode = await runLine(program, words, session) ?? this.#exitCode;
  }

  async #watch(): Promise<void> {
    try {
      const events = await this.#yard.watch(["transactions", "presence"]);
      for await (const event of events) {
        if (isShown(event, this.watchMode)) this.#live.add(event);
      }
    } catch (error) {
      this.#output.failure(error);
    }
  }

  #printEvents(events: readonly WatchEvent[], leftOut: number): void {
    if (this.#session.output.json) {
      for (const event of events) this.#output.record(event);
      if (leftOut > 0) this.#output.record({ event: "left_out", count: leftOut });
      return;
    }
    this.#output.say(...events.map(eventLine));
    if (leftOut > 0) this.#output.say(paint("dim", `and ${leftOut} more`));
  }

  #prompt(): void {
    if (this.#verb || this.#left || this.#inputEnded) return;
    this.#screen.prompt(`${drawLine(this.#yard.manor.estate, false)}> `);
  }

  #onManor(state: "gone" | "back"): void {
    const said = state === "gone"
      ? paint("red", "the manor went away; waiting for it to come back")
      : paint("green", "the manor is back");
    if (this.#session.output.json) this.#output.record({ event: `manor_${state}` });
    else this.#output.say(said);
  }

  #onInterrupt(): void {
    if (this.#verb) this.#verb.abort(new RaetError("outcome_unknown", "interrupted"));
    else this.#output.note(paint("dim", "^D or quit leaves"));
  }

  #onInputEnd(): void {
    this.#inputEnded = true;
    if (!this.#verb && this.#lines.length === 0) this.#ended.resolve();
  }
}
