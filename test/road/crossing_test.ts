/**
 * Handshakes that both sides begin at once, in weather that doubles and reorders their packets: both end
 * with the same keys.
 *
 * @module
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { seededChance } from "../support/sim_road.ts";
import { areReady, joined } from "../support/road_pair.ts";

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
