import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fingerprint, groupFingerprint } from "../../src/crypto/fingerprint.ts";
import { areReady } from "../support/road_pair.ts";
import { type SimEstate, type SimOptions, SimRoad } from "../support/sim_road.ts";

/** What an operator reads off the screen of an estate, which must have been seen by another. */
function fingerprintOf(estate: SimEstate, seenBy: SimEstate): string {
  const key = seenBy.up.keys.list().find(({ role }) => role === estate.name)!;
  return fingerprint(key.verifyKey, key.boxKey);
}

/** A main, a beta that is to join it, and the main's fingerprint. */
function pinned(options: SimOptions = {}): [SimRoad, SimEstate, SimEstate, string] {
  const world = new SimRoad(3);
  const alpha = world.add("alpha", { main: true });
  const witness = world.add("witness");
  witness.join(alpha);
  world.run(100);
  return [world, alpha, world.add("beta", options), fingerprintOf(alpha, witness)];
}

/** Somebody else answers at the main's address from now on, under its name. */
function replace(world: SimRoad, alpha: SimEstate): SimEstate {
  alpha.kill();
  const stranger = world.add("alpha", { main: true });
  stranger.loseHome();
  stranger.address = alpha.address;
  alpha.address = { host: "10.0.0.99", port: 1 };
  return stranger.start();
}

/** Beta has joined a stranger at alpha's address, and is told alpha's pin only then. */
function pinnedTooLate() {
  const [world, alpha, beta, pin] = pinned({ auto: "once" });
  const stranger = replace(world, alpha);
  beta.join(stranger);
  assert.ok(world.runUntil(() => areReady(stranger, beta), 1000));
  beta.up.join(stranger.address, world.now, pin);
  world.collect();
  assert.equal(beta.remote("alpha")!.rejected, true);
  return { world, beta, stranger };
}

describe("a pin", () => {
  it("is the operator's word: the key that it names needs no other, in any mode", () => {
    const [world, alpha, beta, pin] = pinned({ auto: "never" });
    beta.up.join(alpha.address, world.now, pin);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
    assert.deepEqual(beta.up.keys.list().map(({ acceptance }) => acceptance), ["accepted"]);
  });

  it("keeps a stranger at the main's address out, and says both fingerprints", () => {
    const [world, alpha, beta, pin] = pinned({ auto: "always" });
    const stranger = replace(world, alpha);
    beta.up.join(stranger.address, world.now, pin);
    world.collect();
    world.run(60_000);
    assert.equal(beta.up.remotes().filter(({ state }) => state !== "joining").length, 0);
    const why = beta.events.flatMap((event) => event.type === "rejected" ? [event.why ?? ""] : []);
    assert.ok(why.length > 0);
    assert.ok(why.every((text) => text.includes(groupFingerprint(pin))), why[0]);
    assert.match(why[0], /is( [0-9a-f]{4}){16}, expected( [0-9a-f]{4}){16}$/);
    assert.ok(![...beta.store.files.keys()].some((path) => path.includes("/role/remote/")));
    // And lets the main in once it is there.
    stranger.kill();
    alpha.address = stranger.address;
    alpha.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 70_000));
  });

  it("also ends what goes on with a key that was taken unseen before", () => {
    const { world, beta } = pinnedTooLate();
    assert.throws(() => beta.send({}, "alpha"), { code: "rejected" });
    beta.up.keys.accept("alpha", world.now);
    world.collect();
    world.run(10_000);
    assert.equal(beta.remote("alpha")!.rejected, true, "the pin is not taken back by that");
  });

  it("holds for whoever joins us from there, too", () => {
    const [world, alpha, , pin] = pinned();
    const gamma = world.add("gamma", { main: true, auto: "always" });
    const stranger = replace(world, alpha);
    gamma.up.join(stranger.address, world.now, pin);
    stranger.join(gamma);
    world.run(30_000);
    assert.equal(areReady(stranger, gamma), false);
    assert.equal(stranger.states("gamma").includes("joined"), false);
  });

  it("holds no more once it is taken back, and who it kept out is let in as before", () => {
    const { world, beta, stranger } = pinnedTooLate();
    beta.up.join(stranger.address, world.now);
    world.collect();
    assert.equal(beta.remote("alpha")!.rejected, false);
    assert.ok(world.runUntil(() => areReady(stranger, beta), 60_000));
  });

  it("lets the key in that it names where another one waits under its role", () => {
    const [world, alpha, beta, pin] = pinned({ auto: "never" });
    const stranger = replace(world, alpha);
    beta.join(stranger);
    assert.ok(world.runUntil(() => beta.states().includes("pending"), 1000));
    stranger.kill();
    alpha.address = stranger.address;
    alpha.start();
    beta.up.join(alpha.address, world.now, pin);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 60_000));
  });

  it("decides at once about a key that waits for an operator, whichever side began", () => {
    const [world, alpha, beta, pin] = pinned({ auto: "never" });
    beta.join(alpha);
    assert.ok(world.runUntil(() => beta.states().includes("pending"), 1000));
    beta.up.join(alpha.address, world.now, pin);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));

    const gamma = world.add("gamma", { main: true, auto: "never" });
    alpha.join(gamma);
    assert.ok(world.runUntil(() => gamma.states().includes("pending"), 1000));
    gamma.up.join(alpha.address, world.now, "00".repeat(32));
    world.collect();
    world.run(100);
    assert.deepEqual(gamma.up.remotes().map(({ state }) => state), ["joining"]);
    gamma.up.join(alpha.address, world.now, pin);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, gamma), 60_000));
  });

  it("goes with the address, where nothing is to be joined any more; who is joined stays", () => {
    const [world, alpha, beta, pin] = pinned();
    const nobody = { host: "10.0.7.7", port: 7 };
    beta.up.join(alpha.address, world.now, pin);
    beta.up.join(nobody, world.now, pin);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
    assert.equal(beta.up.remotes().length, 2);
    for (const address of [alpha.address, nobody]) beta.up.leave(address, world.now);
    world.collect();
    assert.equal(beta.up.remotes().length, 1, "no join goes on with nobody");
    world.run(60_000);
    assert.ok(areReady(alpha, beta));
    // What is at that address now may be anybody.
    const stranger = replace(world, alpha);
    beta.up.keys.remove("alpha", world.now);
    beta.up.join(stranger.address, world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(stranger, beta), 60_000));
  });

  it("goes along when the host's name leads elsewhere", () => {
    const [world, alpha, beta, pin] = pinned({ auto: "once" });
    const address = { host: "10.0.9.9", port: 9 };
    beta.up.join(address, world.now, pin);
    world.collect();
    world.run(100);
    const stranger = replace(world, alpha);
    beta.up.setAddress(address, stranger.address, world.now);
    world.collect();
    world.run(30_000);
    assert.equal(areReady(stranger, beta), false);
    assert.ok(beta.states().includes("rejected"));
  });
});
