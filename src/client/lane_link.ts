/**
 * The link of a process whose manor runs in another one: a yard on the lane.
 *
 * @module
 */
import { LaneEndpoint, type LaneEndpointOptions } from "../io/lane_endpoint.ts";
import type { Link } from "../io/link.ts";
import { LANE_NAME, MANOR_YARD } from "../route/triple.ts";
import { warn } from "./warn.ts";

/** Where the yard is, and what it stands on. */
export type LaneLinkOptions =
  & Pick<LaneEndpointOptions, "yard" | "directory" | "clock" | "random" | "host">
  & {
    /** gets faults: a program must not end for one, nor must it be hidden (default: a warning) */
    readonly onError?: (error: unknown) => void;
  };

/** A yard on the lane as a link: all that a process says to others goes as msgpack. */
export async function openLaneLink(options: LaneLinkOptions): Promise<Link> {
  const endpoint = await LaneEndpoint.open({
    lane: LANE_NAME,
    onEvent: (event) => {
      if (event.type === "message" || event.type === "sent" || event.type === "failed") {
        link.onEvent(event);
      } else if (event.type === "yard" && event.state === "left" && event.yard === MANOR_YARD) {
        link.onEvent({ type: "left" });
      }
    },
    onError: warn,
    ...options,
  });
  const link: Link = {
    yard: options.yard,
    onEvent: () => {},
    transmit: (body, to) => endpoint.transmit(body, to, { packing: "msgpack" }),
    close: () => endpoint.close(),
  };
  return link;
}
