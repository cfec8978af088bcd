/**
 * `raet show`: what the manor knows and does.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import type { Session } from "../session.ts";
import type { Verb } from "../verb.ts";
import { showEstates, showShares, showYards } from "./lists.ts";
import { showStats } from "./stats.ts";

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
  notes: [
    "estates, yards, shares and stats are verbs of their own too, which say more in their help.",
  ],
  json: [
    "estates, yards, shares, stats: see these verbs",
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
  const { rows } = await yard.control("transactions", {});
  const nothing = "no transaction is open, and none was lately";
  const { transactionColumns } = await import("../draw/transactions.ts");
  session.output.rows(rows, transactionColumns(Date.now()), nothing);
}
