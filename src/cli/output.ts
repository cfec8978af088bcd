/**
 * What a verb says: one JSON object a line with `--json`, lines and tables for people otherwise.
 * Notes and failures for people go to stderr. Where it is written is a port, so that the console
 * can print above the line being typed.
 *
 * @module
 */
import { jsonLine } from "./body.ts";
import { cutText } from "./draw/cut.ts";
import { drawFields, foldTable } from "./draw/fold.ts";
import { describeFailure, type Failure } from "./exit.ts";
import { drawLine, escapeControls, type Line, paint, type Piece, type Side } from "./text.ts";

/** Takes whole lines, each with its end. */
export interface Sink {
  write(text: string): void;
  /** takes bytes as they are, where there is a stream for them */
  writeBytes?(bytes: Uint8Array): void;
  /** whether more would only be kept in memory, as its reader is slow */
  readonly isFull?: boolean;
  /** waits while that is so; not past the end of the verb */
  drained?(): Promise<void>;
  /** waits until all that was written has been taken from us; false at the end of the verb, or of the stream */
  written?(): Promise<boolean>;
  readonly isTerminal: boolean;
  /** nothing that is written arrives any more */
  readonly isClosed?: boolean;
  /** how wide it is, where that is known */
  readonly columns?: number;
}

/** How to print. */
export interface OutputOptions {
  readonly out: Sink;
  readonly err: Sink;
  readonly json: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** nobody types on the terminal: a line of progress may stand at its foot */
  readonly progress?: boolean;
}

/** A column of a table: its title, its cell of a record, and for numbers that it stands right. */
export type Column<T> = readonly [title: string, cell: (record: T) => Piece, side?: Side];

/** Prints records, notes and failures. */
export class Output {
  /** One JSON object a line, and nothing else on stdout. */
  readonly json: boolean;
  /** Whether `progress` shows anything. */
  readonly showsProgress: boolean;
  readonly #out: Sink;
  readonly #err: Sink;
  readonly #outColour: boolean;
  readonly #errColour: boolean;
  readonly #debug: boolean;
  #progress = "";
  /** The failure that was printed last, as JSON: whether it arrived is known later. */
  #printed: Failure | null = null;

  /** Colour is used on a terminal only, and not with NO_COLOR or a dumb one. */
  constructor({ out, err, json, env, progress }: OutputOptions) {
    const colour = !env.NO_COLOR && env.TERM !== "dumb";
    this.json = json;
    this.showsProgress = Boolean(progress) && err.isTerminal && env.TERM !== "dumb";
    this.#out = out;
    this.#err = err;
    this.#outColour = colour && out.isTerminal;
    this.#errColour = colour && err.isTerminal;
    this.#debug = Boolean(env.RAET_DEBUG);
  }

  /** One result: the record with `--json`, its lines for people otherwise. */
  record(record: object, ...human: Line[]): void {
    if (this.json) this.#print(`${jsonLine(record)}\n`);
    else this.say(...human);
  }

  /**
   * What a message holds and nothing else, for a file or a pipe: text ends with a line's end, bytes
   * are as they are. A terminal gets neither bytes nor controls.
   */
  raw(content: string | Uint8Array): void {
    const { isTerminal } = this.#out;
    if (typeof content !== "string") {
      if (!isTerminal && this.#out.writeBytes) return this.#out.writeBytes(content);
      return this.#print(`${jsonLine(content)}\n`);
    }
    const text = isTerminal ? content.split("\n").map(escapeControls).join("\n") : content;
    this.#print(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** One result whose lines for people are those of a text, however many. */
  text(record: object, text: string): void {
    this.record(record);
    this.#sayAll(text.split("\n"));
  }

  /**
   * A line at the terminal's foot while something takes long; the next one takes its place. It is cut at the
   * edge: of one that goes on in the next row only the last row could be taken back.
   */
  progress(line: string): void {
    if (!this.showsProgress || line === this.#progress) return;
    this.#progress = line;
    this.#err.write(`\r\x1b[K${cutText(line, (this.#err.columns || 80) - 1)}`);
  }

  /** Whether more would only be kept in memory, as nobody reads. */
  get isFull(): boolean {
    return this.#out.isFull ?? false;
  }

  /** For whoever prints without end: waits while what was printed is not read. */
  async drained(): Promise<void> {
    await this.#out.drained?.();
  }

  /**
   * Waits until whoever kills this process can't undo what was printed; false where that isn't so at the end
   * of the verb.
   */
  async written(): Promise<boolean> {
    return await this.#out.written?.() ?? true;
  }

  /** How wide a drawing may be; 80 where nobody knows. */
  get columns(): number {
    return this.#out.columns || 80;
  }

  /** One result as names and values below each other; values are wrapped on a terminal. */
  fields(record: object, fields: readonly (readonly [name: string, value: Piece])[]): void {
    this.record(record, ...drawFields(fields, this.width));
  }

  /** How wide tables and help may be: where there is no terminal nothing is wrapped. */
  get width(): number {
    return this.#out.isTerminal ? this.columns : Infinity;
  }

  /** Results of one kind: a JSON line each, or a table; `nothing` is said of none. */
  rows<T extends object>(
    records: readonly T[],
    columns: readonly Column<T>[],
    nothing: string,
  ): void {
    if (this.json) {
      for (const record of records) this.record(record);
    } else if (records.length === 0) {
      this.note(nothing);
    } else {
      const cells = records.map((record) => columns.map(([, cell]) => cell(record)));
      const sides = columns.map(([, , side]) => side);
      this.#sayAll(foldTable(columns.map(([title]) => title), cells, sides, this.width));
    }
  }

  /** Where notes go, for whoever draws lines of its own. */
  get notes(): Sink & { readonly colour: boolean } {
    const err = this.#err;
    return {
      isTerminal: err.isTerminal,
      colour: this.#errColour,
      get isFull() {
        return err.isFull;
      },
      write: (text) => err.write(text),
    };
  }

  /** Lines for people, on stdout; nothing with `--json`. */
  say(...lines: Line[]): void {
    this.#sayAll(lines);
  }

  /** As `say`: more lines than a call can have arguments. */
  #sayAll(lines: readonly Line[]): void {
    if (this.json || lines.length === 0) return;
    this.#print(lines.map((line) => `${drawLine(line, this.#outColour)}\n`).join(""));
  }

  /** A remark for people, on stderr in either mode. */
  note(line: Line): void {
    this.progress("");
    this.#err.write(`${drawLine(line, this.#errColour)}\n`);
  }

  /**
   * Says what went wrong, with more of it in JSON, and returns the exit code that it gives. Where JSON
   * can't be written any more it is said to people; so is one that was written and didn't arrive, and it is
   * that one's exit code.
   */
  failure(error: unknown, more: object = {}): number {
    const failure = describeFailure(error);
    const { code, message, exit, stack } = failure;
    const lost = this.#out.isClosed ? this.#printed : null;
    if (lost) this.#noteFailure(lost);
    if (this.json && !this.#out.isClosed) {
      this.record({ error: { code, message, ...more } });
      this.#printed = failure;
    } else {
      this.#noteFailure(failure);
    }
    if (this.#debug) this.#err.write(`${stack.split("\n").map(escapeControls).join("\n")}\n`);
    return lost?.exit ?? exit;
  }

  #noteFailure({ message }: Failure): void {
    this.note([paint("red", "raet:"), ` ${message}`]);
  }

  #print(text: string): void {
    this.#printed = null;
    this.progress("");
    this.#out.write(text);
  }
}
