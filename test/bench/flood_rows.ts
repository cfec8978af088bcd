/**
 * Rows of a manor under attack: while somebody throws datagrams at it, a new estate joins and sends
 * messages, all of which have to be delivered.
 *
 * @module
 */
import { join } from "node:path";
import type { CrowdCommands } from "./crowd_worker.ts";
import type { FloodCommands, FloodKind } from "./flood_worker.ts";
import type { ManorCommands } from "./manor_worker.ts";
import { cpuPercent, type Row } from "./row.ts";

const PER_SECOND = 20_000;
const MESSAGES = 1_000;
const WIDTH = 64;
/** The attack lasts for so long at least. */
const FLOOD_MS = 30_000;
/** Estates that have joined when the flood comes to a crowded manor. */
const CROWD = 1_000;
/** How long each kind of it lasts there. */
const CROWD_FLOOD_MS = 10_000;
const SINK = "sink";

const KINDS: Record<FloodKind, string> = {
  random: "random bytes",
  unknown: "packets for numbers that were never given",
  forged: "packets of a joined estate with false signatures",
  replayed: "packets that a joined estate sent before",
};

/** How much memory a manor with many estates takes while all kinds of attack come in turn. */
const crowd: Row = {
  name: "flood-crowd",
  about: `a manor with ${
    CROWD.toLocaleString("en")
  } estates while every kind of flood comes in turn`,
  figures: [
    { key: "rssMegabytes", unit: "MB of memory, the manor", aim: 200, lessIsBetter: true },
    { key: "quietMegabytes", unit: "MB before the flood", lessIsBetter: true },
    { key: "cpuPercent", unit: "% CPU, the manor", lessIsBetter: true },
    { key: "thrown", unit: "datagrams thrown" },
    { key: "estates", unit: "estates" },
  ],
  async open(stage) {
    const far = stage.worker<ManorCommands>("manor_worker");
    const others = stage.worker<CrowdCommands>("crowd_worker");
    const attacker = stage.worker<FloodCommands>("flood_worker");
    const main = await far.call("open", { home: join(stage.folder, "crowded"), name: "crowded" });
    const estates = stage.count(CROWD, 3);
    await others.call("join", { count: estates, main });
    await far.call("allowed", { count: estates });
    await attacker.call("open", { main });
    return async () => {
      const before = await far.usage();
      let thrown = 0;
      let rssBytes = 0;
      for (const kind of Object.keys(KINDS) as FloodKind[]) {
        await attacker.call("begin", { kind, perSecond: PER_SECOND });
        await new Promise((resolve) => setTimeout(resolve, stage.count(CROWD_FLOOD_MS, 200)));
        rssBytes = Math.max(rssBytes, (await far.usage()).rssBytes);
        thrown += (await attacker.call("end", {})).sent;
      }
      return {
        rssMegabytes: rssBytes / 1e6,
        quietMegabytes: before.rssBytes / 1e6,
        cpuPercent: cpuPercent(before, await far.usage()),
        thrown,
        estates,
      };
    };
  },
};

/** A row for each kind of attack, and one of all with a crowd. */
export const FLOOD_ROWS: readonly Row[] = [
  ...(Object.keys(KINDS) as FloodKind[]).map(floodRow),
  crowd,
];

function floodRow(kind: FloodKind): Row {
  return {
    name: `flood-${kind}`,
    about: `a manor while ${KINDS[kind]} come, ${PER_SECOND.toLocaleString("en")} a second: ` +
      `an estate joins, ${MESSAGES.toLocaleString("en")} messages of 100 B are delivered`,
    figures: [
      { key: "joinMs", unit: "ms until joined and allowed", aim: 2_000, lessIsBetter: true },
      { key: "perSecond", unit: "delivered/s" },
      { key: "cpuPercent", unit: "% CPU, the manor", lessIsBetter: true },
      { key: "rssMegabytes", unit: "MB of memory, the manor", lessIsBetter: true },
      { key: "thrownPerSecond", unit: "thrown/s" },
    ],
    async open(stage) {
      const far = stage.worker<ManorCommands>("manor_worker");
      const attacker = stage.worker<FloodCommands>("flood_worker");
      const main = await far.call("open", { home: join(stage.folder, "far"), name: "far" });
      await far.call("sink", { share: SINK });
      await attacker.call("open", { main });
      let run = 0;
      return async () => {
        const name = `near${++run}`;
        const near = stage.worker<ManorCommands>("manor_worker");
        await attacker.call("begin", { kind, perSecond: PER_SECOND });
        const before = await far.usage();
        const begunAt = performance.now();
        await near.call("open", { home: join(stage.folder, name), name, join: main });
        await near.call("allowed", { count: 1 });
        const joinMs = performance.now() - begunAt;
        const load = { count: stage.count(MESSAGES, 20), width: WIDTH, bytes: 100 };
        const seconds = await near.call("pour", { to: `far//${SINK}`, load });
        const leftMs = stage.count(FLOOD_MS) - (performance.now() - begunAt);
        if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
        const after = await far.usage();
        const thrown = await attacker.call("end", {});
        await near.call("close", {});
        return {
          joinMs,
          perSecond: load.count / seconds,
          cpuPercent: cpuPercent(before, after),
          rssMegabytes: after.rssBytes / 1e6,
          thrownPerSecond: thrown.sent / thrown.seconds,
        };
      };
    },
  };
}
