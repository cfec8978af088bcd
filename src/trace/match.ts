/**
 * Finds out which transactions of two traces are the same, seen from both ends: by the message's own
 * id, else by the names of both estates, session id, transaction id and kind.
 *
 * @module
 */
import { parseAddress } from "../base/address.ts";
import type { TransactionDetail } from "../route/control.ts";
import type { Trace, TraceHeader } from "./record.ts";

/** One transaction, as far as each end told of it; at least one did. */
export interface Pair {
  readonly a: TransactionDetail | null;
  readonly b: TransactionDetail | null;
}

/** What two traces have in common. */
export interface Matches {
  /** transactions of the two estates with each other, the oldest of each end first */
  readonly pairs: readonly Pair[];
  /** transactions of either with somebody else */
  readonly elsewhere: number;
}

/** Lays two traces side by side. */
export function matchTraces(a: Trace, b: Trace): Matches {
  const [ours, theirs] = [between(a, b.header), between(b, a.header)];
  const partners = new Map<TransactionDetail, TransactionDetail>();
  for (const [keyOf, fits] of PASSES) pass(ours, theirs, partners, keyOf, fits);
  const taken = new Set(partners.values());
  return {
    pairs: [
      ...ours.map((one) => ({ a: one, b: partners.get(one) ?? null })),
      ...theirs.filter((other) => !taken.has(other)).map((other) => ({ a: null, b: other })),
    ],
    elsewhere: a.transactions.length + b.transactions.length - ours.length - theirs.length,
  };
}

type Fits = (one: TransactionDetail, other: TransactionDetail) => boolean;
type Pass = readonly [keyOf: (one: TransactionDetail) => string, fits: Fits];

/** From the surest: a message that was sent again in another session has its id twice. */
const PASSES: readonly Pass[] = [
  [(one) => one.messageId && `${one.messageId} ${idsOf(one)}`, () => true],
  [(one) => one.messageId && `${one.messageId} ${one.kind}`, () => true],
  // Ids begin anew with a manor: what is the same has a packet that is the same.
  [
    idsOf,
    (one, other) =>
      (one.messageId === "" || other.messageId === "") &&
      (one.packetList.length === 0 || other.packetList.length === 0 || sharesHead(one, other)),
  ],
];

/** An end that has not got all of a message doesn't know yet whether it is a receipt. */
function idsOf({ kind, sessionId, transactionId }: TransactionDetail): string {
  return `${kind === "receipt" ? "message" : kind} ${sessionId} ${transactionId}`;
}

/** Pairs what has the same key and is the other's end: each once, in order. */
function pass(
  ours: readonly TransactionDetail[],
  theirs: readonly TransactionDetail[],
  partners: Map<TransactionDetail, TransactionDetail>,
  keyOf: Pass[0],
  fits: Fits,
): void {
  const taken = new Set(partners.values());
  const waiting = new Map<string, TransactionDetail[]>();
  for (const other of theirs) {
    const key = keyOf(other);
    if (key === "" || taken.has(other)) continue;
    const list = waiting.get(key);
    if (list) list.push(other);
    else waiting.set(key, [other]);
  }
  for (const one of ours) {
    if (partners.has(one)) continue;
    const list = waiting.get(keyOf(one)) ?? [];
    const at = list.findIndex((other) => other.ours !== one.ours && fits(one, other));
    if (at >= 0) partners.set(one, list.splice(at, 1)[0]);
  }
}

/** Those of a trace with the estate of the other one, under its name or its address. */
function between({ transactions }: Trace, other: TraceHeader): TransactionDetail[] {
  return transactions.filter(({ estate, address }) =>
    estate === other.estate || estate === address && isAt(address, other.address)
  );
}

/** Whether an address can be that of a socket, which may listen on all of its host's addresses. */
function isAt(text: string, socket: string): boolean {
  const [seen, bound] = [parseAddress(text), parseAddress(socket)];
  return seen.port === bound.port &&
    (seen.host === bound.host || bound.host === "0.0.0.0" || bound.host === "::");
}

function sharesHead(one: TransactionDetail, other: TransactionDetail): boolean {
  const heads = new Set(one.packetList.map(({ head }) => headKey(head)));
  return other.packetList.some(({ head }) => heads.has(headKey(head)));
}

/** The text of a head, as a key: heads of different packets differ, those of a packet sent again don't. */
export function headKey(head: Uint8Array): string {
  return String.fromCharCode(...head);
}
