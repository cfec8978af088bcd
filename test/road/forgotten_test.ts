import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { areReady, isKind, joined } from "../support/road_pair.ts";
import { SimRoad } from "../support/sim_road.ts";

const { allow, join } = TransactionKind;

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
