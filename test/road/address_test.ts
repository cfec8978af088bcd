import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransactionKind } from "../../src/wire/kinds.ts";
import { ATTACKER } from "../support/forge.ts";
import { areReady, isKind, joined } from "../support/road_pair.ts";
import { SimRoad } from "../support/sim_road.ts";

describe("addresses", () => {
  it("may be of IPv6", () => {
    const world = new SimRoad(1);
    const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
    alpha.address = { host: "fe80::1%eth0", port: 4505 };
    beta.address = { host: "::1", port: 4506 };
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 100));
    assert.deepEqual(alpha.remote("beta")!.address, { host: "::1", port: 4506 });
  });

  it("that a name leads to now are taken up by a join that nobody answered", () => {
    const world = new SimRoad(1);
    const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
    beta.up.join({ host: "10.9.9.9", port: 1 }, world.now);
    world.run(5000);
    assert.equal(beta.up.remotes()[0].state, "joining");
    beta.up.setAddress({ host: "10.9.9.9", port: 1 }, alpha.address, world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 100));
    assert.equal(beta.up.remotes().length, 1);
  });

  it("that a name leads to now are taken up by a remote that is silent, also on an immutable road", () => {
    const world = new SimRoad(1);
    const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
    beta.join(alpha);
    world.run(100);
    alpha.address = { host: "10.0.0.2", port: 4505 };
    world.run(20_000);
    assert.equal(beta.remote("alpha")!.alive, false);
    beta.up.setAddress(beta.remote("alpha")!.address, alpha.address, world.now);
    world.collect();
    assert.ok(world.runUntil(() => beta.remote("alpha")!.alive === true, 10_000));
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(100);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });

  it("that changed for both sides' silence are taken up, whichever name sorts lower", () => {
    for (const [main, other] of [["alpha", "beta"], ["beta", "alpha"]]) {
      const world = new SimRoad(1);
      const there = world.add(main, { main: true, mutable: true });
      const mover = world.add(other, { mutable: true });
      mover.join(there);
      assert.ok(world.runUntil(() => areReady(there, mover), 1000));
      // Long enough for each to have begun a join with the other at its old address.
      world.weather.drops = () => true;
      world.run(20_000);
      world.weather.drops = null;
      mover.address = { host: "10.0.0.1", port: 7999 };
      const isHeard = () =>
        there.remote(other)!.alive === true && mover.remote(main)!.alive === true;
      assert.ok(world.runUntil(isHeard, 10_000), `${main} is the main`);
    }
  });

  it("that are those of two on record keep neither from being joined anew, whoever asks there first", () => {
    for (const names of [["alpha", "omega"], ["omega", "alpha"]]) {
      const [world, alpha, beta] = joined({ mutable: true }, { mutable: true });
      const omega = world.add("omega", { main: true, mutable: true });
      beta.join(omega);
      assert.ok(world.runUntil(() => areReady(omega, beta), 1000));
      alpha.kill();
      omega.kill();
      omega.store.files.clear(); // it has forgotten beta
      omega.start();
      beta.up.setAddress(alpha.address, omega.address, world.now);
      for (const name of names) beta.up.begin("join", name, world.now);
      world.collect();
      assert.ok(world.runUntil(() => areReady(omega, beta), 20_000), `${names[0]} first`);
    }
  });

  it("that an estate on record moves to are not joined beside it", () => {
    const [world, alpha, beta] = joined({ mutable: true }, { mutable: true });
    const [from, to] = [alpha.address, { host: "10.0.0.9", port: 7555 }];
    // Another name of its host, which leads there already.
    beta.up.join(to, world.now);
    world.run(1000);
    alpha.address = to;
    beta.up.setAddress(from, to, world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
    world.run(10_000);
    assert.deepEqual(beta.up.remotes().map(({ name, state }) => [name, state]), [[
      "alpha",
      "allowed",
    ]]);
    beta.events.length = 0;
    world.run(60_000);
    assert.deepEqual(beta.states(), []);
  });

  it("that both have changed while both were down are taken up, where one is told of the other's", () => {
    for (const [main, other] of [["alpha", "beta"], ["beta", "alpha"]]) {
      const world = new SimRoad(1);
      const there = world.add(main, { main: true, mutable: true });
      const mover = world.add(other, { mutable: true });
      mover.join(there);
      assert.ok(world.runUntil(() => areReady(there, mover), 1000));
      for (const estate of [there, mover]) estate.kill();
      there.address = { host: "10.0.0.1", port: 7998 };
      mover.address = { host: "10.0.0.1", port: 7999 };
      there.start();
      mover.start().join(there);
      assert.ok(world.runUntil(() => areReady(there, mover), 10_000), `${main} is the main`);
      assert.deepEqual(there.remote(other)!.address, mover.address);
      assert.deepEqual(mover.remote(main)!.address, there.address);
    }
  });

  it("that a join finds somebody at hold for all, though it was asked to join at its old one as well", () => {
    const [world, alpha, beta] = joined({ mutable: true }, { mutable: true });
    for (const estate of [alpha, beta]) estate.kill();
    alpha.address = { host: "10.0.0.1", port: 7998 };
    beta.address = { host: "10.0.0.1", port: 7999 };
    beta.start().join(alpha);
    // Long enough for beta to have begun a join with it at its old address as well.
    world.run(20_000);
    alpha.start();
    // Nobody showed alpha that beta is there, so it has no bytes to spend on that.
    world.weather.drops = (from, _to, bytes) =>
      from === "alpha" && isKind(bytes, TransactionKind.allow);
    world.run(20_000);
    world.weather.drops = null;
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  });

  it("of a signed packet don't matter: answers go to the one on record", () => {
    const world = new SimRoad(1);
    const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
    beta.join(alpha);
    world.run(100);
    world.recording = true;
    // Somebody relays what beta sends, under an address of their own.
    world.weather.drops = (from, _to, bytes) => {
      if (from !== "beta") return false;
      alpha.up.receive(bytes, ATTACKER, world.now);
      return true;
    };
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(1000);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.deepEqual(alpha.remote("beta")!.address, beta.address);
    assert.ok(world.sent.every(({ to }) => to !== "10.6.6.6:6666"));
  });
});

describe("several estates", () => {
  it("may bear one role and its keys, and are judged together", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, auto: "never" });
    const [one, two] = [world.add("one", { role: "web" }), world.add("two", { role: "web" })];
    two.takeKeysOf(one);
    one.join(alpha);
    two.join(alpha);
    world.run(1000);
    assert.deepEqual(alpha.up.keys.list().map(({ role, estates }) => [role, estates]), [
      ["web", ["one", "two"]],
    ]);
    alpha.up.keys.accept("one", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, one) && areReady(alpha, two), 1000));
    alpha.up.keys.reject("web", world.now);
    world.collect();
    world.run(6000);
    assert.deepEqual([areReady(alpha, one), areReady(alpha, two)], [false, false]);
  });

  it("with names that differ in case only are two", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true });
    const [lower, upper] = [world.add("web"), world.add("WEB")];
    lower.join(alpha);
    upper.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, lower) && areReady(alpha, upper), 1000));
    alpha.kill();
    alpha.start();
    assert.ok(world.runUntil(() => areReady(alpha, lower) && areReady(alpha, upper), 1000));
  });
});
