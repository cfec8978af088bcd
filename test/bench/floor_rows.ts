/**
 * Rows that measure the machine, so that the others can be given as parts of what it can do.
 *
 * @module
 */
import type { FloorCommands } from "./floor_worker.ts";
import type { Row, Stage } from "./row.ts";

/** Datagrams there and back between two bare sockets. */
const udp: Row = {
  name: "floor-udp",
  about: "300 B over bare UDP sockets to another process and back",
  figures: [
    { key: "perSecond", unit: "round trips/s, 64 in flight" },
    { key: "p50Ms", unit: "ms p50, one at a time", lessIsBetter: true },
    { key: "p99Ms", unit: "ms p99", lessIsBetter: true },
  ],
  async open(stage) {
    const { near, far } = pair(stage);
    const { port } = await far.call("openUdp", {});
    await near.call("openUdp", {});
    const load = { count: stage.count(40_000, 64), width: 64, bytes: 300 };
    await near.call("pourUdp", { port, load });
    return async () => {
      const seconds = await near.call("pourUdp", { port, load });
      const latency = await near.call("pingUdp", { port, count: stage.count(2_000, 10) });
      return { perSecond: load.count / seconds, ...latency };
    };
  },
};

/** Pages between two bare Unix sockets. */
const unix: Row = {
  name: "floor-unix",
  about: "300 B over bare Unix datagram sockets to another process",
  figures: [{ key: "perSecond", unit: "datagrams/s" }],
  async open(stage) {
    const { near, far } = pair(stage);
    const to = `${stage.folder}/bench.far.uxd`;
    await far.call("openUnix", { path: to });
    await near.call("openUnix", { path: `${stage.folder}/bench.near.uxd` });
    const count = stage.count(200_000, 100);
    await far.call("countUnix", { count });
    const once = () => near.call("pourUnix", { to, count, bytes: 300 });
    await once();
    return async () => ({ perSecond: count / await once() });
  },
};

/** The ciphers that each message costs each side. */
const crypto: Row = {
  name: "floor-crypto",
  about: "what a message of one packet costs each side: sign, verify, and a box",
  figures: [
    { key: "perSecond", unit: "messages/s" },
    { key: "microseconds", unit: "µs", lessIsBetter: true },
  ],
  async open(stage) {
    const worker = stage.worker<FloorCommands>("floor_worker");
    const count = stage.count(10_000, 20);
    await worker.call("ciphers", { count });
    return async () => {
      const { seconds } = await worker.call("ciphers", { count });
      return { perSecond: 1 / seconds, microseconds: seconds * 1e6 };
    };
  },
};

/** The floors. */
export const FLOOR_ROWS: readonly Row[] = [udp, unix, crypto];

function pair(stage: Stage) {
  const worker = () => stage.worker<FloorCommands>("floor_worker");
  return { near: worker(), far: worker() };
}
