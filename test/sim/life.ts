/**
 * When the life of a message may be over: by the clocks of the hosts that it passes, which are set.
 *
 * @module
 */
import { DURABLE_MARGIN_MS } from "../../src/base/limits.ts";
import type { SimEstate } from "./estate.ts";
import type { HostClock } from "./host_clock.ts";
import type { Sent } from "./witness.ts";

/** What is rounded on the way. */
const SLACK_MS = 10;

function isAwaySince(at: number): (clock: HostClock) => boolean {
  return ({ awayUntil }) => awayUntil >= at;
}

/** What a sender knows of the clocks on the way of a message that it sends now. */
export function clocksOf(
  from: SimEstate,
  estate: string,
  timeoutMs: number,
): Pick<
  Sent,
  | "overAt"
  | "mayBeOver"
  | "mayBeLate"
  | "mayBeForgotten"
  | "mayBeLost"
  | "mayComeLate"
  | "mayBeUnknown"
> {
  const { world, clock, name } = from;
  const sentAt = world.timeline.now;
  const there = estate === "" || estate === name
    ? undefined
    : world.estates.find((other) => other.name === estate);
  const clocks = there ? [clock, there.clock] : [clock];
  const forward = () => clocks.reduce((sum, { forwardMs }) => sum + forwardMs, 0);
  const before = forward();
  const { runs, disk: { refused } } = from;
  const runsThere = there?.runs;
  const endsAt = (lifeMs: number) => sentAt + lifeMs - SLACK_MS - (forward() - before);
  const overAt = () => endsAt(timeoutMs);
  return {
    overAt,
    mayBeOver: () => overAt() <= world.timeline.now,
    mayBeLate: () => world.network.eavesdropper !== null || clocks.some(isAwaySince(sentAt)),
    mayBeLost: () => (there ?? from).yardKilledAt >= sentAt,
    mayBeUnknown: () => from.runs !== runs || there?.runs !== runsThere,
    mayComeLate: () => from.runs > runs && (from.disk.refused > refused || from.refusing.has(runs)),
    mayBeForgotten: () => endsAt(timeoutMs + DURABLE_MARGIN_MS) <= world.timeline.now,
  };
}
