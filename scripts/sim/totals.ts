/**
 * What the seeds of one run come to, as text and as one object for scripts.
 *
 * @module
 */
import type { Report } from "../../test/sim/trial.ts";

/** Sums over all seeds that ran. */
export interface Totals {
  seeds: number;
  findings: number;
  /** seconds on the clock of the simulations */
  virtualSeconds: number;
  steps: number;
  datagrams: number;
  messages: number;
  /** faults that were brought about */
  faults: number;
  /** how many messages ended how: by code where they failed, else by outcome */
  outcomes: Record<string, number>;
  /** seconds on our own clock */
  seconds: number;
}

/** Nothing yet. */
export function noTotals(): Totals {
  return {
    seeds: 0,
    findings: 0,
    virtualSeconds: 0,
    steps: 0,
    datagrams: 0,
    messages: 0,
    faults: 0,
    outcomes: {},
    seconds: 0,
  };
}

/** Adds how a seed went. */
export function addReport(totals: Totals, report: Report): void {
  totals.seeds++;
  if (report.finding !== null) totals.findings++;
  totals.virtualSeconds += report.virtualMs / 1000;
  totals.steps += report.steps;
  totals.datagrams += report.datagrams;
  totals.messages += report.messages;
  totals.faults += report.faultCount;
  for (const [how, count] of Object.entries(report.told)) {
    totals.outcomes[how] = (totals.outcomes[how] ?? 0) + count;
  }
}

/** The totals in one line. */
export function totalsText(totals: Totals): string {
  const { seeds, findings, virtualSeconds, seconds, steps, datagrams, messages, faults } = totals;
  const counts = { steps, datagrams, faults, messages, ...totals.outcomes };
  return `${seeds} seeds, ${findings} findings, ${virtualSeconds.toFixed(0)} virtual seconds in ` +
    `${seconds.toFixed(1)} s; ${Object.entries(counts).map(([k, n]) => `${k} ${n}`).join(", ")}`;
}
