/**
 * Whether a main goes on asking for an estate that it has not heard of for long.
 *
 * @module
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { areReady, isKind, joined } from "../support/road_pair.ts";

it("an estate that was given up in the middle of its handshakes is asked for again once it is heard of", () => {
  const [world, alpha, beta] = joined({ settings: { reapAfterMs: 20_000 } });
  // Its answers come as far as the cookie, for as long as alpha has patience.
  world.weather.drops = (from, _to, bytes) =>
    from === "beta" && !isKind(bytes, TransactionKind.join) &&
    !isKind(bytes, TransactionKind.allow, PacketKind.cookie);
  alpha.up.begin("allow", "beta", world.now);
  world.collect();
  assert.ok(world.runUntil(() => alpha.states("beta").includes("reaped"), 40_000), "given up");
  world.weather.drops = null;
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000), "in a session again");
  assert.equal(alpha.remote("beta")!.reaped, false);
  beta.kill();
  assert.ok(world.runUntil(() => alpha.remote("beta")!.alive === false, 10_000), "it is asked for");
});

it("an estate that went in the middle of a message is asked for the rest no more once it is given up", () => {
  const [world, alpha, beta] = joined({ settings: { reapAfterMs: 20_000 } });
  world.weather.latencyMs = 20;
  beta.send({ filling: "x".repeat(200_000) }, "alpha");
  assert.ok(world.runUntil(() => alpha.remote("beta")!.unfinished === 1, 1000));
  beta.kill();
  assert.ok(world.runUntil(() => alpha.states("beta").includes("reaped"), 40_000), "given up");
  world.run(1000);
  const before = world.packets;
  world.run(60_000);
  assert.equal(world.packets, before);
  assert.equal(alpha.remote("beta")!.unfinished, 0);
});

it("a message that was given up with its estate is refused when the rest of it comes", () => {
  const [world, alpha, beta] = joined({ settings: { reapAfterMs: 20_000 } });
  world.weather.latencyMs = 20;
  const handle = beta.send({ filling: "x".repeat(200_000) }, "alpha");
  assert.ok(world.runUntil(() => alpha.remote("beta")!.unfinished === 1, 1000));
  world.weather.lossShare = 1;
  assert.ok(world.runUntil(() => alpha.states("beta").includes("reaped"), 40_000), "given up");
  world.weather.lossShare = 0;
  assert.ok(world.runUntil(() => beta.outcomes.has(handle), 10_000));
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  world.run(1000);
  assert.deepEqual(beta.outcomes.get(handle), ["outcome_unknown"]);
  assert.equal(alpha.received.length, 0);
});

it("an estate that answers messages is not lost because no question about it is answered", () => {
  const [world, alpha, beta] = joined();
  world.weather.drops = (_from, _to, bytes) => isKind(bytes, TransactionKind.alive);
  for (let n = 0; n < 40; n++) {
    alpha.send({ n }, "beta");
    if (n % 8 === 0) alpha.up.begin("alive", "beta", world.now);
    world.run(300);
  }
  assert.equal(beta.received.length, 40);
  assert.deepEqual(alpha.states("beta").filter((state) => state === "lost"), []);
  // But once it answers nothing it is.
  beta.kill();
  assert.ok(world.runUntil(() => alpha.states("beta").includes("lost"), 10_000));
});

it("an estate that asks on is lost all the same once nothing of ours gets there", () => {
  const [world, alpha, beta] = joined();
  // It hears no answer, asks again, and so leaves alpha no quiet time in which to ask.
  world.weather.drops = (from, _to, bytes) =>
    from === "alpha" || isKind(bytes, TransactionKind.join);
  const isLost = () => alpha.states("beta").includes("lost");
  for (let n = 0; n < 7 && !isLost(); n++) {
    beta.up.begin("alive", "alpha", world.now);
    world.collect();
    world.runUntil(isLost, 3000);
  }
  assert.ok(isLost());
});

it("an estate that goes while it is joined anew is lost, though no question is asked meanwhile", () => {
  const [world, alpha, beta] = joined();
  world.weather.drops = (_from, _to, bytes) =>
    isKind(bytes, TransactionKind.alive) || isKind(bytes, TransactionKind.join);
  const isJoining = () => alpha.up.transactions(world.now).some((one) => one.kind === "join");
  for (let n = 0; n < 20 && !isJoining(); n++) {
    alpha.send({ n }, "beta");
    if (n % 8 === 0) alpha.up.begin("alive", "beta", world.now);
    world.run(300);
  }
  assert.ok(isJoining(), "as no question is answered");
  assert.equal(alpha.remote("beta")!.alive, true, "as messages are");
  beta.kill();
  assert.ok(world.runUntil(() => alpha.remote("beta")!.alive === false, 10_000));
});

it("nobody says whether an estate lives whose key was rejected here: it is not asked", () => {
  const [world, alpha, beta] = joined();
  alpha.up.keys.reject("beta", world.now);
  beta.kill();
  world.run(20_000);
  assert.equal(alpha.remote("beta")!.alive, null);
  beta.start();
  alpha.up.keys.accept("beta", world.now);
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  assert.equal(alpha.remote("beta")!.alive, true);
});

it("mains that were told to join each other do so after however long an outage", () => {
  const [world, alpha, beta] = joined({ mutable: true }, { main: true, mutable: true });
  world.weather.drops = () => true;
  for (const one of [alpha, beta]) {
    one.kill();
    one.start();
  }
  alpha.join(beta);
  beta.join(alpha);
  world.run(70 * MINUTE_MS);
  world.weather.drops = null;
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
});

it("an estate whose place another one has taken is given up once nobody is to be joined there", () => {
  const settings = { reapAfterMs: 20_000 };
  const [world, alpha, beta] = joined({ mutable: true, settings }, { mutable: true });
  alpha.join(beta);
  beta.kill();
  const gamma = world.add("gamma", { mutable: true });
  gamma.address = beta.address;
  gamma.store.files.clear();
  gamma.start().join(alpha);
  assert.ok(world.runUntil(() => areReady(alpha, gamma), 10_000));
  world.run(60_000);
  assert.equal(alpha.states("beta").includes("reaped"), false, "while it is to be joined");
  alpha.up.leave(beta.address, world.now);
  assert.ok(world.runUntil(() => alpha.states("beta").includes("reaped"), 60_000));
  assert.ok(areReady(alpha, gamma));
});

it("a main that was told to join another follows it to where its host name leads, however late", () => {
  const [world, alpha, beta] = joined({ mutable: true }, { main: true, mutable: true });
  alpha.kill();
  world.run(70 * MINUTE_MS);
  // It is set up again elsewhere, with its keys and nothing else.
  for (const path of [...alpha.store.files.keys()]) {
    if (path.includes("beta")) alpha.store.files.delete(path);
  }
  const from = alpha.address;
  alpha.address = { host: "10.0.0.1", port: 7999 };
  alpha.start();
  beta.up.setAddress(from, alpha.address, world.now);
  beta.join(alpha);
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
});

it("a main that is told to join another no more gives it up like any other", () => {
  const [world, alpha, beta] = joined({}, { main: true });
  beta.up.leave(alpha.address, world.now);
  alpha.kill();
  world.run(70 * MINUTE_MS);
  assert.equal(beta.remote("alpha")!.reaped, true);
  beta.join(alpha);
  alpha.start();
  world.weather.drops = (from) => from === "alpha" && !areReady(alpha, beta);
  world.run(1000);
  assert.equal(beta.remote("alpha")!.reaped, false, "told again, it is asked for again");
});

it("an estate that was given up is asked for while a message waits for it, and only that long", () => {
  let isWanted = false;
  // A main that moved while beta was away: beta asks where it was.
  const [world, alpha, beta] = joined({ mutable: true, isWanted: () => isWanted }, {
    mutable: true,
  });
  const restart = (minutes: number) => {
    for (const one of [alpha, beta]) one.kill();
    alpha.address = { host: "10.0.0.1", port: 7900 + minutes };
    alpha.start();
    world.run(minutes * MINUTE_MS);
  };
  // One that the road has.
  restart(70);
  assert.equal(alpha.remote("beta")!.reaped, true);
  const handle = alpha.send({ n: 1 }, "beta");
  world.run(70 * MINUTE_MS);
  assert.equal(alpha.remote("beta")!.reaped, false);
  beta.start();
  assert.ok(world.runUntil(() => alpha.outcomes.has(handle), 10_000));
  assert.deepEqual(alpha.outcomes.get(handle), ["acknowledged"]);
  // One that the road doesn't have yet.
  restart(71);
  assert.equal(alpha.remote("beta")!.reaped, true);
  isWanted = true;
  alpha.up.seek("beta", world.now);
  world.run(71 * MINUTE_MS);
  assert.equal(alpha.remote("beta")!.reaped, false);
  beta.start();
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  // None any more.
  isWanted = false;
  restart(72);
  assert.equal(alpha.remote("beta")!.reaped, true);
});

const MINUTE_MS = 60_000;
