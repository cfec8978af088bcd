import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ADMIT_WAIT_MS_MAX } from "../../src/base/limits.ts";
import { joined } from "../support/road_pair.ts";

describe("a receiver without room", () => {
  it("withholds done until there is, and is not asked to take a message twice", () => {
    let room = false;
    let asked = 0;
    const admit = () => {
      asked++;
      return room ? "take" as const : "wait" as const;
    };
    const [world, alpha, beta] = joined({ admit });
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(2000);
    assert.equal(beta.outcomes.has(handle), false);
    assert.ok(asked > 1);
    room = true;
    alpha.up.admitAgain(world.now);
    world.collect();
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 600));
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(alpha.received.length, 1);
  });

  it("says no in the end, by what its owner answers", () => {
    const admit = (_estate: string, _body: unknown, waitedMs: number) =>
      waitedMs < ADMIT_WAIT_MS_MAX ? "wait" as const : "refuse" as const;
    const [world, alpha, beta] = joined({ admit });
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(ADMIT_WAIT_MS_MAX + 2000);
    assert.equal(alpha.received.length, 0);
    assert.deepEqual(beta.outcomes.get(handle), ["outcome_unknown"]);
  });

  it("that refuses at once makes the message fail with certainty", () => {
    const [world, alpha, beta] = joined({ admit: () => "refuse" });
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(1000);
    assert.deepEqual(beta.outcomes.get(handle), ["failed"]);
    assert.equal(alpha.received.length, 0);
  });
});
