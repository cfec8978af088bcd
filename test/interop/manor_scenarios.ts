/**
 * What a whole manor of ours, run by its command line, has to be able to do with a bare stack of the
 * reference on its road and with a yard of the reference on its lane.
 *
 * @module
 */
import { join } from "node:path";
import { ChildProgram } from "../../src/io/process.ts";
import { LANE_NAME } from "../../src/route/triple.ts";
import { scriptCommand } from "../support/runtime.ts";
import type { MakeLane } from "./lane_scenarios.ts";
import { until } from "./peer.ts";
import type { MakeRoad } from "./road_scenarios.ts";
import { makeLoad } from "./series.ts";

const MAIN = join(import.meta.dirname!, "../../src/main.ts");
const LIST_MS = 10_000;

/** One line of the table, given a folder of its own and what makes its peers. */
export interface ManorScenario {
  readonly name: string;
  run(folder: string, road: MakeRoad, laneIn: LaneIn): Promise<string>;
}

/** Makes yards of a lane whose sockets lie in a directory. */
type LaneIn = (lane: string, directory: string) => MakeLane;

/** All scenarios with a manor. */
export function manorScenarios(): ManorScenario[] {
  return [
    { name: "a bare stack of the reference on the road", run: roadPeer },
    { name: "a yard of the reference on the lane", run: laneYard },
  ];
}

type Line = Record<string, unknown>;

/** The program with one home, and everything started from it. */
class Program {
  readonly #running: ChildProgram[] = [];

  constructor(readonly home: string) {}

  /** Starts a verb. */
  start(verb: string, ...args: string[]): ChildProgram {
    const command = scriptCommand(MAIN);
    const all = [verb, ...args, "--home", this.home, "--json"];
    const child = new ChildProgram(`raet ${verb}`, all, { command });
    this.#running.push(child);
    return child;
  }

  /** Runs a verb to its end and gives the lines it printed. */
  async run(verb: string, ...args: string[]): Promise<Line[]> {
    const child = this.start(verb, ...args);
    await child.exited;
    if (child.lines.length === 0) throw new Error(`raet ${verb}: ${child.errorLines.join(" ")}`);
    return child.lines.map((line) => JSON.parse(line));
  }

  /** Ends what still runs. */
  async stop(): Promise<void> {
    for (const child of this.#running.reverse()) {
      child.kill("SIGTERM");
      await child.exited;
    }
  }
}

/** Waits for a line of a child in which a key has a value. */
function lineOf(child: ChildProgram, key: string, value: unknown): Promise<Line> {
  return child.waitFor(
    `${key} ${value}`,
    LIST_MS,
    () => child.lines.map((line) => JSON.parse(line) as Line).find((line) => line[key] === value),
  );
}

/** Starts `up` and gives its address. */
async function up(program: Program): Promise<{ child: ChildProgram; host: string; port: number }> {
  const options = ["--name", "alpha", "--main", "--auto", "once", "--listen", "127.0.0.1:0"];
  const child = program.start("up", ...options);
  const [host, port] = String((await lineOf(child, "event", "ready")).address).split(":");
  return { child, host, port: Number(port) };
}

/** Messages with and without a route from the road, and one of ours that ends at its stack. */
async function roadPeer(folder: string, road: MakeRoad): Promise<string> {
  const program = new Program(join(folder, "home"));
  try {
    const { child, host, port } = await up(program);
    const beta = road("theirs", {
      ...{ name: "beta", main: false, auto: "once" },
      ...{ body: "json", head: "raet", keep: "json", loss: 0, delay: 0, seed: 1 },
    });
    await beta.start();
    beta.join(host, port);
    await lineOf(child, "event", "allowed");
    const inbox = program.start("listen", "inbox", "--count", "2");
    const jobs = program.start("listen", "jobs", "--count", "1");
    await claimed(program, "inbox", "jobs");

    const bare = { label: "bare", size: 5_000, count: 2 };
    beta.transmit("alpha", bare);
    const route = { src: ["beta", null, null], dst: ["alpha", null, "jobs"] };
    beta.transmit("alpha", { label: "routed", size: 10, count: 1, route });
    expectMessages(await linesOf(inbox, 2), "bare", 5_000);
    expectMessages(await linesOf(jobs, 1), "routed", 10);

    const body = JSON.stringify({ label: "ours", index: 0, load: makeLoad("ours", 0, 100) });
    const [sent] = await program.run("send", "beta//work", body);
    if (sent.status !== "acknowledged") throw new Error(`send said ${JSON.stringify(sent)}`);
    await until(() => beta.received.some(({ label }) => label === "ours"), 5_000, "it arrives");
    const { keys } = beta.received.find(({ label }) => label === "ours")!;
    if (keys.some((key) => key !== "raet" && key !== "route")) {
      throw new Error(`it came with ${keys.join(" ")} besides`);
    }
    if (beta.faults.length > 0) throw new Error(beta.faults.join("; "));
    return `inbox, share and a send that ends ${sent.status}`;
  } finally {
    await program.stop();
  }
}

/** A message to a yard of the reference, and one from it to a share. */
async function laneYard(folder: string, _road: MakeRoad, laneIn: LaneIn): Promise<string> {
  const program = new Program(join(folder, "home"));
  try {
    await up(program);
    const jobs = program.start("listen", "jobs", "--count", "1");
    await claimed(program, "jobs");
    const worker = laneIn(LANE_NAME, join(program.home, "lane"))("theirs", {
      name: "worker",
      packing: "json",
    });
    await worker.start();
    worker.know("manor");
    const route = { src: [null, "worker", null], dst: [null, null, "jobs"] };
    worker.transmit("manor", { label: "hello", size: 5_000, count: 1, route });
    expectMessages(await linesOf(jobs, 1), "hello", 5_000);

    const body = JSON.stringify({ label: "ours", index: 0, load: makeLoad("ours", 0, 100) });
    const [sent] = await program.run("send", "/worker/work", body);
    if (sent.status !== "handed") throw new Error(`send said ${JSON.stringify(sent)}`);
    await until(() => worker.received.some(({ label }) => label === "ours"), 5_000, "it arrives");
    if (worker.faults.length > 0) throw new Error(worker.faults.join("; "));
    return `a share and a send that ends ${sent.status}`;
  } finally {
    await program.stop();
  }
}

/** Waits until shares are claimed. */
async function claimed(program: Program, ...shares: string[]): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const text = JSON.stringify(await program.run("show", "shares"));
    if (shares.every((share) => text.includes(`"${share}"`))) return;
  }
  throw new Error(`shares ${shares.join(" ")} were not claimed`);
}

/** The lines of a child once it has ended by itself. */
async function linesOf(child: ChildProgram, count: number): Promise<Line[]> {
  return await child.waitFor(
    `${count} lines`,
    LIST_MS,
    () => child.lines.length >= count ? child.lines.map((line) => JSON.parse(line)) : undefined,
  );
}

function expectMessages(lines: Line[], label: string, size: number): void {
  for (const line of lines) {
    const body = line.body as Record<string, unknown>;
    if (body?.label !== label || body.load !== makeLoad(label, Number(body.index), size)) {
      throw new Error(`instead of ${label} came ${JSON.stringify(line).slice(0, 300)}`);
    }
  }
}
