/**
 * How entries of the log look: a line for people on a terminal, one JSON object a line everywhere else.
 *
 * @module
 */
import type { LogEntry, LogLevel } from "../base/log.ts";
import { LOG_LINE_CHARS_MAX } from "../base/limits.ts";
import { jsonLine } from "./body.ts";
import { drawLine, formatTime, paint, type Piece, type Style } from "./text.ts";

const STYLES: { readonly [L in LogLevel]: Style } = {
  error: "red",
  warn: "yellow",
  info: "green",
  debug: "cyan",
  trace: "dim",
};

/** Longest text of one part of an entry. */
const PART_CHARS_MAX = Math.floor(LOG_LINE_CHARS_MAX / 4);

/** `12:03:04.567 warn  pending beta: its key waits here; raet keys accept beta`. */
export function humanLogLine(
  level: LogLevel,
  entry: LogEntry,
  at: number,
  colour: boolean,
): string {
  const { what, who, why, todo, more } = entry;
  const line: Piece[] = [
    paint("dim", formatTime(at)),
    " ",
    paint(STYLES[level], level.padEnd(5)),
    ` ${short(what)}`,
  ];
  if (who) line.push(" ", paint("bold", short(who)));
  if (why) line.push(`: ${short(why)}`);
  if (todo) line.push(`; ${short(todo)}`);
  // What is said in words already is for machines only.
  if (more && entry.topic === "transaction") {
    const pairs = Object.entries(more).map(([name, value]) => `${name}=${value}`);
    line.push(" ", paint("dim", short(pairs.join(" "))));
  }
  return drawLine(line, colour);
}

/** `{"at":"2026-01-31T12:03:04.567Z","level":"warn","topic":"presence","what":"pending", …}`. */
export function jsonLogLine(level: LogLevel, entry: LogEntry, at: number): string {
  const { topic, what, who, why, todo, more } = entry;
  const texts = Object.entries({ what, who, why, todo })
    .flatMap(([name, text]) => text ? [[name, short(text)]] : []);
  const rest = Object.entries(more ?? {}).map(([name, value]) => [
    name,
    typeof value === "string" ? short(value) : value,
  ]);
  return jsonLine({
    at: new Date(at).toISOString(),
    level,
    topic,
    ...Object.fromEntries(texts),
    ...Object.fromEntries(rest),
  });
}

function short(text: string): string {
  return text.length <= PART_CHARS_MAX ? text : `${text.slice(0, PART_CHARS_MAX)}…`;
}
