/**
 * Drives a yard of ours.
 *
 * @module
 */
import { LaneEndpoint } from "../../src/io/lane_endpoint.ts";
import {
  emit,
  emitOutcome,
  emitRaised,
  emitReceived,
  type Handles,
  serve,
  transmitSeries,
} from "./our_driver.ts";

const handles: Handles = new Map();
const drops: Record<string, number> = {};
let endpoint: LaneEndpoint;
let packing: "json" | "msgpack" = "json";

await serve({
  start: async (args) => {
    packing = args.pack as typeof packing;
    endpoint = await LaneEndpoint.open({
      lane: String(args.lane),
      yard: String(args.name),
      directory: String(args.dir),
      onEvent: (event) => {
        if (event.type === "message") emitReceived(event.yard, event.body);
        if (event.type === "sent") emitOutcome(handles, event.handle, "sent");
        if (event.type === "failed") emitOutcome(handles, event.handle, event.code);
        if (event.type === "dropped") drops[event.reason] = (drops[event.reason] ?? 0) + 1;
      },
      onError: emitRaised,
    });
    emit("ready", { path: endpoint.path });
  },
  know: () => {}, // a yard is known by its name alone
  transmit: (args) =>
    transmitSeries(args, handles, (body) => endpoint.transmit(body, String(args.to), { packing })),
  stats: () => emit("stats", { stats: drops }),
});
