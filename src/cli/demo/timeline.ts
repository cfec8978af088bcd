/**
 * Transactions as a timeline: a line each, with a bar for when it ran.
 *
 * @module
 */
import { describeEnd } from "../../road/endings.ts";
import type { TransactionView, WatchEvent } from "../../route/control.ts";
import { drawTable, formatBytes, formatMs, type Line, paint, type Piece } from "../text.ts";

const BAR_COLUMNS = 32;

/** The last that is known of each transaction, in the order in which they began. */
export function latestTransactions(events: readonly WatchEvent[]): TransactionView[] {
  const latest = new Map<number, TransactionView>();
  for (const event of events) {
    if ("transaction" in event) latest.set(event.transaction.id, event.transaction);
  }
  return [...latest.values()].sort((a, b) => a.beganAt - b.beganAt);
}

/** The timeline as lines. */
export function drawTimeline(transactions: readonly TransactionView[]): Line[] {
  const start = Math.min(...transactions.map(({ beganAt }) => beganAt));
  const end = Math.max(...transactions.map(({ beganAt, ms }) => beganAt + ms));
  const span = Math.max(1, end - start);
  const rows = transactions.map((transaction): Piece[] => {
    const { kind, estate, ours, beganAt, ms, packets, bytes, redos, state } = transaction;
    return [
      `+${((beganAt - start) / 1000).toFixed(3)} s`,
      `${kind} ${ours ? "to" : "from"} ${estate}`,
      paint("cyan", bar((beganAt - start) / span, ms / span)),
      formatMs(ms),
      String(packets),
      formatBytes(bytes),
      String(redos),
      state === "open" ? "open" : describeEnd(transaction),
    ];
  });
  const titles = ["BEGAN", "TRANSACTION", "", "TOOK", "PACKETS", "BYTES", "REDOS", "END"];
  return drawTable(titles, rows);
}

/** A bar that begins at one share of the whole and lasts another. */
function bar(start: number, length: number): string {
  const from = Math.min(BAR_COLUMNS - 1, Math.floor(start * BAR_COLUMNS));
  const columns = Math.min(BAR_COLUMNS - from, Math.max(1, Math.round(length * BAR_COLUMNS)));
  return (" ".repeat(from) + "█".repeat(columns)).padEnd(BAR_COLUMNS);
}
