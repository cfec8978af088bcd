import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Keep } from "../../src/keep/keep.ts";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { areReady, isKind, joined } from "../support/road_pair.ts";
import { SimRoad } from "../support/sim_road.ts";

const { alive, allow, join } = TransactionKind;

describe("an estate that was forgotten before it showed its keys", () => {
  it("joins again, also where the last join was the other side's", () => {
    const [world, alpha, beta] = joined({ mutable: true });
    world.weather.drops = (_from, _to, bytes) => isKind(bytes, allow);
    beta.up.keys.remove("alpha", world.now);
    beta.join(alpha);
    assert.ok(world.runUntil(() => beta.remote("alpha")?.state === "joined", 10_000));
    world.run(100);
    alpha.up.begin("join", "beta", world.now);
    world.collect();
    world.run(100);
    alpha.up.keys.remove("beta", world.now);
    world.weather.drops = null;
    assert.ok(world.runUntil(() => areReady(alpha, beta), 20_000));
  });

  it("is told of though there was no session to end, as messages may wait for one", () => {
    const [world, alpha, beta] = joined({ mutable: true });
    alpha.kill();
    beta.kill();
    beta.start();
    assert.equal(beta.remote("alpha")!.ready, false);
    const before = beta.states("alpha").length;
    beta.up.keys.remove("alpha", world.now);
    world.collect();
    assert.deepEqual(beta.states("alpha").slice(before), ["unready"]);
  });

  it("is joined by a main that was told to, also where the last join was the other side's", () => {
    const world = new SimRoad(1);
    const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta", { main: true })];
    world.weather.drops = (from, _to, bytes) =>
      isKind(bytes, allow) || from === "beta" && isKind(bytes, join, PacketKind.request);
    beta.join(alpha);
    alpha.join(beta);
    world.run(1000);
    assert.equal(beta.remote("alpha")!.state, "joined");
    // Alpha forgets beta, and that it was told to join it.
    alpha.loseHome();
    alpha.start();
    world.weather.drops = null;
    assert.ok(world.runUntil(() => areReady(alpha, beta), 20_000));
  });
});

describe("an estate that is forgotten while it has to prove what it said in a join", () => {
  it("stays forgotten: no packet goes to it, and nothing of it is written", () => {
    const options = { auto: "once", mutable: true } as const;
    const [world, alpha, beta] = joined(options, options);
    world.run(10_000);
    // It numbers beta anew, so beta asks it for a sign, which doesn't come.
    alpha.kill();
    new Keep(alpha.store, "alpha").removeRemote("beta");
    let isAsked = false;
    world.weather.drops = (from, _to, bytes) => {
      isAsked ||= from === "beta" && isKind(bytes, join, PacketKind.ack);
      return isKind(bytes, alive);
    };
    alpha.start();
    assert.ok(world.runUntil(() => isAsked, 60_000));
    beta.up.keys.remove("alpha", world.now);
    world.collect();
    alpha.kill();
    const files = [...beta.store.files.keys()];
    world.run(6000);
    const before = world.packets;
    world.run(60_000);
    assert.equal(world.packets, before);
    assert.deepEqual([...beta.store.files.keys()], files);
    assert.equal(beta.up.deadline(), Infinity);
  });
});
