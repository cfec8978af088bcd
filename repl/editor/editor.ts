/**
 * The line editor: what keys do to the line being typed, and how it is drawn at the foot of the
 * terminal. Whatever is printed goes above it, in one write together with the line drawn anew, so that
 * it is never seen torn.
 *
 * @module
 */
import type { Line } from "../../src/cli/text.ts";
import type { Key } from "../../src/cli/terminal/keys.ts";
import { commonStart, inColumns } from "./columns.ts";
import { type Layout, layOut } from "./layout.ts";
import { LineBuffer } from "./line_buffer.ts";
import type { Recall } from "./recall.ts";

/** What an editor needs of whoever reads its lines. */
export interface EditorOwner {
  write(text: string): void;
  size(): { columns: number; rows: number };
  /** a line was entered */
  line(text: string): void;
  /** ^C; nothing is typed any more. `again` if the key before was the same */
  interrupt(again: boolean): void;
  /** ^D with nothing typed */
  end(): void;
  /** what the word before the cursor can become */
  complete(before: string): Promise<Completed>;
  /** what may come next */
  hint(text: string): string;
}

/** What a word can become. */
export interface Completed {
  /** what may stand in the word's place */
  readonly candidates: readonly string[];
  /** the word, the last characters before the cursor */
  readonly word: string;
}

/** A line at the foot of a terminal. */
export class Editor {
  readonly #owner: EditorOwner;
  readonly #recall: Recall;
  readonly #colour: boolean;
  readonly #buffer = new LineBuffer();
  readonly #waiting: Key[] = [];
  #prompt: Line = "";
  #drawn: Layout | null = null;
  #search: { part: string; skip: number; before: string } | null = null;
  #completing: object | null = null;
  #note = "";
  #interrupted = false;

  /** Draws nothing yet. */
  constructor(owner: EditorOwner, recall: Recall, colour: boolean) {
    this.#owner = owner;
    this.#recall = recall;
    this.#colour = colour;
  }

  /** Shows another prompt. */
  set prompt(prompt: Line) {
    this.#prompt = prompt;
    this.#interrupted = false;
    this.redraw();
  }

  /** A remark that stands dim behind the line until the next key. */
  set note(text: string) {
    this.#note = text;
    this.redraw();
  }

  /** What a key does. */
  key(key: Key): void {
    if (this.#completing && !(key.ctrl && key.name === "c")) {
      this.#waiting.push(key);
      return;
    }
    this.#note = "";
    if (!(key.ctrl && key.name === "c")) this.#interrupted = false;
    if (this.#search && this.#keepsSearching(key)) return this.redraw();
    if (key.ctrl && key.name === "r") return this.#beginSearch();
    this.#edit(key);
  }

  /** Prints whole lines above the line being typed. */
  print(text: string): void {
    this.#draw(this.#erased() + text + (text.endsWith("\n") ? "" : "\n"));
  }

  /** Draws the line anew. */
  redraw(): void {
    this.#draw(this.#erased());
  }

  /** The terminal has another size, and has wrapped the line anew by itself. */
  resized(): void {
    if (!this.#drawn) return;
    this.#drawn = this.#layOut();
    this.redraw();
  }

  /** Wipes the line from the terminal; it is drawn again by the next of these calls. */
  wipe(): void {
    if (this.#drawn) this.#owner.write(this.#erased());
    this.#drawn = null;
  }

  /** Goes below the line, as the last thing on the terminal. */
  leave(): void {
    this.#finish();
  }

  #edit(key: Key): void {
    const { name, text } = key;
    if (name === "paste") return this.#paste(text);
    if (text !== "") {
      this.#buffer.insert(text);
      this.#recall.rest();
      return this.redraw();
    }
    const action = ACTIONS[`${key.ctrl ? "^" : ""}${key.alt ? "M-" : ""}${name}`];
    if (action) {
      action(this.#buffer);
      return this.redraw();
    }
    if (name === "enter") return this.#enter();
    if (name === "tab") return void this.#complete();
    if (name === "up" || key.ctrl && name === "p") return this.#walk("older");
    if (name === "down" || key.ctrl && name === "n") return this.#walk("newer");
    if (key.ctrl && name === "c") return this.#interrupt();
    if (key.ctrl && name === "d") return this.#endOrErase();
    if (key.ctrl && name === "l") {
      this.#drawn = null;
      this.#owner.write("\x1b[H\x1b[2J");
      this.redraw();
    }
  }

  #enter(): void {
    const { text } = this.#buffer;
    this.#finish();
    this.#buffer.clear();
    this.#recall.rest();
    this.#owner.line(text);
  }

  /** Of several lines that are pasted the last one may be edited before it is entered. */
  #paste(text: string): void {
    this.#buffer.insert(text.replaceAll("\t", " ").replace(/\n+$/, ""));
    this.redraw();
  }

  #interrupt(): void {
    this.#completing = null;
    this.#waiting.length = 0;
    const again = this.#interrupted;
    this.#buffer.clear();
    this.#recall.rest();
    this.redraw();
    this.#interrupted = true;
    this.#owner.interrupt(again);
  }

  #endOrErase(): void {
    if (this.#buffer.text === "") return this.#owner.end();
    this.#buffer.erase("right");
    this.redraw();
  }

  #walk(where: "older" | "newer"): void {
    const line = this.#recall[where](this.#buffer.text);
    if (line === null) return;
    this.#buffer.set(line);
    this.redraw();
  }

  #beginSearch(): void {
    this.#search = { part: "", skip: 0, before: this.#buffer.text };
    this.redraw();
  }

  /** What a key does to a search; false if it ends it and does what it always does. */
  #keepsSearching(key: Key): boolean {
    const search = this.#search!;
    if (key.text !== "" && key.name === "") {
      this.#look({ ...search, part: search.part + key.text, skip: 0 });
    } else if (key.name === "backspace") {
      this.#look({ ...search, part: search.part.slice(0, -1), skip: 0 });
    } else if (key.ctrl && key.name === "r") {
      this.#look({ ...search, skip: search.skip + 1 });
    } else if (key.ctrl && (key.name === "g" || key.name === "c") || key.name === "escape") {
      this.#search = null;
      this.#buffer.set(search.before);
    } else {
      this.#search = null;
      return false;
    }
    return true;
  }

  #look(search: { part: string; skip: number; before: string }): void {
    const found = this.#recall.search(search.part, search.skip);
    if (found !== null) this.#buffer.set(found);
    // With no older one ^R stays where it is.
    this.#search = found === null && search.skip > 0 ? this.#search : search;
  }

  async #complete(): Promise<void> {
    const { before } = this.#buffer;
    const mine = this.#completing = {};
    const found = await this.#owner.complete(before).catch(() => null);
    if (this.#completing !== mine) return; // ^C came meanwhile
    this.#completing = null;
    if (found && found.candidates.length > 0) this.#takeCompletion(found);
    for (const key of this.#waiting.splice(0)) this.key(key);
  }

  #takeCompletion({ candidates, word }: Completed): void {
    const common = commonStart(candidates);
    if (common.length > word.length) {
      this.#buffer.replaceBefore(word.length, common);
      this.redraw();
    } else if (candidates.length > 1) {
      this.print(inColumns(candidates, this.#owner.size().columns));
    }
  }

  #layOut(): Layout {
    const { text, cursor } = this.#buffer;
    const prompt = this.#search ? [`search ${JSON.stringify(this.#search.part)}: `] : this.#prompt;
    const isEnd = this.#buffer.isAtEnd && !this.#search;
    const hint = isEnd ? this.#note || this.#owner.hint(text) : "";
    return layOut({ prompt, text, cursor, hint }, this.#owner.size(), this.#colour);
  }

  #draw(before: string): void {
    const layout = this.#layOut();
    const up = layout.endRow - layout.cursorRow;
    const moves = `${up > 0 ? `\x1b[${up}A` : ""}\x1b[${layout.cursorColumn + 1}G`;
    this.#owner.write(before + layout.output + moves);
    this.#drawn = layout;
  }

  /** What wipes what is drawn, and leaves the cursor where it began. */
  #erased(): string {
    if (!this.#drawn) return "";
    const { cursorRow } = this.#drawn;
    return `${cursorRow > 0 ? `\x1b[${cursorRow}A` : ""}\r\x1b[J`;
  }

  /** Draws the line for the last time, without hint, and goes below it. */
  #finish(): void {
    const { text } = this.#buffer;
    const shown = { prompt: this.#prompt, text, cursor: text.length, hint: "" };
    const { output } = layOut(shown, this.#owner.size(), this.#colour);
    this.#owner.write(`${this.#erased()}${output}\r\n`);
    this.#drawn = null;
  }
}

const ACTIONS: Record<string, (buffer: LineBuffer) => void> = {
  left: (buffer) => buffer.move("left"),
  right: (buffer) => buffer.move("right"),
  home: (buffer) => buffer.move("home"),
  end: (buffer) => buffer.move("end"),
  backspace: (buffer) => buffer.erase("left"),
  delete: (buffer) => buffer.erase("right"),
  "^a": (buffer) => buffer.move("home"),
  "^b": (buffer) => buffer.move("left"),
  "^e": (buffer) => buffer.move("end"),
  "^f": (buffer) => buffer.move("right"),
  "^left": (buffer) => buffer.move("wordLeft"),
  "^right": (buffer) => buffer.move("wordRight"),
  "M-left": (buffer) => buffer.move("wordLeft"),
  "M-right": (buffer) => buffer.move("wordRight"),
  "M-b": (buffer) => buffer.move("wordLeft"),
  "M-f": (buffer) => buffer.move("wordRight"),
  "^w": (buffer) => buffer.erase("blankLeft"),
  "^u": (buffer) => buffer.erase("home"),
  "^k": (buffer) => buffer.erase("end"),
  "M-backspace": (buffer) => buffer.erase("wordLeft"),
  "M-d": (buffer) => buffer.erase("wordRight"),
  "^y": (buffer) => buffer.yank(),
  "^t": (buffer) => buffer.transpose(),
  "^_": (buffer) => buffer.undo(),
};
