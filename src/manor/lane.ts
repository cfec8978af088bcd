/**
 * What is said where there is no lane.
 *
 * @module
 */
import { LANE_FAULT } from "../io/backends.ts";
import type { Logbook } from "./logbook.ts";
import type { ManorEvent } from "./options.ts";

/** Says that there is no lane: only yards of the manor's own process can attach. */
export function sayNoLane(tell: (event: ManorEvent) => void, logbook: Logbook): void {
  const message = `${LANE_FAULT}: no other process of this host can attach to this manor`;
  tell({ event: "warning", message });
  logbook.warning("no lane", message, "have the console inside, by raet repl --up");
}
