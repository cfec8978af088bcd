/**
 * `trace`: the transactions that a manor remembers with the heads of their packets, as a file; and the
 * files of two ends as one.
 *
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import { RaetError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import type { Yard } from "../../client/yard.ts";
import type { TransactionDetail } from "../../route/control.ts";
import { plural } from "../draw/event.ts";
import type { Session } from "../session.ts";
import type { TraceFormat } from "../trace/writer.ts";
import { positiveInteger, type Verb } from "../verb.ts";

interface TraceOptions {
  readonly merge?: true;
  readonly out?: string;
  readonly force?: true;
  readonly format?: TraceFormat;
  readonly follow?: true;
  readonly estate?: string;
  readonly count?: number;
}

const NOT_WITH_MERGE = ["out", "force", "format", "follow", "estate", "count"] as const;
const FORMATS = ["jsonl", "pcapng"] as const satisfies readonly TraceFormat[];

/** Writes a trace, or lays two side by side. */
export const traceVerb: Verb = {
  name: "trace",
  summary: "write what went over the road as a trace, or lay the traces of two ends side by side",
  places: ["command", "console"],
  examples: [
    ["trace --out road.pcapng", "what is remembered, for Wireshark; scripts/raet.lua reads RAET"],
    ["trace --follow --out alpha.jsonl", "that, and all that ends until ^C"],
    ["trace --estate beta --count 5", "the last five with beta, as JSON lines"],
    ["trace --merge alpha.jsonl beta.jsonl", "both ends, on the clock of the first"],
  ],
  notes: [
    "A manor remembers the last transactions with the heads of their packets; of a long one the first",
    "and the last packets. Bodies and keys are never in a trace. In a capture each packet ends after",
    "its head, with the length that it had; what is in front of it is made from the addresses.",
    "--follow asks four times a second: what a busy manor has forgotten by then is counted at the end.",
    "With --merge transactions are matched by the id of the message, else by their numbers, and the",
    "clocks' offset is inferred from the fastest packets each way. The result goes to standard output;",
    "no other option has a use with it.",
  ],
  json: [
    "the first line: trace (1), estate, address, epoch; then a line each: id, kind, estate, ours,",
    "state, beganAt (Unix ms), ms, packets, bytes, redos, outcome, why, address, sessionId, transactionId,",
    "messageId, leftOut, packetList of {ms, out, kind, flags, segment, segments, bytes, head (text)}",
    "with --out: file, format, transactions, packets, leftOut",
    "with --merge, the first line: merge (1), a, b, clock {offsetMs, errorMs, there, back}, matched,",
    "onlyA, onlyB, elsewhere; then a line each: kind, from, to, messageId, sessionId, transactionId,",
    "beganAt, a and b ({id, state, outcome, why, packets, redos, leftOut} or null), events of {ms, end (a,",
    "b), out, kind, flags, segment, segments, bytes, other (index of the event at the other end)}",
  ],
  completions: ["file", "file"],
  define(command, session) {
    command
      .argument("[files...]", "with --merge: the traces of the two ends, as JSON lines")
      .option("--out <file>", "write to a new file, or to standard output for - (default)")
      .option("--force", "write over a file that is there")
      .addOption(
        new Option(
          "--format <format>",
          "how it is written (default: by the file's name, else jsonl)",
        )
          .choices(FORMATS),
      )
      .option("--follow", "go on with what ends, until ^C")
      .option("--estate <name>", "only transactions with that estate")
      .option("--count <n>", "the last so many; with --follow end after so many", positiveInteger)
      .option("--merge", "lay two traces side by side")
      .action((files, options) => trace(session, files, options));
  },
};

async function trace(
  session: Session,
  files: readonly string[],
  options: TraceOptions,
): Promise<void> {
  if (options.merge) {
    const idle = NOT_WITH_MERGE.find((name) => options[name] !== undefined);
    if (idle !== undefined) {
      throw new RaetError(
        "usage",
        `--${idle} has no use with --merge: expected the two files alone, as it prints to standard output`,
      );
    }
    const { printMerged } = await import("../trace/merged.ts");
    return await printMerged(session, files);
  }
  if (files.length > 0) {
    throw new RaetError("usage", `"${files[0]}" is not expected here: --out names the file`);
  }
  const { out = "-" } = options;
  const format = options.format ?? (out.endsWith(".pcapng") ? "pcapng" : "jsonl");
  const yard = await session.attach();
  if (options.estate !== undefined) {
    const why = await unknownEstate(yard, options.estate);
    if (why !== null && !options.follow) throw new RaetError("no_estate", why);
    if (why !== null) session.output.note(`${why}; waiting for it`);
  }
  const { TraceWriter } = await import("../trace/writer.ts");
  const { gather } = await import("../trace/gather.ts");
  const { headerOf } = await import("../../trace/record.ts");
  using writer = new TraceWriter(
    session.output,
    { path: out, force: options.force ?? false, format },
    headerOf(yard.manor),
  );
  const { follow } = options;
  const { output, signal } = session;
  let left = follow ? options.count ?? Infinity : Infinity;
  let leftOut = 0;
  const onLeftOut = (count: number) => void (leftOut += count);
  for await (const batch of gather(yard, { follow, onLeftOut, signal })) {
    const fitting = batch.filter(({ estate }) =>
      options.estate === undefined || estate === options.estate
    );
    const wanted = cut(fitting, options, left);
    left -= wanted.length;
    writer.write(wanted);
    if (left <= 0) break;
    await output.drained(); // what is not read is kept by nobody
  }
  writer.report();
  if (leftOut > 0) {
    output.note(`${plural(leftOut, "transaction")} left out: the manor forgot them too soon`);
  }
}

/** The last ones of what is remembered, or the first ones of what is followed. */
function cut(
  batch: readonly TransactionDetail[],
  { follow, count }: TraceOptions,
  left: number,
): readonly TransactionDetail[] {
  if (count === undefined) return batch;
  return follow ? batch.slice(0, left) : batch.slice(-count);
}

/** Why nothing can be with an estate, one clause; null if something may. */
async function unknownEstate(yard: Yard, estate: string): Promise<string | null> {
  if (estate === yard.manor.estate) {
    return `estate "${estate}" is this one: expected one of those that it talks to`;
  }
  const { rows: estates } = await yard.control("estates", {});
  const { rows: transactions } = await yard.control("transactions", {});
  const known = [...estates.map(({ name }) => name), ...transactions.map((one) => one.estate)];
  if (known.includes(estate)) return null;
  return `no estate "${estate}" is known${didYouMean(estate, known)}`;
}
