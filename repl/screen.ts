/**
 * The line being typed, and what is printed above it. While a verb runs there is no prompt, but what
 * is typed ahead stays, and is still kept below what is printed.
 *
 * @module
 */
import {
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  moveCursor,
} from "node:readline";
import type { Readable, Writable } from "node:stream";
import { HISTORY_LINES_MAX } from "./history.ts";

/** Where the console reads and writes. */
export interface Streams {
  readonly input: Readable & { isTTY?: boolean };
  readonly output: Writable & { isTTY?: boolean };
  /** whether lines are edited; by default, whether both are terminals */
  readonly terminal?: boolean;
}

/** What a screen tells its console. */
export interface ScreenHandlers {
  /** a line was entered */
  line(text: string): void;
  /** ^C while nothing is typed */
  interrupt(): void;
  /** ^D, or the end of the input */
  close(): void;
  /** what the word before the cursor can become */
  complete(line: string): Promise<[string[], string]>;
  /** whether a line belongs into the history */
  keeps(line: string): boolean;
}

/** A readline interface with the parts of it that its types leave out. */
type Editor = Omit<Interface, "line" | "cursor"> & {
  line: string;
  cursor: number;
  prevRows: number;
};

/** The terminal, or a pair of pipes. */
export class Screen {
  /** Whether lines are edited, with a prompt. */
  readonly isTerminal: boolean;
  readonly #output: Writable;
  readonly #editor: Editor;
  readonly #handlers: ScreenHandlers;
  #closed = false;
  #prompting = false;

  /** @param history what was typed before, the latest first */
  constructor(streams: Streams, history: string[], handlers: ScreenHandlers) {
    const { input, output } = streams;
    this.isTerminal = streams.terminal ?? Boolean(input.isTTY && output.isTTY);
    this.#output = output;
    this.#handlers = handlers;
    const complete = (line: string, done: (error: null, result: [string[], string]) => void) => {
      handlers.complete(line).then((found) => done(null, found), () => done(null, [[], line]));
    };
    const editor = createInterface({
      input,
      output: this.isTerminal ? output : undefined,
      terminal: this.isTerminal,
      completer: complete,
      history,
      historySize: HISTORY_LINES_MAX,
      removeHistoryDuplicates: true,
      crlfDelay: Infinity,
      prompt: "",
    });
    this.#editor = editor as unknown as Editor;
    // Terminals have wrapped the line anew by then: readline would go up by the rows of before.
    output.prependListener("resize", () => {
      this.#editor.prevRows = this.#editor.getCursorPos().rows;
    });
    editor.on("line", (line) => handlers.line(line));
    editor.on("close", () => {
      this.#closed = true;
      handlers.close();
    });
    editor.on("SIGINT", () => this.#onInterrupt());
    editor.on("history", (lines: string[]) => {
      if (lines.length > 0 && !handlers.keeps(lines[0])) lines.shift();
    });
  }

  /** Shows a prompt and waits for a line. */
  prompt(text: string): void {
    if (this.#closed || !this.isTerminal) return;
    this.#prompting = true;
    this.#editor.setPrompt(text);
    this.#editor.prompt(true);
  }

  /** Takes the prompt away while a verb runs. */
  hidePrompt(): void {
    this.#prompting = false;
    if (!this.#closed && this.isTerminal) this.#editor.setPrompt("");
  }

  /** Prints whole lines above the line being typed. */
  print(text: string): void {
    if (this.#closed || !this.isTerminal) {
      this.#output.write(text);
      return;
    }
    this.#erase();
    this.#output.write(text.endsWith("\n") ? text : `${text}\n`);
    this.#redraw();
  }

  /** Ends the reading; the terminal is as it was before. */
  close(): void {
    if (this.#closed) return;
    this.#editor.close();
  }

  /** ^C clears what is typed; the console hears of it only if nothing was. */
  #onInterrupt(): void {
    const typed = this.#editor.line !== "";
    if (typed) {
      this.#erase();
      this.#editor.line = "";
      this.#editor.cursor = 0;
      this.#redraw();
    }
    if (!typed || !this.#prompting) this.#handlers.interrupt();
  }

  /** Wipes prompt and typed text, all their rows, and leaves the cursor where they began. */
  #erase(): void {
    moveCursor(this.#output, 0, -this.#editor.getCursorPos().rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }

  #redraw(): void {
    this.#editor.prevRows = 0; // or it would go up as many rows as the line had before
    this.#editor.prompt(true);
  }
}
