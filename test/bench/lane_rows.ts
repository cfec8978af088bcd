/**
 * Rows of the lane by itself: two yards in two processes.
 *
 * @module
 */
import type { LaneCommands } from "./lane_worker.ts";
import { cpuMicros, type Row } from "./row.ts";

const PAGE_BYTES = 300;
const PAUSE_MS = 3;

const pages: Row = {
  name: "lane",
  about: `pages of ${PAGE_BYTES} B from one yard to another`,
  figures: [
    { key: "perSecond", unit: "pages/s", aim: 50_000, floor: "floor-unix.perSecond" },
    { key: "senderCpuMicros", unit: "µs CPU each, sender", lessIsBetter: true },
    { key: "receiverCpuMicros", unit: "µs CPU each, receiver", lessIsBetter: true },
    { key: "p50Ms", unit: "ms p50 there and back", lessIsBetter: true },
    { key: "p99Ms", unit: "ms p99", lessIsBetter: true },
    { key: "asleepP50Ms", unit: "ms p50 after a pause", lessIsBetter: true },
  ],
  async open(stage) {
    const near = stage.worker<LaneCommands>("lane_worker");
    const far = stage.worker<LaneCommands>("lane_worker");
    const directory = `${stage.folder}/lane`;
    await far.call("open", { directory, yard: "far" });
    await near.call("open", { directory, yard: "near" });
    const count = stage.count(100_000, 100);
    await far.call("answer", { count });
    const pour = () => near.call("pages", { to: "far", count, bytes: PAGE_BYTES });
    const ping = (full: number, pauseMs: number) =>
      near.call("pings", { to: "far", count: stage.count(full, 10), bytes: PAGE_BYTES, pauseMs });
    const looks = () => Promise.all([near.usage(), far.usage()]);
    await pour();
    return async () => {
      const before = await looks();
      const perSecond = count / await pour();
      const after = await looks();
      const asleep = await ping(100, PAUSE_MS);
      return {
        perSecond,
        senderCpuMicros: cpuMicros(before[0], after[0]) / count,
        receiverCpuMicros: cpuMicros(before[1], after[1]) / count,
        ...await ping(2_000, 0),
        asleepP50Ms: asleep.p50Ms,
      };
    };
  },
};

/** The lane's rows. */
export const LANE_ROWS: readonly Row[] = [pages];
