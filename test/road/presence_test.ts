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
