/**
 * What two road peers have to be able to do with each other. A scenario throws a sentence if they
 * can't, and returns a note for the table if they can.
 *
 * @module
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type RoadPeer, type RoadSetup, sleep, until } from "./peer.ts";
import { arrived, faultsOf, type Series } from "./series.ts";

/** Which implementation runs a peer. */
export type Side = "ours" | "theirs";

/** Makes the peers of one scenario. */
export type MakeRoad = (side: Side, setup: Omit<RoadSetup, "directory">) => RoadPeer;

/** One line of the table. */
export interface Scenario<Make> {
  readonly name: string;
  /** Whether the reference can't do it with itself. */
  readonly beyondReference?: boolean;
  run(make: Make): Promise<string>;
}

const SIDES = ["ours", "theirs"] as const;
const other = (side: Side): Side => side === "ours" ? "theirs" : "ours";

const FLAVOURS = {
  "json": { body: "json", head: "raet", keep: "json" },
  "msgpack": { body: "msgpack", head: "raet", keep: "msgpack" },
  "json heads": { body: "json", head: "json", keep: "json" },
} as const;

/** All scenarios of the road. */
export function roadScenarios(): Scenario<MakeRoad>[] {
  const scenarios: Scenario<MakeRoad>[] = [];
  for (const main of SIDES) {
    for (const loss of [0, 10]) {
      for (const flavour of Object.keys(FLAVOURS) as (keyof typeof FLAVOURS)[]) {
        scenarios.push({
          name: `${main} main, ${flavour}, ${loss} % loss`,
          run: (make) => exchange(make, main, flavour, { loss, delay: 0 }),
        });
      }
    }
    scenarios.push({
      name: `${main} main, 300 ms there and back`,
      run: (make) => exchange(make, main, "json", { loss: 0, delay: 150 }),
    });
    for (const restarted of SIDES) {
      scenarios.push({
        name: `${main} main, ${restarted} killed and restarted`,
        run: (make) => restart(make, main, restarted),
      });
    }
    scenarios.push(
      { name: `${main} main, key waits and is accepted`, run: (make) => pending(make, main) },
      { name: `${main} main, key waits and is rejected`, run: (make) => rejected(make, main) },
    );
  }
  scenarios.push(
    { name: "both main, joins cross", run: crossed },
    { name: "theirs main, ours forgets its remotes", run: (make) => forget(make, "ours") },
    {
      name: "theirs main, theirs forgets its remotes",
      beyondReference: true,
      run: (make) => forget(make, "theirs"),
    },
  );
  for (const flavour of ["json", "msgpack"] as const) {
    scenarios.push(
      {
        name: `theirs main, our ${flavour} keep becomes theirs`,
        run: (make) => takeOver(make, "ours", flavour),
      },
      {
        name: `theirs main, their ${flavour} keep becomes ours`,
        run: (make) => takeOver(make, "theirs", flavour),
      },
    );
  }
  return scenarios;
}

/** Joins, then exchanges bodies of three sizes in both directions at once. */
async function exchange(
  make: MakeRoad,
  main: Side,
  flavour: keyof typeof FLAVOURS,
  way: Pick<RoadSetup, "loss" | "delay">,
): Promise<string> {
  const { alpha, beta, joinMs } = await joined(make, main, { ...FLAVOURS[flavour], ...way });
  const isRough = way.loss > 0 || way.delay > 0;
  const began = performance.now();
  const both = (bursts: boolean, sizes: readonly (readonly [size: number, count: number])[]) =>
    Promise.all(
      [[alpha, beta], [beta, alpha]].flatMap(([from, to]) =>
        sizes.map(([size, count]) => {
          const label = `${from.setup.name}-${size}`;
          const series = { label, size, count, bytes: flavour === "msgpack" && size === 5_000 };
          return deliver(from, to, series, bursts || isRough);
        })
      ),
    );
  await both(false, [[10, 20], [5_000, 10]]);
  // The reference sends all segments at once, more than a socket's buffer holds: that is a loss too.
  await both(true, [[100_000, 3]]);
  assertNoFaults(alpha, beta);
  if (!isRough) await assertNoComplaints(alpha, beta);
  return `joined in ${joinMs} ms, 66 messages in ${Math.round(performance.now() - began)} ms`;
}

/** Kills one side, sends to it meanwhile, starts it again from its keep. */
async function restart(make: MakeRoad, main: Side, restarted: Side): Promise<string> {
  const peers = await joined(make, main, { ...FLAVOURS.json, loss: 0, delay: 0 });
  const { alpha, beta } = peers;
  const [victim, witness] = main === restarted ? [alpha, beta] : [beta, alpha];
  await deliver(alpha, beta, { label: "before-a", size: 10, count: 3 });
  await deliver(beta, alpha, { label: "before-b", size: 10, count: 3 });

  await victim.kill();
  const meanwhile = { label: "meanwhile", size: 2_000, count: 5 };
  witness.transmit(victim.setup.name, meanwhile);
  await sleep(1_500);
  await victim.start();
  const began = performance.now();
  await until(() => isAllowed(victim, witness), 10_000, "the restarted side is allowed again");
  const backMs = Math.round(performance.now() - began);

  await eventually(victim, witness, "after-v");
  await eventually(witness, victim, "after-w");
  const outcomes = await settled(witness, meanwhile);
  const got = arrived(victim.received, meanwhile);
  const copies = victim.received.filter(({ label }) => label === meanwhile.label).length;
  if (copies > got) throw new Error(`${copies - got} of the messages sent meanwhile came twice`);
  if (outcomes && (outcomes.acknowledged ?? 0) > got) {
    throw new Error(`${outcomes.acknowledged} sent meanwhile are called acknowledged, ${got} came`);
  }
  assertNoFaults(alpha, beta);
  return `back in ${backMs} ms; of 5 sent meanwhile ${got} came, ` +
    (outcomes ? Object.entries(outcomes).map(([name, n]) => `${n} ${name}`).join(", ") : "untold");
}

/** A main that accepts nobody by itself; its operator accepts. */
async function pending(make: MakeRoad, main: Side): Promise<string> {
  const { alpha, beta } = await waiting(make, main);
  alpha.accept(beta.setup.name);
  const began = performance.now();
  await until(
    () => bothAllowed(alpha, beta),
    10_000,
    "both are allowed after the key was accepted",
  );
  const ms = Math.round(performance.now() - began);
  await deliver(beta, alpha, { label: "welcome", size: 10, count: 1 });
  assertNoFaults(alpha, beta);
  return `allowed ${ms} ms after the key was accepted`;
}

/** A main that accepts nobody by itself; its operator rejects. */
async function rejected(make: MakeRoad, main: Side): Promise<string> {
  const { alpha, beta } = await waiting(make, main);
  alpha.reject(beta.setup.name);
  await sleep(3_000);
  for (const peer of [alpha, beta]) {
    if (peer.remotes().some(({ joined }) => joined)) {
      throw new Error(`${peer.setup.name} is joined though the key was rejected`);
    }
  }
  assertNoFaults(alpha, beta);
  return "stays out";
}

/** Both begin a join with the other at the same time. */
async function crossed(make: MakeRoad): Promise<string> {
  const setup = { ...FLAVOURS.json, main: true, auto: "once", loss: 0, delay: 0, seed: 1 } as const;
  const alpha = make("ours", { name: "alpha", ...setup });
  const beta = make("theirs", { name: "beta", ...setup });
  await alpha.start();
  await beta.start();
  const began = performance.now();
  alpha.join(beta.address.host, beta.address.port);
  beta.join(alpha.address.host, alpha.address.port);
  await until(() => bothAllowed(alpha, beta), 20_000, "both are joined and allowed");
  const ms = Math.round(performance.now() - began);
  await deliver(alpha, beta, { label: "a", size: 5_000, count: 3 });
  await deliver(beta, alpha, { label: "b", size: 5_000, count: 3 });
  assertNoFaults(alpha, beta);
  return `joined in ${ms} ms`;
}

/** One side loses what it knew of the other, but not its keys; the side that is not main joins. */
async function forget(make: MakeRoad, forgetful: Side): Promise<string> {
  const { alpha, beta } = await joined(make, "theirs", { ...FLAVOURS.json, loss: 0, delay: 0 });
  const victim = forgetful === "theirs" ? alpha : beta;
  await victim.kill();
  rmSync(join(victim.setup.directory, "remote"), { recursive: true });
  await victim.start();
  const began = performance.now();
  // A peer of ours that was told of a main finds out that it was forgotten by itself.
  if (victim === beta) beta.join(alpha.address.host, alpha.address.port);
  await until(() => isAllowed(victim, victim === alpha ? beta : alpha), 20_000, "allowed again");
  const ms = Math.round(performance.now() - began);
  await eventually(alpha, beta, "after-a");
  await eventually(beta, alpha, "after-b");
  assertNoFaults(alpha, beta);
  return `allowed again after ${ms} ms`;
}

/** Whoever runs beta hands its keep over to the other implementation, which goes on as beta. */
async function takeOver(
  make: MakeRoad,
  before: Side,
  flavour: "json" | "msgpack",
): Promise<string> {
  const setup = { ...FLAVOURS[flavour], auto: "once", loss: 0, delay: 0, seed: 1 } as const;
  const alpha = make("theirs", { name: "alpha", main: true, ...setup });
  const old = make(before, { name: "beta", main: false, ...setup });
  await alpha.start();
  await old.start();
  old.join(alpha.address.host, alpha.address.port);
  await until(() => bothAllowed(alpha, old), 20_000, "both are joined and allowed");
  await old.kill();
  const beta = make(other(before), { name: "beta", main: false, ...setup });
  await beta.start();
  if (beta.address.port !== old.address.port) throw new Error("it has another port now");
  await until(() => isAllowed(beta, alpha), 10_000, "allowed again without a join");
  await eventually(alpha, beta, "after-a");
  await eventually(beta, alpha, "after-b");
  assertNoFaults(alpha, old, beta);
  return "allowed again without a join";
}

/** Starts alpha, the main, and beta, which joins it, and waits until both are allowed. */
async function joined(
  make: MakeRoad,
  main: Side,
  setup: Pick<RoadSetup, "body" | "head" | "keep" | "loss" | "delay">,
): Promise<{ alpha: RoadPeer; beta: RoadPeer; joinMs: number }> {
  const alpha = make(main, { name: "alpha", main: true, auto: "once", seed: 1, ...setup });
  const beta = make(other(main), { name: "beta", main: false, auto: "once", seed: 2, ...setup });
  await alpha.start();
  await beta.start();
  const began = performance.now();
  beta.join(alpha.address.host, alpha.address.port);
  await until(() => bothAllowed(alpha, beta), 20_000, "both are joined and allowed");
  return { alpha, beta, joinMs: Math.round(performance.now() - began) };
}

/** The same up to the point where the key of beta waits at alpha. */
async function waiting(make: MakeRoad, main: Side): Promise<{ alpha: RoadPeer; beta: RoadPeer }> {
  const setup = { ...FLAVOURS.json, loss: 0, delay: 0 };
  const alpha = make(main, { name: "alpha", main: true, auto: "never", seed: 1, ...setup });
  const beta = make(other(main), { name: "beta", main: false, auto: "once", seed: 2, ...setup });
  await alpha.start();
  await beta.start();
  beta.join(alpha.address.host, alpha.address.port);
  const waits = () => alpha.remotes().some(({ name, pending }) => name === "beta" && pending);
  await until(waits, 5_000, "the key waits at the main");
  await sleep(1_000);
  if (isAllowed(alpha, beta) || isAllowed(beta, alpha)) throw new Error("joined while it waits");
  return { alpha, beta };
}

/**
 * Sends a series and waits until it arrived whole, once, and with true outcomes: if datagrams may be
 * lost, the done of one that arrived may have been among them.
 */
async function deliver(
  from: RoadPeer,
  to: RoadPeer,
  series: Series,
  lossy = false,
): Promise<void> {
  from.transmit(to.setup.name, series);
  await until(
    () => arrived(to.received, series) === series.count,
    lossy ? 60_000 : 15_000,
    `${series.count} messages ${series.label} arrive`,
  ).catch((error) => {
    throw new Error(`${error.message}; ${arrived(to.received, series)} did`);
  });
  const outcomes = await settled(from, series);
  const fault = faultsOf(to.received, series, from.setup.name);
  if (fault) throw new Error(fault);
  if (!outcomes) return;
  const { acknowledged = 0, outcome_unknown = 0 } = outcomes;
  const certain = lossy ? acknowledged + outcome_unknown : acknowledged;
  if (certain !== series.count) {
    throw new Error(`${series.label} arrived, yet its sender was told ${JSON.stringify(outcomes)}`);
  }
}

/** Sends one message again and again until one arrives: the first ones may meet an old session. */
async function eventually(from: RoadPeer, to: RoadPeer, label: string): Promise<void> {
  const got = () => to.received.some((message) => message.label.startsWith(label));
  const end = performance.now() + 10_000;
  for (let round = 1; !got(); round++) {
    if (performance.now() > end) throw new Error(`no message ${label} arrived after the restart`);
    from.transmit(to.setup.name, { label: `${label}-${round}`, size: 10, count: 1 });
    await until(got, 1_000, label).catch(() => {});
  }
}

/** Waits until each message of a series has its outcome, at a peer that tells. */
async function settled(peer: RoadPeer, series: Series): Promise<Record<string, number> | null> {
  if (!peer.outcomes(series)) return null;
  const told = () => Object.values(peer.outcomes(series)!).reduce((sum, n) => sum + n, 0);
  await until(() => told() === series.count, 20_000, `each of ${series.label} has its outcome`);
  return peer.outcomes(series);
}

function isAllowed(peer: RoadPeer, remote: RoadPeer): boolean {
  return peer.remotes().some(({ name, joined, allowed }) =>
    name === remote.setup.name && joined && allowed
  );
}

function bothAllowed(a: RoadPeer, b: RoadPeer): boolean {
  return isAllowed(a, b) && isAllowed(b, a);
}

function assertNoFaults(...peers: RoadPeer[]): void {
  const faults = peers.flatMap((peer) =>
    peer.faults.map((fault) => `${peer.setup.name}: ${fault}`)
  );
  if (faults.length > 0) throw new Error([...new Set(faults)].join("; "));
}

async function assertNoComplaints(...peers: RoadPeer[]): Promise<void> {
  for (const peer of peers) {
    const complaints = await peer.complaints();
    if (Object.keys(complaints).length === 0) continue;
    throw new Error(`${peer.setup.name} complains: ${JSON.stringify(complaints)}`);
  }
}
