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
  const sendings = new Sendings();
  for (const flight of flights) {
    const { from, sent, received } = flight;
    const to = from === "a" ? "b" : "a";
    for (const [end, out, seen] of [[from, true, sent], [to, false, received]] as const) {
      if (!seen) continue;
      const at = end === "a" ? seen.at : seen.at - offsetMs;
      const moment = { at, end, out, seen, flight };
      queues[end].push(moment);
      if (out) sendings.add(moment);
    }
  }
  for (const queue of Object.values(queues)) {
    queue.sort((one, other) => one.seen.index - other.seen.index);
  }
  const ordered: Moment[] = [];
  const isFree = ({ out, flight }: Moment) => out || sendings.haveLeft(flight);
  for (;;) {
    const heads = [queues.a[0], queues.b[0]].filter((moment) => moment !== undefined);
    if (heads.length === 0) return ordered;
    const free = heads.filter(isFree);
    if (free.length === 0) {
      sendings.pairAnew(heads);
      continue;
    }
    const next = free.reduce((first, other) => other.at < first.at ? other : first);
    queues[next.end].shift();
    if (next.out) sendings.leave(next);
    ordered.push(next);
  }
}

/** The moments at which packets leave. */
class Sendings {
  readonly #of = new Map<Flight, Moment>();
  readonly #left = new Set<Moment>();
  /** those that have left and arrive nowhere, the last one last, by end and head */
  readonly #lost = new Map<string, Moment[]>();

  add(moment: Moment): void {
    this.#of.set(moment.flight, moment);
  }

  leave(moment: Moment): void {
    this.#left.add(moment);
    if (moment.flight.received !== null) return;
    const key = keyOf(moment.end, moment.seen);
    const lost = this.#lost.get(key);
    if (lost) lost.push(moment);
    else this.#lost.set(key, [moment]);
  }

  /** Whether a packet has left, or nobody knows when it did. */
  haveLeft(flight: Flight): boolean {
    const sending = this.#of.get(flight);
    return sending === undefined || this.#left.has(sending);
  }

  /**
   * Resolves that both ends wait for what the other sends only after that: one of the two arrivals is of
   * an earlier sending of the same packet, if that left a note.
   */
  pairAnew(arrivals: readonly Moment[]): void {
    const lostOf = ({ flight, seen }: Moment) => this.#lost.get(keyOf(flight.from, seen)) ?? [];
    const arrival = arrivals.find((one) => lostOf(one).length > 0) ??
      arrivals.reduce((first, other) => other.at < first.at ? other : first);
    const { flight, seen } = arrival;
    const earlier = lostOf(arrival).pop();
    this.#pair(this.#of.get(flight)!, { ...flight, received: null });
    arrival.flight = { from: flight.from, sent: earlier?.seen ?? null, received: seen };
    if (earlier) this.#pair(earlier, arrival.flight);
  }

  #pair(sending: Moment, flight: Flight): void {
    this.#of.delete(sending.flight);
    this.#of.set(flight, sending);
    sending.flight = flight;
  }
}

/** What packets have in common that are the same, sent again. */
function keyOf(from: End, { packet }: Seen): string {
  return `${from} ${headKey(packet.head)}`;
}

function endView({ id, state, outcome, why, packets, redos, leftOut }: TransactionDetail): EndView {
  return { id, state, outcome, why, packets, redos, leftOut };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
