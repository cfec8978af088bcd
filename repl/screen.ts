/**
 * What a console reads from and prints to: a terminal with the line being typed at its foot, or a pair
 * of pipes, where each line is read as it comes.
 *
 * @module
 */
import { fromUtf8 } from "../src/base/bytes.ts";
import { RaetError } from "../src/base/errors.ts";
import { CONSOLE_LINE_BYTES_MAX } from "../src/base/limits.ts";
import { linesOf } from "../src/cli/lines.ts";
import { PASTE_OFF, PASTE_ON } from "../src/cli/terminal/keys.ts";
import { isTerminal, readKeys, type Streams, terminalSize } from "../src/cli/terminal/streams.ts";
import { drawLine, type Line } from "../src/cli/text.ts";
import { type Completed, Editor } from "./editor/editor.ts";
import { Recall } from "./editor/recall.ts";
import { HISTORY_LINES_MAX } from "./history.ts";

/** What a screen tells its console. */
export interface ScreenOwner {
  /** a line was entered; resolves once another one is wanted, if it comes from a pipe */
  line(text: string): Promise<void>;
  /** a line came that can't be one of a console's */
  refused(error: RaetError): void;
  /** ^C; what was typed is gone. `again` if the key before was the same */
  interrupt(again: boolean): void;
  /** ^D, or the end of the input. @param error why it can't be read any further, if that is the reason */
  end(error?: unknown): void;
  complete(before: string): Promise<Completed>;
  hint(text: string): string;
}

/** How a screen looks. */
export interface ScreenOptions {
  /** what was typed before, the latest first */
  readonly history: readonly string[];
  readonly colour: boolean;
  /** a terminal that can't move its cursor: lines are read as from a pipe, but with a prompt */
  readonly dumb: boolean;
}

/** The terminal, or a pair of pipes. */
export interface Screen {
  /** Whether lines are edited, with a prompt. */
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  /** Shows a prompt, or none while a verb runs. */
  prompt(prompt: Line): void;
  /** A remark behind the line until the next key; false where it can't be shown. */
  note(text: string): boolean;
  /** Prints whole lines above the line being typed. */
  print(text: string): void;
  /** Adds a line to those that can be had again. */
  remember(line: string): void;
  /** Leaves the terminal to somebody else, until the result is disposed of. */
  lend(): Disposable;
  /** Ends the reading; the terminal is as it was before. */
  close(): void;
}

/** The screen that fits the streams. */
export function openScreen(streams: Streams, owner: ScreenOwner, options: ScreenOptions): Screen {
  return isTerminal(streams) && !options.dumb
    ? new TerminalScreen(streams, owner, options)
    : new PipeScreen(streams, owner, isTerminal(streams));
}

class TerminalScreen implements Screen {
  readonly isTerminal = true;
  readonly #streams: Streams;
  readonly #owner: ScreenOwner;
  readonly #editor: Editor;
  readonly #recall: Recall;
  #keys: Disposable | null = null;

  constructor(streams: Streams, owner: ScreenOwner, { history, colour }: ScreenOptions) {
    this.#streams = streams;
    this.#owner = owner;
    this.#recall = new Recall(history, HISTORY_LINES_MAX);
    this.#editor = new Editor(
      {
        write: (text) => void streams.output.write(text),
        size: () => terminalSize(streams),
        line: (text) => void owner.line(text),
        interrupt: (again) => owner.interrupt(again),
        end: () => owner.end(),
        complete: (before) => owner.complete(before),
        hint: (text) => owner.hint(text),
      },
      this.#recall,
      colour,
    );
    this.#read();
  }

  get columns(): number {
    return terminalSize(this.#streams).columns;
  }

  prompt(prompt: Line): void {
    if (this.#keys) this.#editor.prompt = prompt;
  }

  note(text: string): boolean {
    if (this.#keys) this.#editor.note = text;
    return true;
  }

  print(text: string): void {
    if (this.#keys) this.#editor.print(text);
    else this.#streams.output.write(text);
  }

  remember(line: string): void {
    this.#recall.add(line);
  }

  lend(): Disposable {
    this.#editor.wipe();
    this.#stop();
    return {
      [Symbol.dispose]: () => {
        this.#read();
        this.#editor.redraw();
      },
    };
  }

  close(): void {
    if (!this.#keys) return;
    this.#editor.leave();
    this.#stop();
  }

  #read(): void {
    this.#keys = readKeys(this.#streams, {
      key: (key) => this.#editor.key(key),
      resized: () => this.#editor.resized(),
      ended: () => this.#owner.end(),
    }, PASTE_OFF);
    this.#streams.output.write(PASTE_ON);
  }

  #stop(): void {
    this.#keys?.[Symbol.dispose]();
    this.#keys = null;
  }
}

class PipeScreen implements Screen {
  readonly isTerminal = false;
  readonly columns = 80;
  readonly #streams: Streams;
  readonly #prompts: boolean;
  #closed = false;

  /** @param prompts somebody types at a terminal that can't move its cursor */
  constructor(streams: Streams, owner: ScreenOwner, prompts: boolean) {
    this.#streams = streams;
    this.#prompts = prompts;
    void this.#read(owner);
  }

  prompt(prompt: Line): void {
    if (this.#prompts) this.#streams.output.write(drawLine(prompt, false));
  }

  note(): boolean {
    return false;
  }

  print(text: string): void {
    const { output } = this.#streams;
    try {
      output.write(text);
    } catch (error) {
      // To a file Deno throws what elsewhere comes as an event, which has somebody who ends it all.
      queueMicrotask(() => output.emit("error", error));
    }
  }

  remember(): void {}

  lend(): Disposable {
    return { [Symbol.dispose]() {} };
  }

  /** What is being read is left as it is: nothing may end that. */
  close(): void {
    this.#closed = true;
  }

  /** What is not wanted yet stays in the pipe. */
  async #read(owner: ScreenOwner): Promise<void> {
    const { input, read } = this.#streams;
    const lines = linesOf(read?.() ?? input, CONSOLE_LINE_BYTES_MAX);
    for (let number = 1; !this.#closed; number++) {
      let line: IteratorResult<Uint8Array>;
      try {
        line = await lines.next();
      } catch (error) {
        return this.#closed ? undefined : owner.end(error);
      }
      if (this.#closed) return;
      if (line.done) return owner.end();
      const text = fromUtf8(line.value);
      if (text === null) owner.refused(notText(number));
      else await owner.line(text);
    }
  }
}

function notText(number: number): RaetError {
  return new RaetError("usage", `line ${number} is not UTF-8 text: expected a verb`);
}
