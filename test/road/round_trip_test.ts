/**
 * What an estate learns of how long another takes to answer: the truth about the path, not about the times
 * when it was cut or when somebody stood still.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { joined } from "../support/road_pair.ts";
import type { SimEstate, SimRoad } from "../support/sim_road.ts";

/** How long a message takes whose first packet is lost. */
function msAfterLoss(world: SimRoad, by: SimEstate, to: SimEstate): number {
  let isLost = false;
  world.weather.drops = (from) => from === by.name && !isLost && (isLost = true);
  return msToOutcome(world, by, to);
}

function msToOutcome(world: SimRoad, by: SimEstate, to: SimEstate): number {
  const from = world.now;
  const handle = by.send({ from }, to.name);
  assert.ok(world.runUntil(() => by.outcomes.has(handle), 60_000), "it has an outcome");
  return world.now - from;
}

describe("a message whose first packet was lost", () => {
  it("goes again soon, though that of each before it was lost too", () => {
    const [world, alpha, beta] = joined();
    for (let i = 0; i < 20; i++) {
      const ms = msAfterLoss(world, beta, alpha);
      assert.ok(ms < 4000, `message ${i}: after ${ms} ms`);
    }
  });

  it("goes again soon where what was sent after one that waited long had its answer at once", () => {
    const [world, alpha, beta] = joined();
    for (let i = 0; i < 5; i++) msAfterLoss(world, beta, alpha);
    world.weather.drops = (from) => from === "beta";
    const waiting = beta.send({ is: "lost" }, "alpha");
    world.run(1);
    world.weather.drops = null;
    assert.ok(msToOutcome(world, beta, alpha) < 10);
    assert.ok(world.runUntil(() => beta.outcomes.has(waiting), 10_000));
    const ms = msAfterLoss(world, beta, alpha);
    assert.ok(ms < 100, `after ${ms} ms`);
  });

  it("goes again soon after we stood still with an answer on its way", () => {
    const [world, alpha, beta] = joined();
    const answers: Uint8Array[] = [];
    world.weather.drops = (from, _to, bytes) => from === "alpha" && answers.push(bytes) > 0;
    const before = beta.send({}, "alpha");
    world.run(5);
    world.weather.drops = null;
    assert.equal(answers.length, 1);
    world.now += 8 * 3_600_000;
    beta.stack!.receive(answers[0], alpha.address, world.now);
    world.collect();
    assert.deepEqual(beta.outcomes.get(before), ["acknowledged"]);
    world.run(20_000);
    const ms = msAfterLoss(world, beta, alpha);
    assert.ok(ms < 1000, `after ${ms} ms`);
  });
});
