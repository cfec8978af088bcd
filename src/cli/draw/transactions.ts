/**
 * Transactions as a table, open ones and those that ended.
 *
 * @module
 */
import type { TransactionView } from "../../route/control.ts";
import type { Column } from "../output.ts";
import { formatBytes, formatMs, paint } from "../text.ts";
import { paintEnd } from "./event.ts";

/** The columns of the table. @param now Unix time, milliseconds */
export function transactionColumns(now: number): Column<TransactionView>[] {
  return [
    ["ID", ({ id }) => String(id), "right"],
    ["KIND", ({ kind }) => kind],
    ["WITH", ({ estate }) => estate],
    ["BY", ({ ours }) => ours ? "us" : "them"],
    ["AGE", ({ beganAt }) => formatAge(now - beganAt), "right"],
    ["TOOK", ({ state, ms }) => state === "open" ? "-" : formatMs(ms), "right"],
    ["PACKETS", ({ packets }) => String(packets), "right"],
    ["REDOS", ({ redos }) => redos > 0 ? paint("yellow", String(redos)) : "0", "right"],
    ["BYTES", ({ bytes }) => formatBytes(bytes), "right"],
    ["STATE", (one) => one.state === "open" ? paint("cyan", "open") : paintEnd(one)],
  ];
}

/** An age in whole units: `3 s`, `12 min`. */
export function formatAge(ms: number): string {
  if (ms < 1000) return "now";
  return ms < 60_000 ? `${Math.floor(ms / 1000)} s` : formatMs(ms);
}
