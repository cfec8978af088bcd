/**
 * Candidates for a word, as Tab shows them: what all have in common, and a list in columns.
 *
 * @module
 */
import { CANDIDATES_SHOWN_MAX } from "../../src/base/limits.ts";
import { escapeControls, textWidth } from "../../src/cli/text.ts";

/** What all of them begin with. */
export function commonStart(texts: readonly string[]): string {
  let common = texts[0] ?? "";
  for (const text of texts) {
    while (!text.startsWith(common)) common = common.slice(0, -1);
  }
  return /[\ud800-\udbff]$/.test(common) ? common.slice(0, -1) : common;
}

/** The texts in columns, from top to bottom as ls does; of very many only the first. */
export function inColumns(texts: readonly string[], columns: number): string {
  const shown = texts.slice(0, CANDIDATES_SHOWN_MAX).map((text) => escapeControls(text.trimEnd()));
  const width = Math.max(...shown.map(textWidth)) + 2;
  const across = Math.max(1, Math.floor((columns + 1) / width));
  const rows = Math.ceil(shown.length / across);
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells = shown.filter((_, i) => i % rows === row);
    return cells.map((cell, i) =>
      i === cells.length - 1 ? cell : cell + " ".repeat(width - textWidth(cell))
    ).join("");
  });
  if (texts.length > shown.length) lines.push(`and ${texts.length - shown.length} more`);
  return `${lines.join("\n")}\n`;
}
