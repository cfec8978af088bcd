/**
 * The session of a verb that was called in the console: it uses the console's own connection, and
 * what it says is printed above the line being typed, and kept for `last`.
 *
 * @module
 */
import { RaetError } from "../src/base/errors.ts";
import { RECORDS_PER_RESULT_MAX } from "../src/base/limits.ts";
import type { ConsoleControls } from "../src/cli/console_controls.ts";
import { type Column, Output, type Sink } from "../src/cli/output.ts";
import type { Session } from "../src/cli/session.ts";
import type { FullScreen, ScreenOwner } from "../src/cli/terminal/full_screen.ts";
import type { Line } from "../src/cli/text.ts";
import type { Yard } from "../src/client/yard.ts";

/** What the console lends to a verb. */
export interface ConsoleParts {
  /** the session in which the console itself runs */
  readonly outer: Session;
  readonly yard: Yard;
  readonly sink: Sink;
  /** where what is no JSON goes with `json` */
  readonly notes: Sink;
  readonly controls: ConsoleControls;
  readonly signal: AbortSignal;
  readonly json: boolean;
  /** gives the whole screen to a verb, for a while */
  fullScreen(owner: ScreenOwner): Promise<FullScreen>;
}

/** A session for one line of the console. */
export class ConsoleSession implements Session {
  readonly place = "console";
  readonly output: RecordingOutput;
  readonly home: string;
  readonly env: Session["env"];
  readonly signal: AbortSignal;
  readonly console: ConsoleControls;
  /** The exit code of a verb that ended without a failure. */
  exitCode = 0;
  /** Where all that the verb prints goes. */
  readonly sink: Sink;
  readonly #parts: ConsoleParts;
  #abandoned = false;

  /** Made anew for each line. */
  constructor(parts: ConsoleParts) {
    const { outer, controls, signal, json } = parts;
    const heeded = (sink: Sink): Sink => ({
      isTerminal: sink.isTerminal,
      get columns() {
        return sink.columns;
      },
      write: (text) => {
        if (!this.#abandoned) sink.write(text);
      },
    });
    this.sink = heeded(parts.sink);
    const err = json ? heeded(parts.notes) : this.sink;
    this.output = new RecordingOutput({ out: this.sink, err, json, env: outer.env });
    this.home = outer.home;
    this.env = outer.env;
    this.signal = signal;
    this.console = controls;
    this.#parts = parts;
  }

  /** The console's own connection. */
  attach(): Promise<Yard> {
    return Promise.resolve(this.#parts.yard);
  }

  /** The console's input is what is typed: no verb can read it. */
  readInput(): Promise<string> {
    const why = '"-" stands for standard input, which the console reads itself: expected a body';
    return Promise.reject(new RaetError("usage", why));
  }

  /** The console's screen. @throws {RaetError} `usage` if it is none */
  fullScreen(owner: ScreenOwner): Promise<FullScreen> {
    return this.#parts.fullScreen(owner);
  }

  /** Nobody waits for the verb any more: what it still prints is dropped. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** Ends the line as one that failed with that code. */
  setExitCode(code: number): void {
    this.exitCode = code;
  }
}

/** An output that keeps what it prints, within a bound. */
export class RecordingOutput extends Output {
  /** The records so far. */
  readonly records: object[] = [];

  override record(record: object, ...human: Line[]): void {
    this.#keep(record);
    super.record(record, ...human);
  }

  override rows<T extends object>(
    records: readonly T[],
    columns: readonly Column<T>[],
    nothing: string,
  ): void {
    if (!this.json) records.forEach((record) => this.#keep(record)); // JSON comes by record()
    super.rows(records, columns, nothing);
  }

  #keep(record: object): void {
    if (this.records.length < RECORDS_PER_RESULT_MAX) this.records.push(record);
  }
}
