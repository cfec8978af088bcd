/**
 * Within ten seconds of the end of whatever kept them apart estates are joined and hear each other.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { areReady, isKind, joined } from "../support/road_pair.ts";
import { type SimEstate, SimRoad } from "../support/sim_road.ts";

const SOON_MS = 10_000;

function hearEachOther(a: SimEstate, b: SimEstate): boolean {
  return areReady(a, b) && a.remote(b.name)!.alive === true && b.remote(a.name)!.alive === true;
}

function assertSoon(
  world: SimRoad,
  a: SimEstate,
  b: SimEstate,
  how: string,
  withinMs = SOON_MS,
): void {
  const from = world.now;
  assert.ok(world.runUntil(() => hearEachOther(a, b), 60_000), how);
  const ms = Math.round(world.now - from);
  assert.ok(ms <= withinMs, `${how}: after ${ms} ms`);
}

describe("soon an estate is joined and heard", () => {
  it("that was refused for long, once the reason is over", () => {
    const [world, alpha, beta] = joined({ mutable: true });
    const heir = world.add("beta");
    heir.join(alpha);
    world.run(200_000);
    assert.ok(heir.states().includes("refused"), "the one that lives is not replaced");
    beta.kill();
    assertSoon(world, alpha, heir, "once that is gone");
  });

  it("that moved in the middle of a handshake", () => {
    for (const [who, afterMs] of [["beta", 1.2], ["alpha", 1.7]] as const) {
      const [world, alpha, beta] = joined({ mutable: true });
      const [one, other] = who === "beta" ? [beta, alpha] : [alpha, beta];
      one.up.begin("allow", other.name, world.now);
      world.collect();
      world.run(afterMs);
      beta.address = { ...beta.address, port: 20_001 };
      world.run(10);
      assert.ok(!areReady(alpha, beta), "it came to nothing");
      assertSoon(world, alpha, beta, `${who}'s, after ${afterMs} ms`);
    }
  });

  it("that has a home from before the other's keys and numbers, and whose joins cross", () => {
    for (const restored of ["alpha", "beta"]) {
      const [world, alpha, beta] = joined({ mutable: true }, { mutable: true });
      const [one, other] = restored === "alpha" ? [alpha, beta] : [beta, alpha];
      const copy = new Map(one.store.files);
      other.renewKeys();
      world.run(5000);
      beta.up.keys.remove("alpha", world.now);
      beta.join(alpha);
      assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
      for (const estate of [alpha, beta]) estate.kill();
      one.putBack(copy);
      for (const estate of [alpha, beta]) estate.start();
      assertSoon(world, alpha, beta, `the home of ${restored}`);
    }
  });

  it("that lost its home while it was sought", () => {
    for (let awayMs = 3_000; awayMs < 23_000; awayMs += 250) {
      const [world, alpha, beta] = joined({ mutable: true });
      beta.kill();
      beta.loseHome();
      world.run(awayMs);
      beta.start().join(alpha);
      assertSoon(world, alpha, beta, `away for ${awayMs} ms`, 6000);
    }
  });

  it("that came to nothing but its join, and lost its home while it was sought", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, mutable: true });
    const beta = world.add("beta");
    beta.join(alpha);
    assert.ok(world.runUntil(() => alpha.remote("beta")?.state === "joined", 3000));
    beta.kill();
    beta.loseHome();
    alpha.up.begin("join", "beta", world.now);
    world.collect();
    world.run(1000);
    beta.start().join(alpha);
    assertSoon(world, alpha, beta, "once it is back", 1000);
  });

  it("whose number was that of another before the main lost its home", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, mutable: true });
    const beta = world.add("beta", { mutable: true });
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 3000));
    alpha.kill();
    alpha.loseHome();
    alpha.start();
    const gamma = world.add("gamma");
    world.weather.drops = (from, _to, bytes) =>
      from === "gamma" && !isKind(bytes, TransactionKind.join, PacketKind.request);
    gamma.join(alpha);
    world.run(1000);
    assert.ok(
      !alpha.states("gamma").includes("joined"),
      "it has a number that is on no record yet",
    );
    beta.up.begin("join", "alpha", world.now);
    world.collect();
    world.run(10);
    world.weather.drops = null;
    assertSoon(world, alpha, beta, "whose it was", 1000);
    assertSoon(world, alpha, gamma, "whose it is", 3000);
  });
});

it("whoever is turned down again and again asks often enough that two such times fit into ten seconds", () => {
  const [world, alpha] = joined();
  // Where a road is immutable nobody is taken elsewhere than at the address on record.
  alpha.address = { host: "10.0.0.2", port: 4505 };
  world.run(60_000);
  world.recording = true;
  world.run(60_000);
  const asked = world.sent
    .filter(({ from, bytes }) =>
      from === "alpha" && isKind(bytes, TransactionKind.join, PacketKind.request)
    )
    .map(({ at }) => at);
  assert.ok(asked.length > 10, `${asked.length} times`);
  const pauses = asked.slice(1).map((at, i) => at - asked[i]);
  assert.ok(Math.max(...pauses) < SOON_MS / 2, `after ${Math.round(Math.max(...pauses))} ms`);
});
