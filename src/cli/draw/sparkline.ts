/**
 * A row of numbers as bars of eight heights.
 *
 * @module
 */

const BARS = "▁▂▃▄▅▆▇█";
const LETTERS = "_.-=+*#@";

/**
 * The last numbers as one bar each, the newest at the right; nothing stands where there was none yet.
 *
 * @param max what a full bar stands for
 */
export function sparkline(
  values: readonly number[],
  columns: number,
  max: number,
  ascii = false,
): string {
  const bars = ascii ? LETTERS : BARS;
  const shown = values.slice(Math.max(0, values.length - columns));
  const text = shown.map((value) => {
    if (!(value > 0)) return bars[0];
    return bars[Math.min(7, Math.max(1, Math.ceil(value / Math.max(max, 1e-9) * 7)))];
  });
  return " ".repeat(columns - text.length) + text.join("");
}
