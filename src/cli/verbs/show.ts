/**
 * `raet show`: what the manor knows and does.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import type {
  EstateView,
  ShareView,
  StatsView,
  TransactionView,
  YardView,
} from "../../route/control.ts";
import type { Column, Output } from "../output.ts";
import type { Session } from "../session.ts";
import { formatBytes, formatMs, formatTime, type Line, paint, type Piece } from "../text.ts";
import type { Verb } from "../verb.ts";

const SUBJECTS = ["estates", "yards", "shares", "transactions", "stats"] as const;
type Subject = typeof SUBJECTS[number];

/** Shows one kind of thing. */
export const showVerb: Verb = {
  name: "show",
  summary: "show estates, yards, shares, transactions or stats",
  places: ["command", "console"],
  examples: [
    ["show", "the estates that this one knows, and how it stands with each"],
    ["show shares", "who claims and who observes what"],
    ["show stats --json", "every counter, for a script"],
  ],
  completions: [SUBJECTS],
  define(command, session) {
    command
      .addArgument(
        new Argument("[subject]", "what to show").choices(SUBJECTS).default("estates" as const),
      )
      .action((subject) => show(session, subject));
  },
};

async function show(session: Session, subject: Subject): Promise<void> {
  const { output } = session;
  const yard = await session.attach();
  switch (subject) {
    case "estates": {
      const { rows } = await yard.control("estates", {});
      return output.rows(rows, ESTATE_COLUMNS, "no other estate is known yet");
    }
    case "yards": {
      const { rows } = await yard.control("yards", {});
      return output.rows(rows, YARD_COLUMNS, "no process is attached");
    }
    case "shares": {
      const { rows } = await yard.control("shares", {});
      return output.rows(rows, SHARE_COLUMNS, "nobody claims a share");
    }
    case "transactions": {
      const { rows } = await yard.control("transactions", {});
      return output.rows(rows, TRANSACTION_COLUMNS, "no transaction is open, and none was lately");
    }
    case "stats":
      return showStats(output, await yard.control("stats", {}));
  }
}

const ESTATE_COLUMNS: Column<EstateView>[] = [
  ["ESTATE", ({ name }) => name || "-"],
  ["ROLE", ({ role }) => role || "-"],
  ["ADDRESS", (estate) => estate.address],
  ["STATE", ({ state }) => paint(state === "allowed" ? "green" : "yellow", state)],
  ["ALIVE", ({ alive }) => alive ? paint("green", "yes") : paint("red", "no")],
  ["RTT", ({ roundTripMs }) => roundTripMs === null ? "-" : formatMs(roundTripMs)],
  ["QUEUED", ({ queued }) => String(queued)],
  ["IS", estateKind],
];

const YARD_COLUMNS: Column<YardView>[] = [
  ["YARD", (yard) => yard.name],
  ["PID", ({ pid }) => pid === null ? "-" : String(pid)],
  ["PROGRAM", ({ program }) => program || "-"],
  ["QUEUED", ({ queued }) => String(queued)],
  ["RECEIPTS", ({ ours }) => ours ? "yes" : "no"],
];

const SHARE_COLUMNS: Column<ShareView>[] = [
  ["SHARE", (share) => share.name],
  ["CLAIMED BY", ({ claimants }) => claimants.join(" ") || "-"],
  ["OBSERVED BY", ({ observers }) => observers.join(" ") || "-"],
  ["HELD", ({ held }) => String(held)],
  ["DECLARED", ({ declared }) => declared ? "yes" : "no"],
];

const TRANSACTION_COLUMNS: Column<TransactionView>[] = [
  ["ID", ({ id }) => String(id)],
  ["BEGAN", ({ beganAt }) => formatTime(beganAt)],
  ["KIND", ({ kind }) => kind],
  ["WITH", ({ ours, estate }) => `${ours ? "to" : "from"} ${estate}`],
  ["TOOK", ({ ms }) => formatMs(ms)],
  ["PACKETS", ({ packets }) => String(packets)],
  ["BYTES", ({ bytes }) => formatBytes(bytes)],
  ["REDOS", ({ redos }) => String(redos)],
  ["END", ({ state, outcome }) => state === "open" ? paint("yellow", "open") : outcome],
];

/** Whether it is one of ours is known once it is allowed. */
function estateKind({ main, ours, state }: EstateView): Piece {
  const isClassic = !ours && state === "allowed";
  const kinds = [main ? "main" : "", isClassic ? "classic" : ""].filter((kind) => kind !== "");
  return kinds.join(" ") || "-";
}

function showStats(output: Output, stats: StatsView): void {
  const lines: Line[] = [["estate ", paint("bold", stats.estate), `, up ${formatMs(stats.upMs)}`]];
  for (const part of ["road", "lane", "router"] as const) {
    lines.push(paint("dim", part));
    const entries = Object.entries(stats[part]);
    if (entries.length === 0) lines.push("  nothing yet");
    const width = Math.max(0, ...entries.map(([name]) => name.length));
    for (const [name, count] of entries) lines.push(`  ${name.padEnd(width)}  ${count}`);
  }
  output.record(stats, ...lines);
}
