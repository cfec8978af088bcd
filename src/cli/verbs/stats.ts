/**
 * `raet stats`: every counter of the manor.
 *
 * @module
 */
import type { Session } from "../session.ts";
import { formatBytes, formatMs, type Line, paint } from "../text.ts";
import type { Verb } from "../verb.ts";
import { VERSION } from "../version.ts";

const PARTS = ["road", "lane", "router", "socket"] as const;

/** Shows the counters. */
export const statsVerb: Verb = {
  name: "stats",
  summary: "show every counter, also for Prometheus",
  places: ["command", "console"],
  examples: [
    ["stats", "what was sent, received and thrown away, by reason"],
    ["stats --prometheus", "the same and each estate, as Prometheus reads it"],
  ],
  notes: ["raet up --metrics 127.0.0.1:9464 serves what --prometheus prints over HTTP."],
  json: [
    '{"estate","upMs","road":{…},"lane":{…},"router":{…},"socket":{…},',
    '  "durable":{"out":{"messages","bytes"},"in":{…}}}; durable is null where none can be kept',
  ],
  define(command, session) {
    command
      .option("--prometheus", "text exposition format 0.0.4")
      .action(({ prometheus }) => prometheus ? showPrometheus(session) : showStats(session));
  },
};

/** Shows every counter, those of each part together. */
export async function showStats(session: Session): Promise<void> {
  const yard = await session.attach();
  const stats = await yard.control("stats", {});
  const lines: Line[] = [["estate ", paint("bold", stats.estate), `, up ${formatMs(stats.upMs)}`]];
  for (const part of PARTS) {
    lines.push(paint("dim", part));
    const entries = Object.entries(stats[part] ?? {});
    if (entries.length === 0) lines.push("  nothing yet");
    const width = Math.max(0, ...entries.map(([name]) => name.length));
    for (const [name, count] of entries) lines.push(`  ${name.padEnd(width)}  ${count}`);
  }
  if (stats.durable) lines.push(paint("dim", "durable messages without an outcome"));
  for (const [side, { messages, bytes }] of Object.entries(stats.durable ?? {})) {
    lines.push(`  ${side.padEnd(3)}  ${messages}, ${formatBytes(bytes)}`);
  }
  session.output.record(stats, ...lines);
}

async function showPrometheus(session: Session): Promise<void> {
  const yard = await session.attach();
  const [stats, { rows: estates }, { rows: yards }, { rows: shares }] = await Promise.all([
    yard.control("stats", {}),
    yard.control("estates", {}),
    yard.control("yards", {}),
    yard.control("shares", {}),
  ]);
  const { prometheusText } = await import("../../manor/metrics.ts");
  const text = prometheusText({ version: VERSION, stats, estates, yards, shares });
  session.output.text({ prometheus: text }, text.trimEnd());
}
