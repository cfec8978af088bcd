/**
 * What became of many messages: counts for each end, and the failure that they make together.
 *
 * @module
 */
import { type ErrorCode, RaetError } from "../../base/errors.ts";
import type { Outcome } from "../../route/outcome.ts";

/** How a message ended; `taken`, or `stored` if it is durable, where nobody waits for more. */
export type End = Outcome | { status: "taken" | "stored"; id: string; ms: number };

/** What `--json` shows of the messages to one end. */
export interface TallyRow {
  readonly to: string;
  readonly sent: number;
  readonly taken: number;
  readonly stored: number;
  readonly delivered: number;
  readonly handed: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly outcome_unknown: number;
  /** how many failures there were of each code */
  readonly codes: Record<string, number>;
  readonly ms: number;
  readonly perSecond: number;
}

/** The messages to one end. */
export class Tally {
  /** How many have ended. */
  ended = 0;
  /** How many were sent. */
  sent = 0;
  /** How the last one ended. */
  last: End | null = null;
  readonly #statuses = new Map<End["status"], number>();
  readonly #codes = new Map<ErrorCode, number>();

  /** @param to the end as a route */
  constructor(readonly to: string) {}

  /** Counts one that ended. */
  add(end: End): void {
    this.ended++;
    this.last = end;
    count(this.#statuses, end.status);
    if ("code" in end) count(this.#codes, end.code);
  }

  /** How often each code came. */
  get codes(): ReadonlyMap<ErrorCode, number> {
    return this.#codes;
  }

  /** How many did not end well. */
  get failures(): number {
    return this.of("failed") + this.of("outcome_unknown");
  }

  /** How many ended like that. */
  of(status: End["status"]): number {
    return this.#statuses.get(status) ?? 0;
  }

  /** As `--json` shows it. */
  row(ms: number): TallyRow {
    return {
      to: this.to,
      sent: this.sent,
      taken: this.of("taken"),
      stored: this.of("stored"),
      delivered: this.of("delivered"),
      handed: this.of("handed"),
      acknowledged: this.of("acknowledged"),
      failed: this.of("failed"),
      outcome_unknown: this.of("outcome_unknown"),
      codes: Object.fromEntries(this.#codes),
      ms: Math.round(ms),
      perSecond: Math.round(this.ended / Math.max(ms, 1) * 10_000) / 10,
    };
  }
}

/**
 * What they amount to: nothing, the code that all failed with, or `some_failed`.
 *
 * @param isCutShort whether there were more to be sent when the command was ended
 */
export function failureOf(tallies: readonly Tally[], isCutShort: boolean): RaetError | null {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((sum, tally) => sum + of(tally), 0);
  const [all, failures] = [sum(({ ended }) => ended), sum((tally) => tally.failures)];
  if (failures === 0) return isCutShort ? cutShort(all) : null;
  const codes = new Map<ErrorCode, number>();
  for (const tally of tallies) {
    for (const [code, times] of tally.codes) count(codes, code, times);
  }
  const [[code]] = codes;
  if (failures < all || codes.size > 1) {
    const each = [...codes].map(([code, times]) => `${times} ${code}`).join(", ");
    const rest = isCutShort ? "; the command was ended before the rest was sent" : "";
    return new RaetError("some_failed", `${failures} of ${all} messages failed: ${each}${rest}`);
  }
  const last = tallies.map(({ last }) => last).find((end) => end && "code" in end);
  const why = last && "message" in last ? `: ${last.message}` : "";
  return new RaetError(code, all === 1 ? why.slice(2) : `all ${all} messages failed${why}`);
}

/** As one message that is given up before it is sent, where there is no other. */
function cutShort(sent: number): RaetError {
  if (sent === 0) return new RaetError("expired", "the command was ended before anything was sent");
  const messages = sent === 1 ? "1 message was sent" : `${sent} messages were sent`;
  return new RaetError("some_failed", `the command was ended when ${messages}, and not the rest`);
}

function count<K>(counts: Map<K, number>, key: K, times = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}
