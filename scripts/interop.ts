/**
 * Talks to the Python reference and prints a table of what went how. Needs a Python that can
 * `import raet`; without one it says that it was skipped and ends with 0.
 *
 *     RAET_PYTHON=/path/to/python deno task interop [OPTION]... [PART OF A LINE'S NAME]...
 *
 * - `--baseline`: the reference plays both parts, which tells what it can do with itself
 * - `--seed=N`: other datagrams are lost
 * - `--loss=PERCENT`: instead of the 10 % of the lines with loss
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { laneScenarios } from "../test/interop/lane_scenarios.ts";
import { LaneProcess, ourDriver, referenceDriver, RoadProcess } from "../test/interop/drivers.ts";
import { roadScenarios, type Scenario, type Side } from "../test/interop/road_scenarios.ts";

/** Makes a peer of either side; a road peer gets a folder of its own, yards share one. */
type Make<Setup, Peer> = (side: Side, setup: Setup, folder: string) => Peer;

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
  for (const scenario of roadScenarios()) {
    await run("road", scenario, (side, setup, folder) => {
      const directory = join(folder, setup.name);
      mkdirSync(directory, { mode: 0o700, recursive: true });
      // Losing at one end loses in both directions; at both it would be twice as much.
      const loss = side === "ours" || setup.loss === 0 ? 0 : option("loss") ?? setup.loss;
      const full = { ...setup, directory, loss, seed: setup.seed + (option("seed") ?? 0) };
      return new RoadProcess(commandOf(side, "road"), full);
    });
  }
  for (const scenario of laneScenarios()) {
    await run("lane", scenario, (side, setup, folder) => {
      const full = { ...setup, directory: folder, lane: "interop" };
      return new LaneProcess(commandOf(side, "lane"), full);
    });
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
}

/** Runs one scenario in a folder of its own and prints its line. */
async function run<Setup, Peer extends { kill(): Promise<void> }>(
  kind: string,
  scenario: Scenario<(side: Side, setup: Setup) => Peer>,
  make: Make<Setup, Peer>,
): Promise<void> {
  const name = `${kind}: ${scenario.name}`;
  if (baseline && scenario.beyondReference) return;
  if (filters.length > 0 && !filters.some((part) => name.includes(part))) return;
  const folder = mkdtempSync(join(tmpdir(), "raet-interop-"));
  const peers: Peer[] = [];
  const began = performance.now();
  let result = "passed";
  let note = "";
  try {
    note = await scenario.run((side, setup) => {
      const peer = make(side, setup, folder);
      peers.push(peer);
      return peer;
    });
  } catch (error) {
    result = "FAILED";
    const faults = peers.flatMap((peer) => "faults" in peer ? peer.faults as string[] : []);
    note = [error instanceof Error ? error.message : String(error), ...new Set(faults)].join("; ");
  } finally {
    for (const peer of peers) await peer.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  counts[result === "passed" ? "passed" : "failed"]++;
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
  console.log(`${name.padEnd(52)} ${result} ${seconds} s  ${note}`);
}
