import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Flag, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { areReady, isKind, joined, packetOf } from "../support/road_pair.ts";
import type { SimEstate, SimRoad } from "../support/sim_road.ts";

const { alive, allow } = TransactionKind;

interface GrownOld {
  readonly world: SimRoad;
  readonly alpha: SimEstate;
  readonly beta: SimEstate;
  /** Questions and hellos of beta's sessions. */
  readonly old: readonly Uint8Array[];
  /** Beta's files as they were before. */
  readonly home: ReadonlyMap<string, Uint8Array>;
}

/** Alpha, and a beta that has begun some sessions. */
function grownOld(): GrownOld {
  const settings = { alivePeriodMs: 1000 };
  const [world, alpha, beta] = joined({ mutable: true, settings }, { settings });
  const home = new Map(beta.store.files);
  for (let n = 0; n < 5; n++) {
    beta.kill();
    beta.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  }
  world.recording = true;
  world.run(10_000);
  beta.up.begin("allow", "alpha", world.now);
  world.collect();
  world.run(10_000);
  world.recording = false;
  const old = world.sent.filter(({ from, bytes }) => from === "beta" && isBegun(bytes));
  assert.ok(old.some(({ bytes }) => isKind(bytes, alive)));
  assert.ok(old.some(({ bytes }) => isKind(bytes, allow, PacketKind.hello)));
  return { world, alpha, beta, old: old.map(({ bytes }) => bytes), home };
}

/** Whether a packet is of something that its sender began. */
function isBegun(bytes: Uint8Array): boolean {
  const packet = packetOf(bytes, alive) ?? packetOf(bytes, allow);
  return packet !== null && (packet.head.flags & Flag.correspondent) === 0;
}

function assertTalk(world: SimRoad, alpha: SimEstate, beta: SimEstate): void {
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000), "ready");
  for (const [from, to] of [[alpha, beta], [beta, alpha]]) {
    const handle = from.send({ n: 1 }, to.name);
    world.run(3000);
    assert.deepEqual(from.outcomes.get(handle), ["acknowledged"]);
  }
  assert.ok(areReady(alpha, beta));
}

describe("what an estate said before it was started, said again by somebody,", () => {
  it("is no sign of life", () => {
    const { world, alpha, beta, old } = grownOld();
    beta.kill();
    alpha.kill();
    alpha.start();
    alpha.events.length = 0;
    for (const bytes of old) world.inject(bytes, beta.address, alpha.address);
    world.run(100);
    assert.deepEqual(alpha.states("beta"), []);
    assert.equal(alpha.remote("beta")!.alive, null);
  });

  it("doesn't keep an older home of it, restored, from being heard", () => {
    const { world, alpha, beta, old, home } = grownOld();
    for (const estate of [alpha, beta]) estate.kill();
    beta.store.files.clear();
    for (const [path, bytes] of home) beta.store.files.set(path, bytes);
    // The session is of alpha's making, and beta says nothing by itself.
    world.weather.drops = (from, _to, bytes) =>
      from === "beta" && isKind(bytes, allow, PacketKind.hello);
    beta.start();
    alpha.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
    for (const bytes of old) world.inject(bytes, beta.address, alpha.address);
    world.weather.drops = null;
    assertTalk(world, alpha, beta);
  });
});
