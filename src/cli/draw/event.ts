/**
 * What happens in a manor as lines, one an event.
 *
 * @module
 */
import type { PresenceName, TransactionView, WatchEvent } from "../../route/control.ts";
import { describeEnd } from "../../road/endings.ts";
import {
  formatBytes,
  formatMs,
  formatTime,
  type Line,
  paint,
  type Piece,
  type Style,
} from "../text.ts";

const PRESENCE_STYLES: Record<PresenceName, Style> = {
  joined: "green",
  allowed: "green",
  alive: "green",
  lost: "red",
  reaped: "red",
  rekeyed: "yellow",
  pending: "yellow",
  refused: "red",
  rejected: "red",
};

type TransactionEvent = Extract<WatchEvent, { transaction: TransactionView }>;

/** An event as a line. */
export function eventLine(event: WatchEvent): Line {
  const time = paint("dim", formatTime(event.at));
  if (event.event === "left_out") {
    return [time, paint("dim", ` and ${event.count} more ${event.topic} that came too fast`)];
  }
  switch (event.topic) {
    case "presence": {
      const { event: name, estate, message } = event;
      const what = paint(PRESENCE_STYLES[name] ?? "bold", name);
      return [time, " ", paint("bold", estate), " ", what, message ? `: ${message}` : ""];
    }
    case "transactions":
      return [time, ` ${transactionName(event.transaction)} `, ...phase(event)];
    case "messages": {
      const { event: name, from, to, type } = event;
      const kind = type === null ? "" : ` (${type})`;
      return [time, " ", paint("cyan", name), ` ${from} to ${to}${kind}`];
    }
    case "drops": {
      const { reason, from, detail } = event;
      return [time, " ", paint("yellow", `dropped ${reason}`), ` from ${from} ${detail}`.trimEnd()];
    }
  }
}

/** A transaction in a few words: `#12 message to beta`. */
export function transactionName({ id, kind, ours, estate }: TransactionView): string {
  return `#${id} ${kind} ${ours ? "to" : "from"} ${estate}`;
}

/** How a transaction ended, in colour: green if it did what it was for. */
export function paintEnd(transaction: Pick<TransactionView, "outcome" | "why">): Piece {
  return paint(transaction.outcome === "done" ? "green" : "yellow", describeEnd(transaction));
}

function phase({ event, transaction }: TransactionEvent): Piece[] {
  const { packets, bytes, redos, ms } = transaction;
  if (event === "began") return [paint("cyan", "began")];
  if (event === "redo") return [paint("yellow", `redo ${redos}`), `, ${formatMs(ms)} old`];
  const again = redos > 0 ? `, ${plural(redos, "redo")}` : "";
  const sum = `${plural(packets, "packet")}, ${formatBytes(bytes)}, ${formatMs(ms)}${again}`;
  return ["ended ", paintEnd(transaction), paint("dim", ` (${sum})`)];
}

/** `1 packet`, `2 packets`. */
export function plural(count: number, word: string): string {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}
