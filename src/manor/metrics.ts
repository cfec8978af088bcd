/**
 * A manor's counters and gauges as Prometheus reads them (text exposition format 0.0.4). Names of
 * estates and shares are labels; names of processes are not, as each is used once.
 *
 * @module
 */
import { DROP_MEANINGS } from "../base/drop_meanings.ts";
import { ERROR_TABLE } from "../base/errors.ts";
import type { EstateView, ShareView, StatsView, YardView } from "../route/control.ts";

/** The media type of the text. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A manor at one moment. */
export interface Snapshot {
  /** of the program */
  readonly version: string;
  /** its counters */
  readonly stats: StatsView;
  /** the estates that it knows */
  readonly estates: readonly EstateView[];
  /** the processes on its lane */
  readonly yards: readonly YardView[];
  /** its shares */
  readonly shares: readonly ShareView[];
}

type Labels = Readonly<Record<string, string>>;

/** How deliveries end besides with an error. */
const OUTCOMES: ReadonlySet<string> = new Set([
  "delivered",
  "handed",
  "acknowledged",
  ...Object.keys(ERROR_TABLE),
]);
const PARTS = ["road", "lane", "router", "socket"] as const;
const STATES: readonly EstateView["state"][] = [
  "joining",
  "pending",
  "joined",
  "allowed",
  "rejected",
];

/** The whole text, with its last line ended. */
export function prometheusText(snapshot: Snapshot): string {
  const families = new Families();
  addManor(families, snapshot);
  addCounters(families, snapshot.stats);
  addEstates(families, snapshot.estates);
  addHost(families, snapshot);
  addDurable(families, snapshot.stats);
  return families.text();
}

function addManor(families: Families, { stats, version }: Snapshot): void {
  const info = { estate: stats.estate, version };
  families.gauge("raet_info", "Always 1; its labels say who this is.", 1, info);
  families.gauge("raet_up_seconds", "How long the manor has been running.", stats.upMs / 1000);
}

/** Every count that the parts keep: drops and outcomes by label, the others by name. */
function addCounters(families: Families, stats: StatsView): void {
  for (const part of PARTS) {
    for (const [name, count] of Object.entries(stats[part] ?? {})) {
      if (part === "router" && OUTCOMES.has(name)) {
        const help = "Messages that were sent, by what became of them.";
        families.counter("raet_outcomes_total", help, count, { outcome: name });
      } else if (Object.hasOwn(DROP_MEANINGS, name)) {
        const help = "Input that was thrown away, by where and why.";
        families.counter("raet_drops_total", help, count, { part, reason: name });
      } else {
        addCounter(families, part, name, count);
      }
    }
  }
}

/** A counter such as `send_failed NetworkUnreachable` has its kind of error as a label. */
function addCounter(families: Families, part: string, name: string, count: number): void {
  const [what, error] = name.split(" ", 2);
  const help = `${part[0].toUpperCase()}${part.slice(1)}: ${what.replaceAll("_", " ")}.`;
  families.counter(`raet_${part}_${what}_total`, help, count, error ? { error } : {});
}

function addEstates(families: Families, estates: readonly EstateView[]): void {
  for (const state of STATES) {
    const count = estates.filter((estate) => estate.state === state).length;
    families.gauge("raet_estates", "Estates that are known, by how we stand.", count, { state });
  }
  // One that was never heard of has no name yet; no name stands for two.
  const named = new Map(estates.filter(({ name }) => name !== "").map((one) => [one.name, one]));
  for (const estate of named.values()) {
    const of = { estate: estate.name };
    families.gauge("raet_estate_alive", "1 if the estate answers.", estate.alive ? 1 : 0, of);
    families.gauge(
      "raet_estate_queued_messages",
      "Messages that wait for the estate or are on their way.",
      estate.queued,
      of,
    );
    if (estate.roundTripMs !== null) {
      const seconds = estate.roundTripMs / 1000;
      families.gauge("raet_estate_round_trip_seconds", "Smoothed round trip.", seconds, of);
    }
    for (const [key, what, help] of ESTATE_COUNTERS) {
      families.counter(`raet_estate_${what}_total`, help, estate[key] ?? 0, of);
    }
  }
}

const ESTATE_COUNTERS = [
  ["messagesSent", "messages_sent", "Messages that the estate acknowledged."],
  ["messagesReceived", "messages_received", "Messages that came from the estate."],
  ["bytesSent", "bytes_sent", "Bytes of the datagrams to the estate."],
  ["bytesReceived", "bytes_received", "Bytes of the datagrams from the estate."],
  ["packetsResent", "packets_resent", "Packets to the estate that were sent again."],
] as const;

function addDurable(families: Families, { durable }: StatsView): void {
  if (!durable) return;
  for (const side of ["out", "in"] as const) {
    const { messages, bytes } = durable[side];
    const help = "Durable messages without an outcome, to other estates or to this host.";
    families.gauge("raet_durable_messages", help, messages, { side });
    families.gauge("raet_durable_bytes", "Bytes of those.", bytes, { side });
  }
}

function addHost(families: Families, { yards, shares }: Snapshot): void {
  const waiting = yards.reduce((sum, { queued }) => sum + queued, 0);
  families.gauge("raet_yards", "Processes on the lane.", yards.length);
  families.gauge("raet_yards_queued_messages", "Messages that wait for processes.", waiting);
  for (const { name, held, claimants, observers } of shares) {
    const of = { share: name };
    families.gauge("raet_share_held_messages", "Messages held until one is free.", held, of);
    families.gauge("raet_share_claimants", "Processes that take them.", claimants.length, of);
    families.gauge("raet_share_observers", "Processes that see copies.", observers.length, of);
  }
}

/** Samples, gathered by name: those of one name stand together, under one HELP and one TYPE. */
class Families {
  readonly #lines = new Map<string, string[]>();

  counter(name: string, help: string, value: number, labels: Labels = {}): void {
    this.#add(name, "counter", help, value, labels);
  }

  gauge(name: string, help: string, value: number, labels: Labels = {}): void {
    this.#add(name, "gauge", help, value, labels);
  }

  text(): string {
    return [...this.#lines.values()].flat().map((line) => `${line}\n`).join("");
  }

  #add(rawName: string, type: string, help: string, value: number, labels: Labels): void {
    const name = rawName.replace(/[^A-Za-z0-9_:]/g, "_");
    let lines = this.#lines.get(name);
    if (!lines) {
      lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
      this.#lines.set(name, lines);
    }
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    lines.push(`${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`);
  }
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
