/**
 * A terminal in memory: what is written to it moves a cursor and fills rows, as a real one does with
 * the few sequences that the console uses. Others make it fail.
 *
 * @module
 */
import { textWidth } from "../../src/cli/text.ts";

/** Rows of cells and a cursor. */
export class VirtualTerminal {
  readonly #columns: number;
  readonly #rows: number;
  #cells: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** rows that have left the screen at the top */
  #gone = 0;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  /** All rows that were ever shown, those that left the screen too. */
  get rows(): string[] {
    return this.#cells.map((cells) => cells.join("").trimEnd());
  }

  /** Row, counted from the first one that was ever shown, and column of the cursor. */
  get cursor(): [number, number] {
    return [this.#row, Math.min(this.#column, this.#columns - 1)];
  }

  write(text: string): void {
    let at = 0;
    while (at < text.length) {
      const sequence = /^\x1b\[([?\d;]*)([A-Za-z])/.exec(text.slice(at));
      if (sequence) {
        this.#obey(sequence[2], sequence[1]);
        at += sequence[0].length;
        continue;
      }
      const char = String.fromCodePoint(text.codePointAt(at)!);
      at += char.length;
      if (char === "\r") this.#column = 0;
      else if (char === "\n") {
        this.#column = 0; // the driver makes two of it
        this.#down();
      } else if (char < " " || char === "\x7f") {
        throw new Error(`a control character: ${JSON.stringify(char)}`);
      } else this.#put(char);
    }
  }

  #put(char: string): void {
    const width = textWidth(char);
    const cells = () => this.#cells[this.#row];
    if (width === 0) {
      if (this.#column > 0) cells()[this.#column - 1] += char;
      return;
    }
    if (this.#column + width > this.#columns) {
      this.#column = 0;
      this.#down();
    }
    while (cells().length < this.#column) cells().push(" ");
    cells()[this.#column] = char;
    if (width === 2) cells()[this.#column + 1] = "";
    this.#column += width;
  }

  #down(): void {
    this.#row++;
    if (this.#row === this.#cells.length) this.#cells.push([]);
    this.#gone = Math.max(this.#gone, this.#row - this.#rows + 1);
  }

  #obey(final: string, parameters: string): void {
    const number = Number(parameters || 1);
    switch (final) {
      case "A":
        this.#row = Math.max(this.#gone, this.#row - number);
        return;
      case "G":
        this.#column = number - 1;
        return;
      case "J":
        this.#cells.length = this.#row + 1;
        this.#cells[this.#row].length = Math.min(this.#column, this.#cells[this.#row].length);
        return;
      case "K":
        this.#cells[this.#row].length = Math.min(this.#column, this.#cells[this.#row].length);
        return;
      case "m":
      case "h":
      case "l":
        return;
      default:
        throw new Error(`a sequence that is not known: ${parameters}${final}`);
    }
  }
}
