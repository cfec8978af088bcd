/**
 * Where a prompt and the line behind it stand on a terminal: rows that wrap at its edge, wide
 * characters, the cursor. Pure; what is drawn is made of escaped characters only.
 *
 * Terminals wrap by themselves: a character that does not fit goes to the next row, and one that fills
 * the last column leaves the cursor there until something follows. So does this.
 *
 * @module
 */
import { drawLine, escapeControls, type Line, paint, textWidth } from "../../src/cli/text.ts";
import { characters } from "./line_buffer.ts";

/** What is to be drawn. */
export interface Shown {
  readonly prompt: Line;
  /** what is typed */
  readonly text: string;
  /** index into the text */
  readonly cursor: number;
  /** stands dim behind the text, as far as its row goes */
  readonly hint: string;
}

/** How it is drawn. */
export interface Layout {
  /** what is written from the first column of the first row on */
  readonly output: string;
  /** the row after the last character, from the first one of what is drawn */
  readonly endRow: number;
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

interface Glyph {
  readonly drawn: string;
  readonly width: number;
  /** its place in the text; -1 for the prompt */
  readonly index: number;
}

interface Placed extends Glyph {
  readonly row: number;
}

/**
 * Lays a line out.
 *
 * @param size of the terminal; of a line that is higher than it, only the rows around the cursor show
 */
export function layOut(
  shown: Shown,
  size: { columns: number; rows: number },
  colour: boolean,
): Layout {
  const columns = Math.max(4, size.columns);
  const glyphs = [...promptGlyphs(shown.prompt, colour), ...textGlyphs(shown.text)];
  const placed: Placed[] = [];
  let [row, column] = [0, 0];
  let cursor: [row: number, column: number] | null = null;
  for (const glyph of glyphs) {
    if (column + glyph.width > columns) [row, column] = [row + 1, 0];
    if (glyph.index === shown.cursor) cursor = [row, column];
    placed.push({ ...glyph, row });
    column += glyph.width;
  }
  const isFull = column >= columns;
  if (isFull) [row, column] = [row + 1, 0];
  cursor ??= [row, column];
  const first = firstRow(cursor[0], row, size.rows);
  const last = Math.min(row, first + size.rows - 1);
  const visible = placed.filter((glyph) => glyph.row >= first && glyph.row <= last);
  let output = visible.map(({ drawn }) => drawn).join("");
  // A blank makes the terminal go to the next row, and know that this one goes on there.
  if (last === row && isFull) output += " \r\x1b[K";
  else if (last === row) output += drawHint(shown.hint, columns - column - 1);
  return {
    output,
    endRow: last - first,
    cursorRow: cursor[0] - first,
    cursorColumn: cursor[1],
  };
}

function firstRow(cursorRow: number, endRow: number, rows: number): number {
  if (endRow < rows) return 0;
  return Math.max(0, Math.min(endRow - rows + 1, cursorRow - Math.floor(rows / 2)));
}

function promptGlyphs(prompt: Line, colour: boolean): Glyph[] {
  const pieces = typeof prompt === "string" || "style" in prompt ? [prompt] : prompt;
  return pieces.flatMap((piece) => {
    const text = typeof piece === "string" ? piece : piece.text;
    return characters(escapeControls(text)).map((char) => ({
      drawn: drawLine(typeof piece === "string" ? plain(char) : paint(piece.style, char), colour),
      width: textWidth(plain(char)),
      index: -1,
    }));
  });
}

function textGlyphs(text: string): Glyph[] {
  let index = 0;
  return characters(text).map((char) => {
    const drawn = escapeControls(char === "\n" ? "↵" : plain(char));
    const glyph = { drawn, width: textWidth(drawn), index };
    index += char.length;
    return glyph;
  });
}

/** Without joiners and variants: terminals don't agree on how wide these make a character. */
function plain(char: string): string {
  return char.replace(/[\u200d\ufe00-\ufe0f]/g, "");
}

function drawHint(hint: string, room: number): string {
  if (hint === "") return "";
  const shown: string[] = [];
  let width = 0;
  for (const char of characters(escapeControls(hint))) {
    width += textWidth(char);
    if (width > room) break;
    shown.push(char);
  }
  // Dim also without colour: what is typed and what is not must be told apart.
  return shown.length === 0 ? "" : `\x1b[2m${shown.join("")}\x1b[0m`;
}
