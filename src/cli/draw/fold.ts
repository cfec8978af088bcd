/**
 * Tables that are wider than the terminal. First their texts are wrapped inside their columns, at
 * blanks where there are some; if that is not enough the last columns go below the first ones, row by
 * row. Numbers stay whole, and nothing is ever left out.
 *
 * @module
 */
import {
  columnWidths,
  drawRow,
  drawTable,
  escapeControls,
  type Line,
  type Piece,
  pieceWidth,
  type Side,
  textWidth,
  titleRow,
} from "../text.ts";

type Sides = readonly (Side | undefined)[];

/** A column of text is not made narrower than this, */
const TEXT_COLUMNS_MIN = 12;
/** nor than its longest word, if that is no longer than this. */
const WORD_COLUMNS_MAX = 32;
/** Between two columns. */
const GAP = 2;

/** A table, wrapped and folded where it does not fit. @param columns of the terminal */
export function foldTable(
  titles: readonly string[],
  rows: readonly Piece[][],
  sides: Sides,
  columns: number,
): Line[] {
  if (columns === Infinity) return drawTable(titles, rows, sides);
  return groupsOf(titles, rows, sides, columns).flat();
}

/** Names with their values beside them, which are wrapped where they don't fit. */
export function drawFields(
  fields: readonly (readonly [name: string, value: Piece])[],
  columns: number,
): Line[] {
  const room = Math.max(...fields.map(([name]) => textWidth(name)));
  const widest = Math.max(...fields.map(([, value]) => pieceWidth(value)));
  const left = Math.min(widest, Math.max(TEXT_COLUMNS_MIN, columns - room - GAP));
  return fields.flatMap(([name, value]) => wrapRow([name, value], [room, left], []));
}

/** The lines of the titles, then those of each row. */
function groupsOf(
  titles: readonly string[],
  rows: readonly Piece[][],
  sides: Sides,
  columns: number,
): Line[][] {
  const all = [titleRow(titles), ...rows];
  const widths = columnWidths(titles, rows);
  const floors = widths.map((width, i) => sides[i] === "right" ? width : floorOf(all, i, width));
  let count = titles.length;
  while (count > 1 && total(floors.slice(0, count)) > columns) count--;
  if (count < titles.length) {
    const part = (from: number, to: number | undefined, room: number) =>
      groupsOf(
        titles.slice(from, to),
        rows.map((row) => row.slice(from, to)),
        sides.slice(from, to),
        room,
      );
    const first = part(0, count, columns);
    const rest = part(count, undefined, Math.max(1, columns - GAP));
    return first.map((lines, i) => [...lines, ...rest[i].map(indented)]);
  }
  shrink(widths, floors, columns);
  return all.map((row) => wrapRow(row, widths, sides));
}

/** How narrow a column of text may be. */
function floorOf(rows: readonly (readonly Piece[])[], i: number, width: number): number {
  let longest = TEXT_COLUMNS_MIN;
  for (const row of rows) {
    for (const word of textOf(row[i]).split(" ")) {
      longest = Math.max(longest, Math.min(textWidth(word), WORD_COLUMNS_MAX));
    }
  }
  return Math.min(width, longest);
}

/** Makes the widest columns narrower until all fit; one that is alone fits in any case. */
function shrink(widths: number[], floors: readonly number[], columns: number): void {
  for (let excess = total(widths) - columns; excess > 0; excess--) {
    let widest = -1;
    widths.forEach((width, i) => {
      if (width > floors[i] && (widest < 0 || width > widths[widest])) widest = i;
    });
    if (widest < 0) {
      if (widths.length === 1) widths[0] = Math.max(1, columns);
      return;
    }
    widths[widest]--;
  }
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1));
}

function wrapRow(row: readonly Piece[], widths: readonly number[], sides: Sides): Line[] {
  const cells = row.map((cell, i) =>
    pieceWidth(cell) <= widths[i]
      ? [cell]
      : wrapText(textOf(cell), widths[i]).map((text) =>
        typeof cell === "string" ? text : { ...cell, text }
      )
  );
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) => {
    const line = cells.map((lines) => lines[at] ?? "");
    // What ends a line is not filled up with blanks.
    while (at > 0 && line.length > 1 && line.at(-1) === "") line.pop();
    return drawRow(line, widths, sides);
  });
}

/** A text as lines that are at most so wide, parted at blanks, and inside of words that are wider. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = "";
    for (const char of word) {
      if (line !== "" && textWidth(line + char) > columns) {
        lines.push(line);
        line = "";
      }
      line += char;
    }
  }
  return [...lines, line];
}

function indented(line: Line): Line {
  return [" ".repeat(GAP), ...(typeof line === "string" || "style" in line ? [line] : line)];
}

function textOf(piece: Piece): string {
  return escapeControls(typeof piece === "string" ? piece : piece.text);
}
