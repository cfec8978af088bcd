/**
 * Text for terminals. A line is made of plain pieces and painted ones; pieces are escaped when the
 * line is drawn, so that no control character that came from the network reaches a terminal, and
 * colour is added only there.
 *
 * @module
 */
import { eastAsianWidth } from "get-east-asian-width";

/** How a piece may look. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** A piece of text with a look. */
export interface Painted {
  readonly style: Style;
  readonly text: string;
}

/** A piece of a line. */
export type Piece = string | Painted;

/** A line, without its end. */
export type Line = Piece | readonly Piece[];

const SGR: Record<Style, number> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

// Control characters, line separators, and marks that turn the direction of what follows.
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
// Marks and parts of Hangul syllables, which join the letter before them, and what only says how to show
// others, but for the soft hyphen and signs that stand before a number.
const NARROWEST =
  /^(?![\u00ad\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}])[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7fb]$/u;

/** A piece with a look. */
export function paint(style: Style, text: string): Painted {
  return { style, text };
}

/** The text with what could steer a terminal shown as `\x1b` or `\u202e`. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const code = char.charCodeAt(0);
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/** A line as a terminal takes it. */
export function drawLine(line: Line, colour: boolean): string {
  return pieces(line).map((piece) => {
    if (typeof piece === "string") return escapeControls(piece);
    const text = escapeControls(piece.text);
    return colour && text !== "" ? `\x1b[${SGR[piece.style]}m${text}\x1b[0m` : text;
  }).join("");
}

/** The columns that a text takes on a terminal: wide characters two, joined marks none. */
export function textWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of text) {
    if (NARROWEST.test(char)) continue;
    width += eastAsianWidth(char.codePointAt(0)!);
  }
  return width;
}

/** On which side of its column a cell stands. */
export type Side = "left" | "right";

/**
 * Rows under their titles, each column as wide as its widest cell, two blanks between.
 *
 * @param sides of each column; those that are not named stand left
 */
export function drawTable(
  titles: readonly string[],
  rows: readonly Piece[][],
  sides: readonly (Side | undefined)[] = [],
): Line[] {
  const widths = columnWidths(titles, rows);
  return [titleRow(titles), ...rows].map((row) => drawRow(row, widths, sides));
}

/** How wide each column of a table is. */
export function columnWidths(titles: readonly string[], rows: readonly Piece[][]): number[] {
  return titles.map((title, i) =>
    Math.max(textWidth(title), ...rows.map((row) => pieceWidth(row[i])))
  );
}

/** The titles of a table as its first row. */
export function titleRow(titles: readonly string[]): Piece[] {
  return titles.map((title) => paint("dim", title));
}

/** A row of a table, its cells filled up to these widths. */
export function drawRow(
  cells: readonly Piece[],
  widths: readonly number[],
  sides: readonly (Side | undefined)[] = [],
): Line {
  const line: Piece[] = [];
  cells.forEach((cell, i) => {
    const last = i === cells.length - 1;
    const room = " ".repeat(Math.max(0, widths[i] - pieceWidth(cell)));
    if (sides[i] === "right") line.push(room, cell, last ? "" : "  ");
    else line.push(cell, last ? "" : `${room}  `);
  });
  return line;
}

/** The columns that a piece takes on a terminal. */
export function pieceWidth(piece: Piece): number {
  return textWidth(escapeControls(plain(piece)));
}

/** A number of milliseconds as people read it: `0.4 ms`, `12 ms`, `3.2 s`, `5 min`, `2 h`. */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  return ms < 172_800_000
    ? `${Math.floor(ms / 3_600_000)} h`
    : `${Math.floor(ms / 86_400_000)} days`;
}

/** A number of bytes as people read it. */
export function formatBytes(bytes: number): string {
  if (bytes < 10_000) return `${bytes} B`;
  if (bytes < 10_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${Math.round(bytes / 1_000_000)} MB`;
}

/** The time of day, `12:03:04.567`, of a Unix time in milliseconds. */
export function formatTime(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function pieces(line: Line): readonly Piece[] {
  return typeof line === "string" || "style" in line ? [line] : line;
}

function plain(piece: Piece): string {
  return typeof piece === "string" ? piece : piece.text;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
