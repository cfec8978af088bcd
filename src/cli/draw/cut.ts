/**
 * Lines cut or filled up to a width on the screen.
 *
 * @module
 */
import { escapeControls, type Line, type Piece, textWidth } from "../text.ts";

/** A text that is at most so wide; where something is left out it ends with `…`. */
export function cutText(text: string, columns: number): string {
  const shown = escapeControls(text);
  if (textWidth(shown) <= columns) return shown;
  if (columns <= 0) return "";
  let width = 0;
  let cut = "";
  for (const char of shown) {
    width += textWidth(char);
    if (width > columns - 1) break;
    cut += char;
  }
  return `${cut}…`;
}

/** A line that is at most so wide. */
export function cutLine(line: Line, columns: number): Line {
  let left = columns;
  const pieces: Piece[] = [];
  for (const piece of typeof line === "string" || "style" in line ? [line] : line) {
    if (left <= 0) break;
    const text = cutText(typeof piece === "string" ? piece : piece.text, left);
    left -= textWidth(text);
    pieces.push(typeof piece === "string" ? text : { ...piece, text });
  }
  return pieces;
}

/** A text filled up with blanks, or cut, to just that width. */
export function fitText(text: string, columns: number, side: "left" | "right" = "left"): string {
  const cut = cutText(text, columns);
  const room = " ".repeat(Math.max(0, columns - textWidth(cut)));
  return side === "left" ? cut + room : room + cut;
}
