/**
 * Rows of whole manors: receipts, answers, process to process, and one that has nothing to do.
 *
 * @module
 */
import { join } from "node:path";
import type { CrowdCommands } from "./crowd_worker.ts";
import type { ManorCommands } from "./manor_worker.ts";
import { pourRow, SIZES } from "./pour_row.ts";
import { cpuPercent, type Row, type Stage } from "./row.ts";
import type { Worker } from "./worker.ts";
import type { YardCommands } from "./yard_worker.ts";

const SINK = "sink";
const ASK = "ask";
/** Two alive periods: each estate is asked twice. */
const IDLE_MS = 10_000;

const exchange: Row = {
  name: "receipt-ping",
  about: "two manors, yards in their processes: 100 B, one at a time",
  figures: [
    { key: "deliveredP50Ms", unit: "ms p50 until delivered", lessIsBetter: true },
    { key: "deliveredP99Ms", unit: "ms p99 until delivered", lessIsBetter: true },
    { key: "answerP50Ms", unit: "ms p50 request and answer", lessIsBetter: true },
    { key: "answerP99Ms", unit: "ms p99 request and answer", lessIsBetter: true },
  ],
  async open(stage) {
    const { near, far } = await openManors(stage);
    return await exchanges(stage, near, far);
  },
};

const processExchange: Row = {
  ...exchange,
  name: "process-ping",
  about: "process to process through two manors: 100 B, one at a time",
  async open(stage) {
    const { near, far } = await openProcesses(stage);
    return await exchanges(stage, near, far);
  },
};

const durableExchange: Row = {
  name: "durable-ping",
  about: "process to process through two manors, durable: 100 B, one at a time",
  figures: [
    { key: "deliveredP50Ms", unit: "ms p50 until delivered", lessIsBetter: true },
    { key: "deliveredP99Ms", unit: "ms p99 until delivered", lessIsBetter: true },
  ],
  async open(stage) {
    const { near, far } = await openProcesses(stage);
    await far.call("sink", { share: SINK });
    const load = { count: stage.count(1_000, 10), bytes: SIZES.small.bytes, durable: true };
    return async () => {
      const { p50Ms, p99Ms } = await near.call("ping", { to: `far//${SINK}`, ...load });
      return { deliveredP50Ms: p50Ms, deliveredP99Ms: p99Ms };
    };
  },
};

const idle: Row = {
  name: "idle",
  about: "a manor with 100 estates and nothing to do, alive period 5 s",
  figures: [
    { key: "cpuPercent", unit: "% CPU", aim: 2, lessIsBetter: true },
    { key: "rssMegabytes", unit: "MB of memory", lessIsBetter: true },
    { key: "estates", unit: "estates" },
  ],
  async open(stage) {
    const manor = stage.worker<ManorCommands>("manor_worker");
    const crowd = stage.worker<CrowdCommands>("crowd_worker");
    const main = await manor.call("open", { home: homeOf(stage, "idle"), name: "idle" });
    const estates = stage.count(100, 3);
    await crowd.call("join", { count: estates, main });
    await manor.call("allowed", { count: estates });
    const pause = () => new Promise((resolve) => setTimeout(resolve, stage.count(IDLE_MS, 300)));
    await pause();
    return async () => {
      const before = await manor.usage();
      await pause();
      const after = await manor.usage();
      return {
        cpuPercent: cpuPercent(before, after),
        rssMegabytes: after.rssBytes / 1e6,
        estates,
      };
    };
  },
};

/** The rows of manors. */
export const MANOR_ROWS: readonly Row[] = [
  ...Object.values(SIZES).map((size) =>
    pourRow({
      name: "receipt",
      about: "two manors, yards in their processes",
      ended: "delivered",
      size,
      workers: ["sender", "receiver"],
      messagesAim: size === SIZES.small ? 6_000 : undefined,
      async open(stage) {
        const { near, far } = await openManors(stage);
        await far.call("sink", { share: SINK });
        return {
          pour: (load) => near.call("pour", { to: `far//${SINK}`, load }),
          workers: { sender: near, receiver: far },
        };
      },
    })
  ),
  exchange,
  ...[SIZES.small, SIZES.middle].map((size) =>
    pourRow({
      name: "process",
      about: "process to process through two manors",
      ended: "delivered",
      size,
      workers: ["sender", "near manor", "far manor", "receiver"],
      async open(stage) {
        const { near, far, nearManor, farManor } = await openProcesses(stage);
        await far.call("sink", { share: SINK });
        return {
          pour: (load) => near.call("pour", { to: `far//${SINK}`, load }),
          workers: {
            sender: near,
            "near manor": nearManor,
            "far manor": farManor,
            receiver: far,
          },
        };
      },
    })
  ),
  processExchange,
  pourRow({
    name: "durable",
    about: "process to process through two manors, durable",
    ended: "delivered",
    size: SIZES.small,
    workers: ["sender", "near manor", "far manor", "receiver"],
    async open(stage) {
      const { near, far, nearManor, farManor } = await openProcesses(stage);
      await far.call("sink", { share: SINK });
      return {
        pour: (load) => near.call("pour", { to: `far//${SINK}`, load, durable: true }),
        workers: { sender: near, "near manor": nearManor, "far manor": farManor, receiver: far },
      };
    },
  }),
  durableExchange,
  idle,
];

/** What a yard can be told, in whatever process it is. */
type YardWorker = Worker<Pick<ManorCommands, "answer" | "sink" | "ping" | "request">>;

/** Exchanges one at a time between two yards. */
async function exchanges(stage: Stage, near: YardWorker, far: YardWorker) {
  await far.call("sink", { share: SINK });
  await far.call("answer", { share: ASK });
  const load = { count: stage.count(2_000, 10), bytes: SIZES.small.bytes };
  const once = async () => {
    const delivered = await near.call("ping", { to: `far//${SINK}`, ...load });
    const answer = await near.call("request", { to: `far//${ASK}`, ...load });
    return {
      deliveredP50Ms: delivered.p50Ms,
      deliveredP99Ms: delivered.p99Ms,
      answerP50Ms: answer.p50Ms,
      answerP99Ms: answer.p99Ms,
    };
  };
  await once();
  return once;
}

function homeOf(stage: Stage, estate: string): string {
  return join(stage.folder, estate);
}

/** Two manors that have joined. */
export async function openManors(stage: Stage) {
  const near = stage.worker<ManorCommands>("manor_worker");
  const far = stage.worker<ManorCommands>("manor_worker");
  const main = await far.call("open", { home: homeOf(stage, "far"), name: "far" });
  await near.call("open", { home: homeOf(stage, "near"), name: "near", join: main });
  await Promise.all([near, far].map((manor) => manor.call("allowed", { count: 1 })));
  return { near, far };
}

/** Two manors that have joined, and a process attached to each. */
async function openProcesses(stage: Stage) {
  const { near: nearManor, far: farManor } = await openManors(stage);
  const near = stage.worker<YardCommands>("yard_worker");
  const far = stage.worker<YardCommands>("yard_worker");
  await near.call("attach", { home: homeOf(stage, "near"), name: "near" });
  await far.call("attach", { home: homeOf(stage, "far"), name: "far" });
  return { near, far, nearManor, farManor };
}
