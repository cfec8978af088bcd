/**
 * The console: a prompt for the verbs of the table, with live lines above it. It talks to a manor
 * through its own yard only. Lines are run one after the other; ^C clears what is typed or ends the
 * verb that runs, a second one or ^D leaves.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { exitCodeOf, RaetError } from "../src/base/errors.ts";
import { LINES_WAITING_MAX, RESULTS_REMEMBERED_MAX, SOURCE_DEPTH_MAX } from "../src/base/limits.ts";
import type { ConsoleControls, ConsoleSettings, Result } from "../src/cli/console_controls.ts";
import { addVerbs, runLine } from "../src/cli/line.ts";
import { Output, type Sink } from "../src/cli/output.ts";
import type { Session } from "../src/cli/session.ts";
import { processStreams, type Streams } from "../src/cli/terminal/streams.ts";
import { formatMs, type Line, paint } from "../src/cli/text.ts";
import type { Verb } from "../src/cli/verb.ts";
import { WATCH_DEFAULT, type Watching } from "../src/cli/watching.ts";
import type { Yard } from "../src/client/yard.ts";
import { completeLine } from "./complete.ts";
import { ConsoleSession } from "./console_session.ts";
import { hintFor } from "./hints.ts";
import { History, HISTORY_LINES_MAX, isKept } from "./history.ts";
import { News } from "./news.ts";
import { openScreen, type Screen } from "./screen.ts";
import { withTarget } from "./target.ts";
import { Usages } from "./verb_usage.ts";
import { splitLines, splitWords } from "./words.ts";

/** What a console is opened with. */
export interface ConsoleOptions {
  /** the session of the command line that it was started from */
  readonly session: Session;
  /** what can be typed */
  readonly verbs: readonly Verb[];
  /** its connection; whoever opened it closes it */
  readonly yard: Yard;
  /** leaves it; if not told, the session's */
  readonly signal?: AbortSignal;
  /** whether `!` runs shell commands */
  readonly shell: boolean;
  /** said at the beginning, on a terminal */
  readonly greeting?: readonly Line[];
  /** gets what prints a line above the one being typed */
  readonly onReady?: (say: (line: Line) => void) => void;
  readonly streams?: Streams;
}

/**
 * Runs a console until it is left. From a pipe it runs each line.
 *
 * @returns the exit code: that of the last line that failed, from a pipe; 0 from a terminal
 */
export async function runConsole(options: ConsoleOptions): Promise<number> {
  return await new Console(options).run();
}

/** How long a verb may take to end after ^C; then the console goes on without it. */
const END_MS_MAX = 1_000;
/** Verbs whose results nobody wants again. */
const NO_RESULTS = ["last", "save", "source", "set", "timing", "use", "help", "watch", "quit"];

class Console implements ConsoleControls {
  readonly settings: ConsoleSettings;
  readonly results: Result[] = [];
  readonly typed: string[] = [];
  readonly #options: ConsoleOptions;
  readonly #streams: Streams;
  readonly #usages: Usages;
  readonly #screen: Screen;
  readonly #history: History;
  readonly #sink: Sink;
  readonly #news: News;
  readonly #lines: string[] = [];
  readonly #ended = Promise.withResolvers<void>();
  #target = "";
  #verb: AbortController | null = null;
  #depth = 0;
  #inputEnded = false;
  #left = false;
  #exitCode = 0;

  constructor(options: ConsoleOptions) {
    const { session, verbs, yard } = options;
    const { env } = session;
    this.#options = options;
    this.#streams = options.streams ?? processStreams();
    this.#history = new History(session.home);
    this.#screen = openScreen(this.#streams, {
      line: (text) => this.#onLine(text),
      refused: (error) => this.#onRefused(error),
      interrupt: (again) => this.#onInterrupt(again),
      end: (error) => this.#onInputEnd(error),
      complete: (line) =>
        completeLine(line, { usages: this.#usages, yard, listening: this.#shares }),
      hint: (text) => this.#hint(text),
    }, {
      history: this.#history.load(),
      colour: !env.NO_COLOR,
      dumb: env.TERM === "dumb",
    });
    const { isTerminal } = this.#screen;
    this.settings = {
      output: session.output.json ? "json" : "table",
      timing: false,
      hints: isTerminal,
    };
    const screen = this.#screen;
    this.#sink = {
      isTerminal,
      get columns() {
        return screen.columns;
      },
      write: (text) => screen.print(text),
    };
    this.#usages = new Usages(verbs, this.#session(new AbortController().signal, false));
    this.#news = new News(yard, () => this.#output(), {
      message: (result) => this.#remember(result),
      manor: () => this.#prompt(),
    });
  }

  /** Runs until it is left, and returns the exit code. */
  async run(): Promise<number> {
    const { session, signal = session.signal, greeting = [], onReady } = this.#options;
    const { isTerminal } = this.#screen;
    onReady?.((line) => this.#output().note(line));
    if (isTerminal && !session.output.json) this.#output().say(...greeting);
    signal.addEventListener("abort", () => this.#leaveNow());
    if (signal.aborted) this.#leaveNow();
    this.#prompt();
    const watching = isTerminal ? this.watch(WATCH_DEFAULT) : Promise.resolve();
    watching.catch((error) => this.#output().failure(error));
    await this.#ended.promise;
    this.#news.end();
    this.#screen.close();
    return isTerminal ? 0 : this.#exitCode;
  }

  get target(): string {
    return this.#target;
  }

  set target(route: string) {
    this.#target = route;
  }

  get watching(): Watching {
    return this.#news.watching;
  }

  get listening() {
    return this.#news.listeners.listening;
  }

  async watch(watching: Watching): Promise<void> {
    await this.#news.watch(watching);
  }

  async listen(share: string, observe: boolean) {
    return await this.#news.listeners.start(share, observe);
  }

  unlisten(share: string | undefined) {
    return this.#news.listeners.stop(share);
  }

  async play(lines: readonly string[], of: string, signal: AbortSignal): Promise<number> {
    if (this.#depth >= SOURCE_DEPTH_MAX) {
      throw new RaetError("usage", `"${of}" is called by ${this.#depth} others: expected fewer`);
    }
    this.#depth++;
    let failed = 0;
    try {
      for (const line of lines) {
        if (this.#left || signal.aborted) break;
        if (this.settings.output === "table") this.#output().say(paint("dim", `> ${line}`));
        if (await this.#runLine(line, signal) !== null) failed++;
      }
    } finally {
      this.#depth--;
    }
    return failed;
  }

  async shell(command: string, signal: AbortSignal): Promise<void> {
    if (!this.#options.shell) {
      throw new RaetError("denied", "shell commands are off: start the console with --shell");
    }
    const { runShell } = await import("./shell.ts");
    const output = this.#output();
    const print = (line: string) => output.say(line);
    const code = await runShell(command, print, signal);
    if (code !== 0) output.note(paint("yellow", `exit code ${code}`));
  }

  leave(): void {
    this.#left = true;
    this.#verb?.abort(new RaetError("outcome_unknown", "the console was left"));
    if (!this.#verb) this.#ended.resolve();
  }

  /** Also if a verb does not heed its signal. */
  #leaveNow(): void {
    this.leave();
    setTimeout(() => this.#ended.resolve(), 1000);
  }

  async #onLine(text: string): Promise<void> {
    const { isTerminal } = this.#screen;
    for (const line of splitLines(text)) {
      if (isTerminal) {
        this.#history.add(line);
        if (isKept(line)) this.#screen.remember(line);
      }
      if (this.#lines.length < LINES_WAITING_MAX) this.#lines.push(line);
    }
    await this.#runLines();
  }

  /** Runs what was typed, one line after the other. */
  async #runLines(): Promise<void> {
    if (this.#verb) return;
    while (this.#lines.length > 0 && !this.#left) {
      this.#screen.prompt("");
      this.#verb = new AbortController();
      const line = this.#lines.shift()!;
      await this.#runLine(line, this.#verb.signal);
      if (this.#verb.signal.aborted) this.#lines.length = 0;
      this.#verb = null;
    }
    if (this.#left || this.#inputEnded) this.#ended.resolve();
    else this.#prompt();
  }

  /** @returns the exit code of a failure, or null */
  async #runLine(line: string, signal: AbortSignal): Promise<number | null> {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) return null;
    let words: readonly string[];
    try {
      words = text.startsWith("!") ? ["!", "--", text.slice(1).trim()] : splitWords(text);
      words = withTarget(words, this.#usages, this.#target);
    } catch (error) {
      return this.#exitCode = this.#output().failure(error);
    }
    const began = performance.now();
    const isJson = words[0] !== "!" && words.includes("--json");
    const session = this.#session(signal, isJson);
    const program = new Command().option("--json", "one JSON object a line");
    addVerbs(program, this.#options.verbs, session, { out: session.sink, err: session.sink });
    const failed = await this.#untilEnd(runLine(program, words, session), session);
    const code = failed ?? (session.exitCode || null);
    if (code !== null) this.#exitCode = code;
    else if (isKept(line) && words[0] !== "save" && this.#depth === 0) this.#keepTyped(text);
    const { records } = session.output;
    if (records.length > 0 && !NO_RESULTS.includes(words[0])) this.#remember({ of: text, records });
    if (this.settings.timing) this.#sayTime(performance.now() - began);
    return code;
  }

  /** Waits for a verb, but for one that was told to end and does not only for a while. */
  async #untilEnd<T>(running: Promise<T>, session: ConsoleSession): Promise<T | number> {
    const { signal } = session;
    const isInner = this.#depth > 0;
    const givenUp = Promise.withResolvers<number>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onAbort = () => {
      timer = setTimeout(() => {
        session.abandon();
        const why = new RaetError("outcome_unknown", "interrupted; nobody waits for its answer");
        // Of a file's line and the verb that runs the file one says it.
        givenUp.resolve(isInner ? exitCodeOf(why) : this.#output().failure(why));
      }, END_MS_MAX);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    try {
      return await Promise.race([running, givenUp.promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #session(signal: AbortSignal, json: boolean): ConsoleSession {
    return new ConsoleSession({
      outer: this.#options.session,
      yard: this.#options.yard,
      sink: this.#sink,
      notes: this.#notes,
      controls: this,
      signal,
      json: json || this.settings.output === "json",
      fullScreen: async (owner) => {
        const { openFullScreen } = await import("../src/cli/terminal/open.ts");
        const lent = this.#screen.lend();
        this.#news.pause();
        const giveBack = () => {
          lent[Symbol.dispose]();
          this.#news.resume();
        };
        try {
          const screen = openFullScreen(this.#streams, owner, this.#options.session.env);
          screen.onClose = giveBack;
          return screen;
        } catch (error) {
          giveBack();
          throw error;
        }
      },
    });
  }

  #output(): Output {
    const { env } = this.#options.session;
    const json = this.settings.output === "json";
    return new Output({ out: this.#sink, err: json ? this.#notes : this.#sink, json, env });
  }

  /** Who reads JSON from a pipe reads nothing else there. */
  get #notes(): Sink {
    return this.#screen.isTerminal ? this.#sink : this.#options.session.output.notes;
  }

  #remember(result: Result): void {
    this.results.push(result);
    if (this.results.length > RESULTS_REMEMBERED_MAX) this.results.shift();
  }

  #keepTyped(line: string): void {
    this.typed.push(line);
    if (this.typed.length > HISTORY_LINES_MAX) this.typed.shift();
  }

  #sayTime(ms: number): void {
    const tookMs = Math.round(ms * 10) / 10;
    this.#output().record({ tookMs }, paint("dim", `took ${formatMs(tookMs)}`));
  }

  get #shares(): string[] {
    return this.listening.map(({ share }) => share);
  }

  #hint(text: string): string {
    if (!this.settings.hints || this.#verb) return "";
    return hintFor(text, this.#usages, this.#target);
  }

  #prompt(): void {
    if (this.#verb || this.#left || this.#inputEnded) return;
    const { estate } = this.#options.yard.manor;
    const target = this.#target === "" ? "" : [" ", paint("cyan", this.#target)];
    const gone = this.#news.isManorGone ? paint("red", " (gone)") : "";
    this.#screen.prompt([estate, ...target, gone, "> "]);
  }

  #onRefused(error: RaetError): void {
    this.#exitCode = this.#output().failure(error);
    this.#prompt();
  }

  #onInterrupt(again: boolean): void {
    if (this.#verb) {
      if (again) this.#leaveNow();
      else this.#verb.abort(new RaetError("outcome_unknown", "interrupted"));
    } else if (again) this.leave();
    else this.#screen.note("^C again or ^D leaves");
  }

  #onInputEnd(error?: unknown): void {
    this.#inputEnded = true;
    if (error !== undefined) this.#exitCode = this.#output().failure(error);
    if (this.#screen.isTerminal) this.leave();
    else if (!this.#verb && this.#lines.length === 0) this.#ended.resolve();
  }
}
