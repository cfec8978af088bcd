/**
 * The flights of packets from one end to the other, and what they tell of the two clocks.
 *
 * The clocks' offset is inferred as NTP does: of all packets each way the fastest waited least, so
 * half the difference of the two fastest is the offset, and half their sum is how wrong it can be.
 *
 * @module
 */
import type { PacketView } from "../route/control.ts";
import { headKey, type Pair } from "./match.ts";

/** An end of a transaction: that of the first trace or that of the second. */
export type End = "a" | "b";

/** One packet on its way, as far as it was seen; at least at one end. */
export interface Flight {
  readonly from: End;
  /** null if the sender has no note of it */
  readonly sent: Seen | null;
  /** null if the receiver has no note of it: perhaps it never came */
  readonly received: Seen | null;
}

/** A packet as one end noted it. */
export interface Seen {
  readonly packet: PacketView;
  /** Unix time on that end's clock, milliseconds */
  readonly at: number;
  /** counts that end's packets of the transaction */
  readonly index: number;
}

/** How the clock of the second end stands to that of the first. */
export interface ClockOffset {
  /** milliseconds that the second is ahead; 0 if nothing is known */
  readonly offsetMs: number;
  /** the offset is right within so much; null if packets of one way only, or of none, are known */
  readonly errorMs: number | null;
  /** packets from the first to the second that it follows from */
  readonly there: number;
  /** packets back */
  readonly back: number;
}

/** Infers the offset of the clocks from packets that are known at both ends beyond doubt. */
export function inferOffset(pairs: readonly Pair[]): ClockOffset {
  const fastest = { a: Infinity, b: Infinity };
  const count = { a: 0, b: 0 };
  for (const pair of pairs) {
    for (const from of ["a", "b"] as const) {
      // Where the sender left packets out, what came may be one of those.
      if (pair[from]?.leftOut !== 0) continue;
      for (const { sent, received } of groups(pair, from)) {
        if (sent.length !== 1 || received.length !== 1) continue;
        count[from]++;
        fastest[from] = Math.min(fastest[from], received[0].at - sent[0].at);
      }
    }
  }
  const known = { there: count.a, back: count.b };
  if (count.a > 0 && count.b > 0) {
    const errorMs = Math.max(0, (fastest.a + fastest.b) / 2);
    return { offsetMs: (fastest.a - fastest.b) / 2, errorMs, ...known };
  }
  const offsetMs = count.a > 0 ? fastest.a : count.b > 0 ? -fastest.b : 0;
  return { offsetMs, errorMs: null, ...known };
}

/**
 * All flights of a transaction, in no order. Of a packet that was sent again and came once the last
 * sending counts that can have arrived by then; one that can't have has no known beginning.
 */
export function flightsOf(pair: Pair, { offsetMs, errorMs }: ClockOffset): Flight[] {
  const slackMs = (errorMs ?? Infinity) + ROUNDING_MS;
  const flights: Flight[] = [];
  for (const from of ["a", "b"] as const) {
    // What the receiver's clock shows when the sender's shows 0.
    const ahead = from === "a" ? offsetMs : -offsetMs;
    for (const { sent, received } of groups(pair, from)) {
      const left = [...sent];
      for (const arrival of received) {
        const at = arrival.at - ahead;
        const cause = left.length > received.length ? latest(left, at) : 0;
        const isPossible = left.length > 0 && left[cause].at <= at + slackMs;
        const sent = isPossible ? left.splice(cause, 1)[0] : null;
        flights.push({ from, sent, received: arrival });
      }
      for (const start of left) flights.push({ from, sent: start, received: null });
    }
  }
  return flights;
}

/** Times are noted to the microsecond. */
const ROUNDING_MS = 0.01;

/** Packets of one direction with the same head, at both ends. */
interface Group {
  readonly sent: Seen[];
  readonly received: Seen[];
}

function groups({ a, b }: Pair, from: End): Iterable<Group> {
  const byHead = new Map<string, Group>();
  const [sender, receiver] = from === "a" ? [a, b] : [b, a];
  for (const [end, out] of [[sender, true], [receiver, false]] as const) {
    for (const [index, packet] of (end?.packetList ?? []).entries()) {
      if (packet.out !== out) continue;
      const key = headKey(packet.head);
      const group = byHead.get(key) ?? { sent: [], received: [] };
      byHead.set(key, group);
      (out ? group.sent : group.received).push({ packet, at: end!.beganAt + packet.ms, index });
    }
  }
  return byHead.values();
}

/** The index of the last that was sent by then; of the first if none was. */
function latest(sent: readonly Seen[], by: number): number {
  return Math.max(0, sent.findLastIndex(({ at }) => at <= by));
}
