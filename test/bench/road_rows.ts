/**
 * Rows of the classic road by itself: two bare stacks in two processes.
 *
 * @module
 */
import { pourRow, SIZES } from "./pour_row.ts";
import type { RoadCommands } from "./road_worker.ts";
import type { Row, Stage } from "./row.ts";

const AIMS: Record<string, { messagesAim?: number; megabytesAim?: number }> = {
  [SIZES.small.label]: { messagesAim: 8_000 },
  [SIZES.middle.label]: { megabytesAim: 10 },
  [SIZES.large.label]: { megabytesAim: 10 },
};

const ping: Row = {
  name: "road-ping",
  about: "classic road: 100 B, one at a time, until acknowledged",
  figures: [
    { key: "p50Ms", unit: "ms p50", aim: 0.35, lessIsBetter: true, floor: "floor-udp.p50Ms" },
    { key: "p99Ms", unit: "ms p99", lessIsBetter: true },
  ],
  async open(stage) {
    const { near } = await openPair(stage);
    const count = stage.count(3_000, 20);
    const once = () => near.call("ping", { to: FAR, count, bytes: SIZES.small.bytes });
    await once();
    return async () => ({ ...await once() });
  },
};

/** The rows of the road. */
export const ROAD_ROWS: readonly Row[] = [
  ...Object.values(SIZES).map((size) =>
    pourRow({
      name: "road",
      about: "classic road",
      ended: "acknowledged",
      size,
      workers: ["sender", "receiver"],
      ...AIMS[size.label],
      async open(stage) {
        const { near, far } = await openPair(stage);
        return {
          pour: (load) => near.call("pour", { to: FAR, load }),
          workers: { sender: near, receiver: far },
        };
      },
    })
  ),
  ping,
];

const FAR = "far";

async function openPair(stage: Stage) {
  const near = stage.worker<RoadCommands>("road_worker");
  const far = stage.worker<RoadCommands>("road_worker");
  const main = await far.call("openMain", { name: FAR });
  await near.call("openAndJoin", { name: "near", main });
  return { near, far };
}
