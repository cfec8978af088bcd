/**
 * Shows the traces of two ends as one: each transaction with a column for either end.
 *
 * @module
 */
import { fromUtf8 } from "../../base/bytes.ts";
import { RaetError } from "../../base/errors.ts";
import { TRACE_FILE_BYTES_MAX } from "../../base/limits.ts";
import { readWholeFile } from "../../io/whole_file.ts";
import { describeEnd } from "../../road/endings.ts";
import type { Merged, MergedEvent, MergedTransaction } from "../../trace/merge.ts";
import { mergeTraces } from "../../trace/merge.ts";
import { parseTrace, type Trace } from "../../trace/record.ts";
import { plural } from "../draw/event.ts";
import type { Session } from "../session.ts";
import { drawTable, formatBytes, formatTime, type Line, paint, type Piece } from "../text.ts";

/** Prints two traces as one. @throws {RaetError} usage, bad_body */
export async function printMerged(session: Session, files: readonly string[]): Promise<void> {
  if (files.length !== 2) {
    throw new RaetError("usage", `--merge lays two traces side by side, but got ${files.length}`);
  }
  const [a, b] = [await readTrace(files[0]), await readTrace(files[1])];
  if (a.header.estate === b.header.estate) {
    const { estate } = a.header;
    throw new RaetError(
      "usage",
      `both traces are of estate "${estate}": expected those of two ends`,
    );
  }
  const merged = mergeTraces(a, b);
  const { transactions, ...head } = merged;
  session.output.record({ merge: 1, ...head }, ...headLines(merged));
  for (const one of transactions) session.output.record(one, "", ...transactionLines(merged, one));
}

async function readTrace(file: string): Promise<Trace> {
  const bytes = await readWholeFile(file, TRACE_FILE_BYTES_MAX);
  const text = fromUtf8(bytes) ?? String.fromCharCode(...bytes.subarray(0, 64));
  return parseTrace(text, file);
}

/** How the clocks stand, and what was matched. */
export function headLines({ a, b, clock, matched, onlyA, onlyB, elsewhere }: Merged): Line[] {
  const others = elsewhere === 0 ? "" : `; ${elsewhere} with others left out`;
  return [
    clockLine(a, b, clock),
    `${
      plural(matched, "transaction")
    } told by both ends, ${onlyA} by ${a} only, ${onlyB} by ${b} only${others}`,
  ];
}

function clockLine(
  a: string,
  b: string,
  { offsetMs, errorMs, there, back }: Merged["clock"],
): Line {
  if (there + back === 0) {
    return paint("yellow", "no packet is known at both ends: the clocks are taken as they are");
  }
  const ahead = offsetMs < 0 ? "behind" : "ahead of";
  const offset = `the clock of ${b} is ${fixed(Math.abs(offsetMs))} ms ${ahead} that of ${a}`;
  const packets = `${there} packets there, ${back} back`;
  return errorMs === null
    ? [offset, paint("yellow", ", if no packet took any time"), ` (${packets})`]
    : `${offset}, within ${fixed(errorMs)} ms (${packets})`;
}

/** One transaction: who and what, then each event in the column of its end. */
export function transactionLines(merged: Merged, one: MergedTransaction): Line[] {
  const { kind, from, to, messageId, sessionId, transactionId, beganAt, events } = one;
  const message = messageId === "" ? "" : ` ${messageId}`;
  const title: Line = [
    paint("dim", formatTime(beganAt)),
    " ",
    paint("bold", `${kind}${message}`),
    ` from ${from} to ${to}, session ${sessionId}, transaction ${transactionId}`,
  ];
  const ends = (["a", "b"] as const).map((end): Line => {
    const view = one[end];
    if (!view) return ["  ", merged[end], paint("yellow", " told nothing of it")];
    const cut = view.leftOut === 0 ? "" : `, ${plural(view.leftOut, "packet")} left out`;
    const redos = view.redos === 0 ? "" : `, ${plural(view.redos, "redo")}`;
    return `  ${merged[end]} #${view.id}: ${describeEnd(view) || view.state}${redos}${cut}`;
  });
  const rows = events.map((event) => eventCells(event, one));
  return [title, ...ends, ...drawTable(["  ms", merged.a, "", merged.b], rows, ["right"])];
}

function eventCells(event: MergedEvent, { a, b, events }: MergedTransaction): Piece[] {
  const { end, out, ms, other } = event;
  const arrow = (end === "a") === out ? "→" : "←";
  const cell: Piece = out
    ? describe(event) + (other === null && a && b ? ", not seen to arrive" : "")
    : other === null
    ? `${describe(event)}, not seen to leave`
    : `${event.kind} ${partOf(event)}after ${fixed(ms - events[other].ms)} ms`;
  const lost = other === null && a && b ? paint("yellow", cell) : cell;
  return [`  ${fixed(ms)}`, ...(end === "a" ? [lost, arrow, ""] : ["", arrow, lost])];
}

function describe(event: MergedEvent): string {
  const { kind, flags, bytes } = event;
  const set = flags.length > 0 ? `[${flags.join(" ")}] ` : "";
  return `${kind} ${partOf(event)}${set}${formatBytes(bytes)}`;
}

function partOf({ segment, segments }: MergedEvent): string {
  return segments > 1 ? `${segment + 1}/${segments} ` : "";
}

function fixed(ms: number): string {
  return ms.toFixed(3);
}
