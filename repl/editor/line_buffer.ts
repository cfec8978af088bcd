/**
 * The line being typed and the place in it: text is put in and taken out by whole characters as
 * people see them. Pure.
 *
 * @module
 */

/** A line and the cursor in it. */
export class LineBuffer {
  #text = "";
  #cursor = 0;
  #killed = "";
  #undo: { text: string; cursor: number }[] = [];

  /** What is typed. */
  get text(): string {
    return this.#text;
  }

  /** Where the cursor stands, always before a whole character. */
  get cursor(): number {
    return this.#cursor;
  }

  /** What stands before the cursor. */
  get before(): string {
    return this.#text.slice(0, this.#cursor);
  }

  /** Whether the cursor stands behind everything. */
  get isAtEnd(): boolean {
    return this.#cursor === this.#text.length;
  }

  /** Puts another line in its place, the cursor behind it. */
  set(text: string): void {
    this.#remember();
    this.#text = text;
    this.#cursor = text.length;
  }

  /** Begins a new line: nothing of this one can be undone. */
  clear(): void {
    this.#text = "";
    this.#cursor = 0;
    this.#undo = [];
  }

  /** Puts text in at the cursor. */
  insert(text: string): void {
    // Letters are undone by the word, not one by one.
    if (text.length > 1 || /\s/.test(text) || this.#undo.length === 0) this.#remember();
    this.#text = this.before + text + this.#text.slice(this.#cursor);
    this.#cursor += text.length;
  }

  /** Puts text in the place of the last characters before the cursor. */
  replaceBefore(length: number, text: string): void {
    this.#remember();
    const start = this.#cursor - length;
    this.#text = this.#text.slice(0, start) + text + this.#text.slice(this.#cursor);
    this.#cursor = start + text.length;
  }

  /** Moves the cursor; false where it can't go. */
  move(where: "left" | "right" | "wordLeft" | "wordRight" | "home" | "end"): boolean {
    const before = this.#cursor;
    this.#cursor = this.#place(where);
    return this.#cursor !== before;
  }

  /** Takes out what lies between the cursor and a place; all but single characters can be put back. */
  erase(where: "left" | "right" | "wordLeft" | "wordRight" | "home" | "end" | "blankLeft"): void {
    const to = this.#place(where);
    if (to === this.#cursor) return;
    this.#remember();
    const [start, end] = to < this.#cursor ? [to, this.#cursor] : [this.#cursor, to];
    if (where !== "left" && where !== "right") this.#killed = this.#text.slice(start, end);
    this.#text = this.#text.slice(0, start) + this.#text.slice(end);
    this.#cursor = start;
  }

  /** Puts back what was taken out last. */
  yank(): void {
    if (this.#killed !== "") this.insert(this.#killed);
  }

  /** Swaps the two characters before the cursor, or around it. */
  transpose(): void {
    const middle = this.isAtEnd ? previous(this.#text, this.#cursor) : this.#cursor;
    const start = previous(this.#text, middle);
    if (start === middle) return;
    this.#remember();
    const end = next(this.#text, middle);
    const swapped = this.#text.slice(middle, end) + this.#text.slice(start, middle);
    this.#text = this.#text.slice(0, start) + swapped + this.#text.slice(end);
    this.#cursor = end;
  }

  /** Takes back the last change. */
  undo(): void {
    const last = this.#undo.pop();
    if (!last) return;
    this.#text = last.text;
    this.#cursor = last.cursor;
  }

  #remember(): void {
    this.#undo.push({ text: this.#text, cursor: this.#cursor });
    if (this.#undo.length > UNDO_MAX) this.#undo.shift();
  }

  #place(where: string): number {
    const [text, cursor] = [this.#text, this.#cursor];
    switch (where) {
      case "left":
        return previous(text, cursor);
      case "right":
        return next(text, cursor);
      case "wordLeft":
        return text.slice(0, cursor).replace(/[\p{L}\p{N}_]*[^\p{L}\p{N}_]*$/u, "").length;
      case "blankLeft":
        return text.slice(0, cursor).replace(/\S*\s*$/u, "").length;
      case "wordRight":
        return cursor + /^[^\p{L}\p{N}_]*[\p{L}\p{N}_]*/u.exec(text.slice(cursor))![0].length;
      case "home":
        return 0;
      default:
        return text.length;
    }
  }
}

const UNDO_MAX = 200;
let segmenter: Intl.Segmenter | undefined;

/** The characters of a text as people see them: a letter with its marks is one. */
export function characters(text: string): string[] {
  if (isAscii(text)) return [...text];
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function previous(text: string, at: number): number {
  if (at === 0) return 0;
  const before = text.slice(0, at);
  return at - (isAscii(before.slice(-2)) ? 1 : characters(before).at(-1)!.length);
}

function next(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const after = text.slice(at);
  return at + (isAscii(after.slice(0, 2)) ? 1 : characters(after)[0].length);
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text);
}
