/**
 * `tx`: the transactions of the road, and the life of one, packet by packet.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import { ENDINGS } from "../../road/endings.ts";
import type { TransactionDetail, TransactionView } from "../../route/control.ts";
import type { Yard } from "../../client/yard.ts";
import type { Session } from "../session.ts";
import { positiveInteger, type Verb } from "../verb.ts";
import { fitsTransaction } from "../watching.ts";

interface TxOptions {
  readonly open?: true;
  readonly last?: number;
  readonly all?: true;
}

/** Transactions that are shown if nothing else is said. */
const LAST_DEFAULT = 20;

/** Lists transactions, or draws one. */
export const txVerb: Verb = {
  name: "tx",
  summary: "list open and recent transactions, or draw one packet by packet",
  places: ["command", "console"],
  examples: [
    ["tx", `the last ${LAST_DEFAULT}, open ones too`],
    ["tx 12", "the life of transaction 12 as a sequence diagram"],
    [
      "tx last",
      "that of the last message from here, else of the last one that is no alive or receipt",
    ],
    ["tx beta message !done", "messages with beta that did not go well"],
    ["tx --open", "those that have not ended"],
  ],
  notes: [
    "WHAT is the number of one, or words that each have to fit the kind, the estate, us or them, or",
    "how it ended; with * or ? the whole of it, and with a ! in front none of it. In the diagram TRIP",
    "is the time since we sent something last; dashed arrows are packets that were sent before.",
    "Heads and sizes of packets are kept, never what they hold.",
    "",
    "A message that carries only receipts is of the kind receipt. What comes in counts as a message",
    "until all of it is here.",
    "",
    "A transaction of any kind ends in one of these, at both ends:",
    ...Object.entries(ENDINGS).map(([name, meaning]) => `  ${name.padEnd(9)}  ${meaning}`),
  ],
  json: [
    "without a number, a line each: id, kind (join, allow, alive, message, receipt), estate, ours (we",
    "began it), state (open, ended), beganAt (Unix ms), ms, packets, bytes, redos, outcome (how it",
    'ended, one of the above; "" while it is open), why (more of that, a clause or "")',
    "with a number, the same and: address, sessionId, transactionId, messageId, leftOut, packetList",
    "of {ms, out, kind, flags, segment, segments, bytes, head}, where head is {$bytes: base64}",
  ],
  define(command, session) {
    command
      .argument("[what...]", "a number, last, or words to filter by")
      .option("--open", "only those that have not ended")
      .option(
        "--last <n>",
        `at most so many, the latest (default: ${LAST_DEFAULT})`,
        positiveInteger,
      )
      .option("--all", "a row for each packet of the diagram, also where many are alike")
      .action((what, options) => tx(session, what, options));
  },
};

async function tx(session: Session, what: readonly string[], options: TxOptions): Promise<void> {
  const one = readOne(what);
  checkOptions(one !== undefined, options);
  const yard = await session.attach();
  if (one !== undefined) return await showOne(session, yard, one, options);
  const { transactionColumns } = await import("../draw/transactions.ts");
  const { rows } = await yard.control("transactions", {});
  const fitting = rows.filter((row) =>
    (!options.open || row.state === "open") && fitsTransaction(row, what)
  );
  const nothing = rows.length === 0
    ? "no transaction is open, and none was lately"
    : `none of ${rows.length} transactions fits`;
  const shown = inOrder(fitting).slice(-(options.last ?? LAST_DEFAULT));
  session.output.rows(shown, transactionColumns(Date.now()), nothing);
  if (shown.length < fitting.length && !session.output.json) {
    session.output.say({
      style: "dim",
      text: `the last ${shown.length} of ${fitting.length}; --last shows more`,
    });
  }
}

/** @returns the number of the one that is to be drawn, null for the last; undefined for a list */
function readOne(what: readonly string[]): number | null | undefined {
  if (what.length !== 1) return undefined;
  if (what[0] === "last") return null;
  const [, number] = /^#?(\d{1,15})$/.exec(what[0]) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** An option that would do nothing is a mistake about what is going to be shown. */
function checkOptions(isOne: boolean, { open, last, all }: TxOptions): void {
  if (!isOne && all) {
    throw new RaetError("usage", "tx takes --all with one to draw: expected its number, or last");
  }
  if (isOne && (open || last !== undefined)) {
    const option = open ? "--open" : "--last";
    throw new RaetError(
      "usage",
      `tx takes no ${option} with one to draw: expected words, or nothing`,
    );
  }
}

async function showOne(
  session: Session,
  yard: Yard,
  id: number | null,
  options: TxOptions,
): Promise<void> {
  const { output } = session;
  const detail = await findDetail(yard, id);
  const { drawSequence, isAscii } = await import("../draw/sequence.ts");
  output.record(
    detail,
    ...drawSequence(detail, {
      near: yard.manor.estate,
      columns: output.columns,
      all: options.all ?? false,
      ascii: isAscii(session.env),
    }),
  );
}

/** @param id null for the last one that an operator may mean */
async function findDetail(yard: Yard, id: number | null): Promise<TransactionDetail> {
  if (id !== null) return await yard.control("transaction", { id });
  const rows = inOrder((await yard.control("transactions", {})).rows);
  const last = rows.findLast(({ kind, ours }) => kind === "message" && ours) ??
    rows.findLast(({ kind }) => kind !== "alive" && kind !== "receipt") ?? rows.at(-1);
  if (!last) throw new RaetError("usage", "no transaction is open, and none was lately");
  return await yard.control("transaction", { id: last.id });
}

function inOrder(rows: readonly TransactionView[]): TransactionView[] {
  return rows.toSorted((a, b) => a.id - b.id);
}
