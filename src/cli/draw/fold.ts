/**
 * Tables that are wider than the terminal: the last columns go below the first ones, row by row,
 * rather than be wrapped by the terminal wherever it ends.
 *
 * @module
 */
import { drawTable, escapeControls, type Line, type Piece, type Side, textWidth } from "../text.ts";

type Sides = readonly (Side | undefined)[];

/** A table, folded where it does not fit. @param columns of the terminal */
export function foldTable(
  titles: readonly string[],
  rows: readonly Piece[][],
  sides: Sides,
  columns: number,
): Line[] {
  const part = (from: number, to?: number) =>
    drawTable(
      titles.slice(from, to),
      rows.map((row) => row.slice(from, to)),
      sides.slice(from, to),
    );
  let first = part(0);
  if (widthOf(first) <= columns) return first;
  let count = titles.length;
  while (count > 1 && widthOf(first) > columns) first = part(0, --count);
  const rest = part(count);
  const indent = " ".repeat(Math.max(0, Math.min(2, columns - widthOf(rest))));
  return first.flatMap((line, i) => [line, [indent, ...piecesOf(rest[i])]]);
}

function widthOf(lines: readonly Line[]): number {
  return Math.max(
    ...lines.map((line) =>
      piecesOf(line).reduce((sum, piece) => sum + textWidth(escapeControls(textOf(piece))), 0)
    ),
  );
}

function piecesOf(line: Line): readonly Piece[] {
  return typeof line === "string" || "style" in line ? [line] : line;
}

function textOf(piece: Piece): string {
  return typeof piece === "string" ? piece : piece.text;
}
