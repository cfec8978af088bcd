/**
 * `raet show`: what the manor knows and does.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import type { DurableView } from "../../route/control.ts";
import type { Column } from "../output.ts";
import type { Session } from "../session.ts";
import { formatBytes, formatMs, paint } from "../text.ts";
import type { Verb } from "../verb.ts";
import { showEstates, showShares, showYards } from "./lists.ts";
import { showStats } from "./stats.ts";

const SUBJECTS = [
  "estates",
  "yards",
  "shares",
  "transactions",
  "stats",
  "outbox",
  "inbox",
] as const;
type Subject = typeof SUBJECTS[number];

/** Shows one kind of thing. */
export const showVerb: Verb = {
  name: "show",
  summary: "show estates, yards, shares, transactions, stats, outbox or inbox",
  places: ["command", "console"],
  examples: [
    ["show", "the estates that this one knows, and how it stands with each"],
    ["show shares", "who claims and who observes what"],
    [
      "show outbox",
      "durable messages that have not left, or of which the other side has said nothing",
    ],
    ["show stats --json", "every counter, for a script"],
  ],
  notes: [
    "estates, yards, shares and stats are verbs of their own too, which say more in their help.",
    "outbox and inbox are the durable messages without an outcome: to other estates, and to processes",
    "of this host. STATE is waiting (for its estate, or for a process), sending, given (and not yet",
    "acknowledged), retry, or doubt (given before this manor was started; a process may have it).",
  ],
  json: [
    "estates, yards, shares, stats: see these verbs",
    "outbox, inbox: {id, side, from, to, type, state, ordered, tries, bytes, leftMs}; leftMs is what is",
    "  left of its life; at most 1000 rows",
    "transactions: {id, kind, estate, ours, state, beganAt, ms, packets, bytes, redos, outcome, why}",
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
  if (subject === "estates") return await showEstates(session);
  if (subject === "yards") return await showYards(session);
  if (subject === "shares") return await showShares(session);
  if (subject === "stats") return await showStats(session);
  const yard = await session.attach();
  if (subject === "outbox" || subject === "inbox") {
    const { rows } = await yard.control("durable", {});
    const side = subject === "outbox" ? "out" : "in";
    const nothing = side === "out" ? "no durable message is to leave" : "no durable message waits";
    return session.output.rows(rows.filter((row) => row.side === side), DURABLE_COLUMNS, nothing);
  }
  const { rows } = await yard.control("transactions", {});
  const nothing = "no transaction is open, and none was lately";
  const { transactionColumns } = await import("../draw/transactions.ts");
  session.output.rows(rows, transactionColumns(Date.now()), nothing);
}

const DURABLE_COLUMNS: Column<DurableView>[] = [
  ["ID", ({ id }) => id],
  ["FROM", ({ from }) => from],
  ["TO", ({ to }) => to],
  ["STATE", ({ state }) => state === "given" ? state : paint("yellow", state)],
  ["TRIES", ({ tries }) => String(tries)],
  ["BYTES", ({ bytes }) => formatBytes(bytes)],
  ["LEFT", ({ leftMs }) => formatMs(leftMs)],
];
