/**
 * What a verb says: one JSON object a line with `--json`, lines and tables for people otherwise.
 * Notes and failures for people go to stderr. Where it is written is a port, so that the console
 * can print above the line being typed.
 *
 * @module
 */
import { jsonLine } from "./body.ts";
import { describeFailure } from "./exit.ts";
import { drawLine, drawTable, type Line, paint, type Piece } from "./text.ts";

/** Takes whole lines, each with its end. */
export interface Sink {
  write(text: string): void;
  readonly isTerminal: boolean;
}

/** How to print. */
export interface OutputOptions {
  readonly out: Sink;
  readonly err: Sink;
  readonly json: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A column of a table: its title, and its cell of a record. */
export type Column<T> = readonly [title: string, cell: (record: T) => Piece];

/** Prints records, notes and failures. */
export class Output {
  /** One JSON object a line, and nothing else on stdout. */
  readonly json: boolean;
  readonly #out: Sink;
  readonly #err: Sink;
  readonly #outColour: boolean;
  readonly #errColour: boolean;
  readonly #debug: boolean;

  /** Colour is used on a terminal only, and not with NO_COLOR or a dumb one. */
  constructor({ out, err, json, env }: OutputOptions) {
    const colour = !env.NO_COLOR && env.TERM !== "dumb";
    this.json = json;
    this.#out = out;
    this.#err = err;
    this.#outColour = colour && out.isTerminal;
    this.#errColour = colour && err.isTerminal;
    this.#debug = Boolean(env.RAET_DEBUG);
  }

  /** One result: the record with `--json`, its lines for people otherwise. */
  record(record: object, ...human: Line[]): void {
    if (this.json) this.#out.write(`${jsonLine(record)}\n`);
    else this.say(...human);
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
      this.say(...drawTable(columns.map(([title]) => title), cells));
    }
  }

  /** Lines for people, on stdout; nothing with `--json`. */
  say(...lines: Line[]): void {
    if (this.json || lines.length === 0) return;
    this.#out.write(lines.map((line) => `${drawLine(line, this.#outColour)}\n`).join(""));
  }

  /** A remark for people, on stderr in either mode. */
  note(line: Line): void {
    this.#err.write(`${drawLine(line, this.#errColour)}\n`);
  }

  /** Says what went wrong, and returns the exit code that it gives. */
  failure(error: unknown): number {
    const { code, message, exit, stack } = describeFailure(error);
    if (this.json) this.record({ error: { code, message } });
    else this.note([paint("red", "raet:"), ` ${message}`]);
    if (this.#debug) this.#err.write(`${stack}\n`);
    return exit;
  }
}
