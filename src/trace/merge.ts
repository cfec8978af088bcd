/**
 * The traces of two ends as one: each transaction with what either end did, on the first one's clock,
 * and every packet sent before it is received.
 *
 * @module
 */
import type { TransactionDetail } from "../route/control.ts";
import {
  type ClockOffset,
  type End,
  type Flight,
  flightsOf,
  inferOffset,
  type Seen,
} from "./flights.ts";
import { headKey, matchTraces, type Pair } from "./match.ts";
import type { Trace } from "./record.ts";

/** Two traces as one. */
export interface Merged {
  /** names of the two estates */
  readonly a: string;
  readonly b: string;
  readonly clock: ClockOffset;
  /** transactions that both ends told of */
  readonly matched: number;
  /** transactions with the other that only one end told of */
  readonly onlyA: number;
  readonly onlyB: number;
  /** transactions with others than these two, which are left out */
  readonly elsewhere: number;
  /** the oldest first */
  readonly transactions: readonly MergedTransaction[];
}

/** How one end saw a transaction. */
export type EndView = Pick<
  TransactionDetail,
  "id" | "state" | "outcome" | "why" | "packets" | "redos" | "leftOut"
>;

/** A transaction of both ends. */
export interface MergedTransaction {
  readonly kind: string;
  /** name of the estate that began it */
  readonly from: string;
  readonly to: string;
  /** "" if there is none, or it is not known */
  readonly messageId: string;
  readonly sessionId: number;
  readonly transactionId: number;
  /** Unix time of its first event in milliseconds, on the first end's clock */
  readonly beganAt: number;
  /** null if that end told nothing of it */
  readonly a: EndView | null;
  readonly b: EndView | null;
  readonly events: readonly MergedEvent[];
}

/** A packet that was sent, or that came in. */
export interface MergedEvent {
  /** since the transaction's first event, milliseconds on the first end's clock */
  readonly ms: number;
  /** at which end */
  readonly end: End;
  readonly out: boolean;
  readonly kind: string;
  readonly flags: readonly string[];
  readonly segment: number;
  readonly segments: number;
  /** of the whole packet */
  readonly bytes: number;
  /** index of the event at the other end; null if that has no note of it */
  readonly other: number | null;
}

/** Lays two traces side by side. */
export function mergeTraces(a: Trace, b: Trace): Merged {
  const { pairs, elsewhere } = matchTraces(a, b);
  const clock = inferOffset(pairs);
  const names = { a: a.header.estate, b: b.header.estate };
  return {
    ...names,
    clock,
    matched: pairs.filter((pair) => pair.a && pair.b).length,
    onlyA: pairs.filter((pair) => !pair.b).length,
    onlyB: pairs.filter((pair) => !pair.a).length,
    elsewhere,
    transactions: pairs.map((pair) => mergePair(pair, clock, names))
      .sort((one, other) => one.beganAt - other.beganAt),
  };
}

function mergePair(
  pair: Pair,
  clock: ClockOffset,
  names: Record<End, string>,
): MergedTransaction {
  const { offsetMs } = clock;
  const { a, b } = pair;
  const one = (a ?? b)!;
  const aBegan = a ? a.ours : !b!.ours;
  const moments = inOrder(flightsOf(pair, clock), offsetMs);
  const beganAt = moments.length > 0
    ? moments.reduce((least, { at }) => Math.min(least, at), Infinity)
    : one.beganAt - (a ? 0 : offsetMs);
  const indexes = new Map<Flight, number[]>();
  moments.forEach(({ flight }, i) => indexes.set(flight, [...indexes.get(flight) ?? [], i]));
  const events = moments.map(({ at, end, out, flight, seen }, i): MergedEvent => {
    const { kind, flags, segment, segments, bytes } = seen.packet;
    const other = indexes.get(flight)!.find((index) => index !== i) ?? null;
    return { ms: rounded(at - beganAt), end, out, kind, flags, segment, segments, bytes, other };
  });
  return {
    kind: b?.kind === "receipt" ? b.kind : one.kind,
    from: aBegan ? names.a : names.b,
    to: aBegan ? names.b : names.a,
    messageId: a?.messageId || b?.messageId || "",
    sessionId: one.sessionId,
    transactionId: one.transactionId,
    beganAt: rounded(beganAt),
    a: a && endView(a),
    b: b && endView(b),
    events,
  };
}

/** A packet leaving or arriving, on the first end's clock. */
interface Moment {
  readonly at: number;
  readonly end: End;
  readonly out: boolean;
  readonly seen: Seen;
  /** another one once the order of the two ends has shown that it was a wrong guess */
  flight: Flight;
}

/**
 * All moments in an order that both ends can agree on: each end's own is kept, what arrives left
 * before, and besides that the time decides.
 */
function inOrder(flights: readonly Flight[], offsetMs: number): Moment[] {
  const queues: Record<End, Moment[]> = { a: [], b: [] };
  for (const flight of flights) {
    const { from, sent, received } = flight;
    const to = from === "a" ? "b" : "a";
    for (const [end, out, seen] of [[from, true, sent], [to, false, received]] as const) {
      if (!seen) continue;
      const at = end === "a" ? seen.at : seen.at - offsetMs;
      queues[end].push({ at, end, out, seen, flight });
    }
  }
  for (const queue of Object.values(queues)) {
    queue.sort((one, other) => one.seen.index - other.seen.index);
  }
  const ordered: Moment[] = [];
  const left = new Set<Seen>();
  const isFree = ({ out, flight: { sent } }: Moment) => out || sent === null || left.has(sent);
  for (;;) {
    const heads = [queues.a[0], queues.b[0]].filter((moment) => moment !== undefined);
    if (heads.length === 0) return ordered;
    const free = heads.filter(isFree);
    if (free.length === 0) {
      pairAnew(heads, ordered, queues);
      continue;
    }
    const next = free.reduce((first, other) => other.at < first.at ? other : first);
    queues[next.end].shift();
    if (next.out) left.add(next.seen);
    ordered.push(next);
  }
}

/**
 * Resolves that both ends wait for what the other sends only after that: one of the two arrivals is
 * of an earlier sending of the same packet, which is among those in order already.
 */
function pairAnew(
  arrivals: readonly Moment[],
  ordered: readonly Moment[],
  waiting: Record<End, readonly Moment[]>,
): void {
  const earlierOf = ({ flight, seen }: Moment) =>
    ordered.findLast((moment) =>
      moment.out && moment.end === flight.from && moment.flight.received === null &&
      headKey(moment.seen.packet.head) === headKey(seen.packet.head)
    );
  const arrival = arrivals.find(earlierOf) ??
    arrivals.reduce((first, other) => other.at < first.at ? other : first);
  const { flight, seen } = arrival;
  const later = waiting[flight.from].find((moment) => moment.out && moment.flight === flight)!;
  later.flight = { ...flight, received: null };
  const earlier = earlierOf(arrival);
  arrival.flight = { from: flight.from, sent: earlier?.seen ?? null, received: seen };
  if (earlier) earlier.flight = arrival.flight;
}

function endView({ id, state, outcome, why, packets, redos, leftOut }: TransactionDetail): EndView {
  return { id, state, outcome, why, packets, redos, leftOut };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
