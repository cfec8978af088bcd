/**
 * How a manor that is told to end lets go of its messages: what it has taken on is finished, what is
 * new is refused, and the receipts of both leave before its sockets close. So nobody has to guess.
 *
 * @module
 */
import { type Clock, pause } from "../io/clock.ts";
import type { LocalYards } from "./local_yards.ts";
import type { RoadEvents } from "./road_events.ts";
import type { Router } from "../route/router.ts";

/** How long open messages may still end, unless the manor was told. */
export const DRAIN_MS_DEFAULT = 5_000;
/** How long the last receipts may take. */
const FAREWELL_MS_MAX = 1_000;
/** Who has just sent something over the road may have sent more, which is refused if it is let come. */
const QUIET_MS = 200;
/** How often to look whether something has happened. */
const LOOK_MS = 20;

/** What messages are with. */
export interface DrainParts {
  readonly router: Router;
  readonly events: RoadEvents;
  readonly yards: LocalYards;
  /** does what is done after a batch of input */
  onBatch(): void;
}

/** Lets what is open end, at most for that long, and ends the rest. The lane is closed after. */
export async function drain(
  clock: Clock,
  drainMs: number,
  { router, events, yards, onBatch }: DrainParts,
): Promise<void> {
  const farewellMs = Math.min(FAREWELL_MS_MAX, drainMs);
  router.drain();
  await within(clock, drainMs, () => router.open === 0);
  await within(clock, farewellMs, () => events.quietMs > QUIET_MS);
  router.close(clock.now());
  onBatch();
  // Who sends to us later finds nobody there; what lies in our socket already is refused.
  await yards.leave();
  onBatch();
  await within(clock, farewellMs, () => router.receiptsUnderWay === 0);
  await yards.close(farewellMs);
}

/** Waits until something holds, at most for that long. */
async function within(clock: Clock, ms: number, holds: () => boolean): Promise<void> {
  const until = clock.now() + ms;
  while (!holds() && clock.now() < until) await pause(clock, LOOK_MS);
}
