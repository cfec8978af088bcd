/**
 * Talks to the Python reference and prints a table of what went how. Needs a Python that can
 * `import raet`; without one it says that it was skipped and ends with 0.
 *
 *     RAET_PYTHON=/path/to/python deno task interop [OPTION]... [PART OF A LINE'S NAME]...
 *
 * - `--baseline`: the reference plays both parts, which tells what it can do with itself
 * - `--seed=N`: other datagrams are lost
 * - `--loss=PERCENT`: instead of the 10 % of the lines with loss
 * - `--delay=MS`: instead of the 150 ms each way of the lines with a long way
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { laneScenarios, type MakeLane } from "../test/interop/lane_scenarios.ts";
import { LaneProcess, ourDriver, referenceDriver, RoadProcess } from "../test/interop/drivers.ts";
import { manorScenarios } from "../test/interop/manor_scenarios.ts";
import { type MakeRoad, roadScenarios, type Side } from "../test/interop/road_scenarios.ts";

/** What is ended with its scenario. */
interface Tracked {
  readonly faults: readonly string[];
  kill(): Promise<void>;
}

const tracked: Tracked[] = [];
const baseline = process.argv.includes("--baseline");
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const option = (name: string) => {
  const text = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  return text === undefined ? null : Number(text.slice(name.length + 3));
};
const counts = { passed: 0, failed: 0 };

const python = process.env.RAET_PYTHON;
if (!python) {
  console.log("skipped: RAET_PYTHON is not set to an interpreter that can import raet");
} else {
  const probe = spawnSync(python, ["-c", "import raet.road.stacking"], { encoding: "utf8" });
  if (probe.status !== 0) {
    console.error(`RAET_PYTHON "${python}" can't import raet: ${probe.stderr || probe.error}`);
    process.exit(1);
  }
  const commandOf = (side: Side, kind: "road" | "lane") =>
    side === "ours" && !baseline ? ourDriver(kind) : referenceDriver(python, kind);
  const makeRoad: (folder: string) => MakeRoad = (folder) => (side, setup) => {
    // Each in a keep of its own, as ours looks at the modes of all that is in it.
    const directory = join(folder, setup.name, setup.name);
    mkdirSync(directory, { mode: 0o700, recursive: true });
    // Losing at one end loses in both directions; at both it would be twice as much.
    const loss = side === "ours" || setup.loss === 0 ? 0 : option("loss") ?? setup.loss;
    const delay = side === "ours" || setup.delay === 0 ? 0 : option("delay") ?? setup.delay;
    const full = { ...setup, directory, loss, delay, seed: setup.seed + (option("seed") ?? 0) };
    return track(new RoadProcess(commandOf(side, "road"), full));
  };
  const makeLane: (lane: string, directory: string) => MakeLane =
    (lane, directory) => (side, setup) =>
      track(new LaneProcess(commandOf(side, "lane"), { ...setup, lane, directory }));

  for (const { name, run, beyondReference } of roadScenarios()) {
    if (baseline && beyondReference) continue;
    await runLine(`road: ${name}`, (folder) => run(makeRoad(folder)));
  }
  for (const { name, run } of laneScenarios()) {
    await runLine(`lane: ${name}`, (folder) => run(makeLane("interop", folder)));
  }
  for (const { name, run } of baseline ? [] : manorScenarios()) {
    await runLine(`manor: ${name}`, (folder) => run(folder, makeRoad(folder), makeLane));
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
}

/** Has a peer ended with its scenario. */
function track<Peer extends Tracked>(peer: Peer): Peer {
  tracked.push(peer);
  return peer;
}

/** Runs one scenario in a folder of its own and prints its line. */
async function runLine(name: string, run: (folder: string) => Promise<string>): Promise<void> {
  if (filters.length > 0 && !filters.some((part) => name.includes(part))) return;
  const folder = mkdtempSync(join(tmpdir(), "raet-interop-"));
  const began = performance.now();
  let passed = false;
  let note = "";
  try {
    note = await run(folder);
    passed = true;
  } catch (error) {
    const faults = tracked.flatMap((peer) => peer.faults);
    note = [error instanceof Error ? error.message : String(error), ...new Set(faults)].join("; ");
  } finally {
    for (const peer of tracked.splice(0)) await peer.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  counts[passed ? "passed" : "failed"]++;
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
  console.log(`${name.padEnd(52)} ${passed ? "passed" : "FAILED"} ${seconds} s  ${note}`);
}
