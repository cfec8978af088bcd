/**
 * What two yards have to be able to do with each other.
 *
 * @module
 */
import { type LanePeer, type LaneSetup, sleep, until } from "./peer.ts";
import type { Scenario, Side } from "./road_scenarios.ts";
import { arrived, faultsOf, type Series } from "./series.ts";

/** Makes the yards of one scenario, all on one lane. */
export type MakeLane = (side: Side, setup: Pick<LaneSetup, "name" | "packing">) => LanePeer;

/** All scenarios of the lane. */
export function laneScenarios(): Scenario<MakeLane>[] {
  const scenarios: Scenario<MakeLane>[] = [];
  for (const packing of ["json", "msgpack"] as const) {
    for (const first of ["ours", "theirs"] as const) {
      scenarios.push({
        name: `${first} speaks first, ${packing}`,
        run: (make) => pages(make, first, packing),
      });
    }
  }
  for (const restarted of ["ours", "theirs"] as const) {
    scenarios.push({
      name: `${restarted} killed and restarted`,
      run: (make) => restart(make, restarted),
    });
  }
  scenarios.push({ name: "theirs stops reading", run: stall });
  return scenarios;
}

/** Single pages and books both ways, more of them than a socket's queue holds. */
async function pages(make: MakeLane, first: Side, packing: "json" | "msgpack"): Promise<string> {
  const boss = make(first, { name: "boss", packing });
  const worker = make(first === "ours" ? "theirs" : "ours", { name: "worker", packing });
  await boss.start();
  await worker.start();
  boss.know("worker");
  const began = performance.now();
  await deliver(boss, worker, { label: "hello", size: 10, count: 1 }); // makes boss known there
  const all: Promise<void>[] = [];
  for (const [from, to] of [[boss, worker], [worker, boss]]) {
    for (const [size, count] of [[10, 200], [5_000, 100], [100_000, 10], [300_000, 3]]) {
      const bytes = packing === "msgpack" && size === 5_000;
      all.push(deliver(from, to, { label: `${from.setup.name}-${size}`, size, count, bytes }));
    }
  }
  await Promise.all(all);
  assertNoFaults(boss, worker);
  for (const yard of [boss, worker]) {
    const complaints = JSON.stringify(await yard.complaints());
    if (complaints !== "{}") throw new Error(`${yard.setup.name} complains: ${complaints}`);
  }
  return `627 messages in ${Math.round(performance.now() - began)} ms`;
}

/** A yard dies and comes back under its name. */
async function restart(make: MakeLane, restarted: Side): Promise<string> {
  const victim = make(restarted, { name: "victim", packing: "json" });
  const witness = make(restarted === "ours" ? "theirs" : "ours", {
    name: "witness",
    packing: "json",
  });
  await victim.start();
  await witness.start();
  witness.know("victim");
  await deliver(witness, victim, { label: "before", size: 10, count: 3 });
  await victim.kill();
  await victim.start();
  victim.know("witness");
  await deliver(victim, witness, { label: "after-v", size: 100_000, count: 3 });
  await deliver(witness, victim, { label: "after-w", size: 100_000, count: 3 });
  assertNoFaults(victim, witness);
  return "pages both ways after it";
}

/** A yard that reads no more gets what its queue holds; the rest comes back, and delays nobody. */
async function stall(make: MakeLane): Promise<string> {
  const sender = make("ours", { name: "sender", packing: "json" });
  const deaf = make("theirs", { name: "deaf", packing: "json" });
  const good = make("theirs", { name: "good", packing: "json" });
  for (const yard of [sender, deaf, good]) await yard.start();
  sender.know("deaf");
  sender.know("good");
  await deliver(sender, deaf, { label: "before", size: 10, count: 1 });
  deaf.read(false);
  await sleep(100);
  const lost = { label: "stalled", size: 1_000, count: 50 };
  sender.transmit("deaf", lost);
  const began = performance.now();
  await deliver(sender, good, { label: "meanwhile", size: 1_000, count: 50 });
  const meanwhileMs = Math.round(performance.now() - began);
  const outcomes = await settled(sender, lost);
  deaf.read(true);
  const sent = outcomes?.sent ?? lost.count;
  await until(() => arrived(deaf.received, lost) >= sent, 5_000, "what was sent is read");
  await sleep(200);
  const got = arrived(deaf.received, lost);
  if (outcomes && got !== sent) throw new Error(`${sent} are called sent, ${got} came`);
  assertNoFaults(sender, deaf, good);
  return `others took ${meanwhileMs} ms; of 50 ${got} came, ${JSON.stringify(outcomes)}`;
}

async function deliver(from: LanePeer, to: LanePeer, series: Series): Promise<void> {
  from.transmit(to.setup.name, series);
  await until(() => arrived(to.received, series) === series.count, 20_000, series.label)
    .catch(() => {
      throw new Error(
        `${series.label}: ${arrived(to.received, series)} of ${series.count} arrived`,
      );
    });
  const outcomes = await settled(from, series);
  const fault = faultsOf(to.received, series, from.setup.name);
  if (fault) throw new Error(fault);
  if (outcomes && outcomes.sent !== series.count) {
    throw new Error(`${series.label} arrived, yet its sender was told ${JSON.stringify(outcomes)}`);
  }
}

async function settled(yard: LanePeer, series: Series): Promise<Record<string, number> | null> {
  if (!yard.outcomes(series)) return null;
  const told = () => Object.values(yard.outcomes(series)!).reduce((sum, n) => sum + n, 0);
  await until(() => told() === series.count, 20_000, `each of ${series.label} has its outcome`);
  return yard.outcomes(series);
}

function assertNoFaults(...yards: LanePeer[]): void {
  const faults = yards.flatMap((yard) =>
    yard.faults.map((fault) => `${yard.setup.name}: ${fault}`)
  );
  if (faults.length > 0) throw new Error([...new Set(faults)].join("; "));
}
