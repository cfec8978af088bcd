/**
 * Joins and handshakes that both sides begin at once, in weather that doubles and reorders their packets:
 * both end with the same keys.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { forgeRequest } from "../support/forge.ts";
import { seededChance, type SimEstate, type SimRoad } from "../support/sim_road.ts";
import { areReady, isKind, joined, packetOf } from "../support/road_pair.ts";

it("handshakes that cross leave both sides with the keys of one of them", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const [world, alpha, beta] = joined({}, {}, seed);
    const chance = seededChance(seed);
    Object.assign(world.weather, { latencyMs: 10, jitterMs: 100, doubleShare: 0.5 });
    for (let round = 0; round < 3; round++) {
      for (const [one, other] of [[alpha, beta], [beta, alpha]]) {
        world.run(100 * chance());
        one.up.begin("allow", other.name, world.now);
        world.collect();
      }
    }
    world.run(1000);
    Object.assign(world.weather, { latencyMs: 0.5, jitterMs: 0, doubleShare: 0 });
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000), `seed ${seed}: in a session`);
    for (const [one, other] of [[alpha, beta], [beta, alpha]]) {
      const handle = one.send({ is: "through" }, other.name);
      assert.ok(
        world.runUntil(() => one.outcomes.has(handle), 10_000),
        `seed ${seed}: ${one.name}`,
      );
      assert.deepEqual(one.outcomes.get(handle), ["acknowledged"], `seed ${seed}`);
    }
  }
});

it("of two handshakes whose initiates cross one goes on, and no third one is needed", () => {
  const [world, alpha, beta] = joined();
  world.weather.latencyMs = 20;
  const isAllow = (bytes: Uint8Array, kind: number) => isKind(bytes, TransactionKind.allow, kind);
  let late: Uint8Array | null = null;
  let initiates = 0;
  world.weather.drops = (from, _to, bytes) => {
    if (from === "alpha" && isAllow(bytes, PacketKind.initiate)) initiates++;
    if (late || from !== "alpha" || !isAllow(bytes, PacketKind.cookie)) return false;
    late = bytes;
    return true;
  };
  const allowedOf = (one: typeof alpha, other: typeof alpha) =>
    one.states(other.name).filter((state) => state === "allowed").length;
  const before = [allowedOf(alpha, beta), allowedOf(beta, alpha)];
  beta.up.begin("allow", "alpha", world.now);
  world.collect();
  assert.ok(world.runUntil(() => late !== null, 100));
  alpha.up.begin("allow", "beta", world.now);
  world.collect();
  assert.ok(world.runUntil(() => initiates > 0, 100));
  // The cookie comes late: beta sends its initiate while that of alpha is on its way.
  world.inject(late!, alpha.address, beta.address);
  assert.ok(world.runUntil(() => areReady(alpha, beta), 1000), "in a session");
  world.run(1000);
  const after = [allowedOf(alpha, beta), allowedOf(beta, alpha)];
  assert.deepEqual(after.map((count, i) => count - before[i]), [1, 1]);
});

it("a join that waits for its proof asks no more, though another one crosses it", () => {
  const [world, alpha, beta] = joined({ mutable: true }, { main: true, mutable: true });
  goAndForgetAlpha(beta);
  world.run(8000);
  let isAcked = false;
  world.weather.drops = (from, _to, bytes) => {
    isAcked ||= from === "alpha" && isKind(bytes, TransactionKind.join, PacketKind.ack);
    return isAcked && from === "beta" && !isKind(bytes, TransactionKind.join);
  };
  beta.start();
  assert.ok(world.runUntil(() => isAcked, 20_000), "alpha waits for its proof");
  world.run(1500);
  const crossing = forgeRequest("beta", 5, { sourceId: 5, transactionId: 99 });
  world.inject(crossing, beta.address, alpha.address);
  world.run(100);
  world.weather.drops = null;
  assert.ok(world.runUntil(() => areReady(alpha, beta), 30_000));
  world.run(30_000);
  world.recording = true;
  world.run(120_000);
  const requests = world.sent.filter(({ bytes }) =>
    isKind(bytes, TransactionKind.join, PacketKind.request)
  );
  assert.equal(requests.length, 0);
});

it("a join is asked for one proof only, whatever else whoever joined says meanwhile", () => {
  const [world, alpha, beta] = joined({ mutable: true });
  beta.kill();
  beta.loseHome();
  const asked = new Set<number>();
  let acks = 0;
  world.weather.drops = (from, _to, bytes) => {
    if (from === "beta" && isKind(bytes, TransactionKind.join, PacketKind.ack)) acks++;
    const packet = packetOf(bytes, TransactionKind.alive);
    if (from !== "alpha" || packet?.head.packetKind !== PacketKind.request) return false;
    // Before that it asks who is on record.
    if (acks > 0) asked.add(packet.head.transactionId);
    return true;
  };
  beta.start().join(alpha);
  assert.ok(world.runUntil(() => acks > 0, 10_000));
  world.run(4000);
  // One for the join of either side.
  assert.ok(asked.size <= 2, `${asked.size} proofs`);
  world.weather.drops = null;
  assert.ok(world.runUntil(() => areReady(alpha, beta), 20_000));
});

describe("a join whose proof can't come any more is made anew at once, however many were in vain", () => {
  /** Beta goes four times as alpha waits for its proof, and forgets alpha; then all is well. */
  const assertJoinedSoon = (world: SimRoad, alpha: SimEstate, beta: SimEstate) => {
    for (let time = 0; time < 4; time++) {
      let isAcked = false;
      world.weather.drops = (from, _to, bytes) => {
        isAcked ||= from === "alpha" && isKind(bytes, TransactionKind.join, PacketKind.ack);
        return isAcked;
      };
      beta.start();
      assert.ok(world.runUntil(() => isAcked, 20_000), "alpha waits for its proof");
      goAndForgetAlpha(beta);
    }
    world.weather.drops = null;
    beta.start();
    // Five seconds for the proof, two for an alive, and no pause on top.
    assert.ok(world.runUntil(() => areReady(alpha, beta), 8000), "joined and allowed");
  };

  it("with one on record", () => {
    const [world, alpha, beta] = joined({ mutable: true }, { main: true, mutable: true });
    goAndForgetAlpha(beta);
    world.run(8000);
    assertJoinedSoon(world, alpha, beta);
  });

  it("at another address, where our operator says that it is now", () => {
    const [world, alpha, beta] = joined({ mutable: true }, { main: true, mutable: true });
    goAndForgetAlpha(beta);
    world.run(8000);
    beta.address = { host: "10.0.0.1", port: 7100 };
    alpha.join(beta);
    assertJoinedSoon(world, alpha, beta);
  });
});

/** It loses what it knew of alpha, and keeps its keys. */
function goAndForgetAlpha(beta: SimEstate): void {
  beta.kill();
  for (const path of [...beta.store.files.keys()]) {
    if (path.includes("alpha")) beta.store.files.delete(path);
  }
}
