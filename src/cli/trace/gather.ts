/**
 * Takes transactions out of a manor's memory, and goes on with what ends.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { RaetError } from "../../base/errors.ts";
import { TRACE_ROWS_MAX } from "../../base/limits.ts";
import type { Yard } from "../../client/yard.ts";
import type { TransactionDetail } from "../../route/control.ts";

/** How often a manor is asked what has ended meanwhile. */
const POLL_MS = 250;

/** What to gather. */
export interface GatherOptions {
  /** goes on until the signal; then only what has ended is given, and each once */
  readonly follow?: boolean;
  /** with `follow`, is told how many the manor forgot before it was asked for them */
  readonly onLeftOut?: (count: number) => void;
  readonly signal: AbortSignal;
}

/** All that is remembered, the oldest first; with `follow` also what ends until the signal comes. */
export async function* gather(
  yard: Pick<Yard, "control">,
  { follow = false, onLeftOut = () => {}, signal }: GatherOptions,
): AsyncGenerator<TransactionDetail[]> {
  const open = new Set<number>();
  let after = 0;
  let isFirst = true;
  for (;;) {
    const isLast = !follow || signal.aborted; // what ended since the last look is told as well
    const batch = await endedOf(yard, open);
    for (;;) {
      const { rows } = await yard.control("trace", { after, limit: TRACE_ROWS_MAX });
      if (rows.length === 0) break;
      // Their numbers leave none out.
      const forgotten = rows.at(-1)!.id - after - rows.length;
      if (forgotten > 0 && !isFirst) onLeftOut(forgotten);
      for (const row of rows) {
        after = Math.max(after, row.id);
        if (follow && row.state === "open") open.add(row.id);
        else batch.push(row);
      }
    }
    isFirst = false;
    yield batch.sort((a, b) => a.beganAt - b.beganAt);
    if (isLast) return;
    await pause(POLL_MS, null, { signal }).catch(() => {});
  }
}

/** Those of the open ones that have ended; what the manor forgot meanwhile is given up. */
async function endedOf(
  yard: Pick<Yard, "control">,
  open: Set<number>,
): Promise<TransactionDetail[]> {
  const ended: TransactionDetail[] = [];
  for (const id of [...open]) {
    try {
      const row = await yard.control("transaction", { id });
      if (row.state === "open") continue;
      ended.push(row);
    } catch (error) {
      if (!(error instanceof RaetError) || error.code !== "usage") throw error;
    }
    open.delete(id);
  }
  return ended;
}
