/**
 * The manor's own place on the lane of its host.
 *
 * @module
 */
import { LANE_FAULT } from "../io/backends.ts";
import type { Home } from "../io/home.ts";
import { LaneEndpoint, type LaneEndpointOptions } from "../io/lane_endpoint.ts";
import { openLaneFolder } from "../io/lane_folder.ts";
import { LANE_NAME, MANOR_YARD } from "../route/triple.ts";
import type { Logbook } from "./logbook.ts";
import type { ManorEvent } from "./options.ts";

/** Whom the lane tells. */
export type LaneHandlers = Pick<LaneEndpointOptions, "onEvent" | "onIdle" | "onError">;

/**
 * Takes the place; null where there is no lane.
 *
 * @throws {RaetError} `bad_config` if the socket can't be had
 */
export async function openLane(home: Home, handlers: LaneHandlers): Promise<LaneEndpoint | null> {
  if (LANE_FAULT !== null) return null;
  const directory = openLaneFolder(home, LANE_NAME);
  return await LaneEndpoint.open({ lane: LANE_NAME, yard: MANOR_YARD, directory, ...handlers });
}

/** Says that there is no lane: only yards of the manor's own process can attach. */
export function sayNoLane(tell: (event: ManorEvent) => void, logbook: Logbook): void {
  const message = `${LANE_FAULT}: no other process of this host can attach to this manor`;
  tell({ event: "warning", message });
  logbook.warning("no lane", message, "have the console inside, by raet repl --up");
}
