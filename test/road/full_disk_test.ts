import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fillDisk, goOnAfterFaults } from "../support/full_disk.ts";
import { areReady, joined } from "../support/road_pair.ts";
import { type SimEstate, SimRoad } from "../support/sim_road.ts";

function talk(world: SimRoad, a: SimEstate, b: SimEstate): void {
  for (const [from, to] of [[a, b], [b, a]]) {
    from.events.length = 0; // a stack that was started again counts its handles anew
    const handle = from.send({ are: "you there" }, to.name);
    assert.ok(world.runUntil(() => from.outcomes.has(handle), 30_000), `${from.name} is told`);
    assert.deepEqual(from.outcomes.get(handle), ["acknowledged"]);
  }
}

describe("an estate whose disk is full", () => {
  it("agrees on sessions with those that it knows, and writes them down later", () => {
    const [world, alpha, beta] = joined();
    const before = beta.up.remote("alpha")!.sessionId;
    alpha.kill();
    alpha.start();
    const free = fillDisk(alpha);
    assert.ok(world.runUntil(() => beta.up.remote("alpha")!.sessionId !== before, 60_000));
    assert.ok(world.runUntil(() => areReady(alpha, beta), 60_000));
    talk(world, alpha, beta);
    assert.ok(alpha.up.counters.get("records_unsaved") > 0);
    const unsaved = alpha.store.changes;
    free();
    world.run(20_000);
    assert.ok(alpha.store.changes > unsaved, "written at last");
    talk(world, alpha, beta);
  });

  it("and that crashes before they are written finds its way back", () => {
    const [world, alpha, beta] = joined();
    for (let round = 0; round < 3; round++) {
      const free = fillDisk(alpha);
      for (const estate of [beta, alpha]) {
        estate.kill();
        world.run(100);
        estate.start();
        assert.ok(world.runUntil(() => areReady(alpha, beta), 60_000), `round ${round}`);
        world.run(1000);
      }
      free();
      talk(world, alpha, beta);
    }
  });

  it("has a stranger ask again, and answers once it can write", () => {
    const world = new SimRoad(1);
    const [alpha, beta] = [world.add("alpha", { main: true, auto: "never" }), world.add("beta")];
    const free = fillDisk(alpha);
    goOnAfterFaults(alpha);
    beta.join(alpha);
    world.run(3000);
    free();
    assert.ok(world.runUntil(() => alpha.states("beta").includes("pending"), 10_000));
    alpha.up.keys.accept("beta", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  });

  it("looks at each join that waits for whether the one on record lives, and goes on with that one", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, mutable: true, auto: "never" });
    const beta = world.add("beta");
    beta.join(alpha);
    world.run(1000);
    alpha.up.keys.accept("beta", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
    beta.kill();
    const roles = ["one", "two"];
    const others = roles.map((role, n) => world.add("beta", { role, port: 9000 + n }));
    for (const other of others) other.takeKeysOf(beta);
    goOnAfterFaults(alpha);
    const free = fillDisk(alpha);
    for (const other of others) other.join(alpha);
    world.run(4000);
    assert.equal(alpha.remote("beta")!.alive, false);
    const underWay = alpha.up.transactions(world.now);
    assert.ok(underWay.some(({ kind, ours }) => kind === "join" && ours), "it is sought");
    free();
    const areKnown = () => {
      const known = alpha.up.keys.list().map(({ role }) => role);
      return roles.every((role) => known.includes(role));
    };
    assert.ok(world.runUntil(areKnown, 30_000), "each is asked for");
  });

  it("joins anew once it can write, also a main that had forgotten it", () => {
    const [world, alpha, beta] = joined({}, { mutable: true });
    // Alpha's number for beta is another one from now on, which beta has proven before it takes it.
    const gamma = world.add("gamma");
    alpha.up.keys.remove("beta", world.now);
    world.collect();
    gamma.join(alpha);
    alpha.up.tune({ automatic: false }); // as a reference it begins nothing by itself
    goOnAfterFaults(beta);
    const free = fillDisk(beta);
    world.run(20_000);
    free();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 120_000), "it joins");
    talk(world, alpha, beta);
  });

  it("hears an estate that moved meanwhile once it can write, though it sought it where it was", () => {
    const [world, alpha, beta] = joined({ mutable: true });
    goOnAfterFaults(alpha);
    world.weather.drops = () => true;
    assert.ok(world.runUntil(() => alpha.remote("beta")!.alive === false, 30_000));
    const free = fillDisk(alpha);
    beta.address = { ...beta.address, port: 20_001 };
    world.weather.drops = null;
    world.run(12_000);
    free();
    const hears = ([one, other]: SimEstate[]) => one.remote(other.name)!.alive === true;
    const pairs = [[alpha, beta], [beta, alpha]];
    assert.ok(world.runUntil(() => pairs.every(hears), 10_000), "they hear each other");
    world.run(10_000);
    assert.ok(pairs.every(hears), "and go on doing so");
    assert.equal(alpha.remote("beta")!.address.port, 20_001);
    const ours = alpha.up.transactions(world.now).filter(({ kind, ours }) =>
      kind === "join" && ours
    );
    assert.deepEqual(ours, [], "alpha seeks it there no more");
    talk(world, alpha, beta);
  });
});
