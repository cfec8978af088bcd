import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ADMIT_WAIT_MS_MAX } from "../../src/base/limits.ts";
import type { Body } from "../../src/base/value.ts";
import type { Admission } from "../../src/road/options.ts";
import { heapBytes } from "../support/heap.ts";
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

  it("holds what waits as it came, though it would take many times that once it is read", () => {
    let room = false;
    const [world, alpha, beta] = joined({ admit: () => room ? "take" : "wait" }, {
      settings: { window: 1e9, burst: 1e9 },
    });
    const count = 900;
    const before = heapBytes();
    // A byte each on the wire, and dozens in memory.
    const dense = Array.from({ length: 5_000 }, () => []);
    for (let n = 0; n < count; n++) {
      beta.up.transmit({ n, dense }, "alpha", world.now, { bodyKind: "msgpack" });
    }
    world.collect();
    const waiting = () =>
      alpha.up.transactions(world.now).filter(({ stage }) => /room/.test(stage));
    assert.ok(world.runUntil(() => waiting().length === count, 5_000));
    const held = heapBytes() - before;
    room = true;
    alpha.up.admitAgain(world.now);
    world.collect();
    assert.equal(alpha.received.length, count);
    assert.ok(alpha.received.every(({ body }) => (body.dense as unknown[]).length === 5_000));
    const read = heapBytes() - before;
    assert.ok(held < read / 3, `${held} bytes were held, and ${read} once they are read`);
  });

  it("takes what it has room for past those that wait for room elsewhere, each place in its order", () => {
    const room = new Set<string>();
    let asked: string[] = [];
    const admit = (_estate: string, { place, n }: Body): Admission => {
      asked.push(`${place}${n}`);
      return room.has(String(place)) ? "take" : { waitsFor: String(place) };
    };
    const [world, alpha, beta] = joined({ admit });
    for (const place of ["a", "b", "a", "b", "c"]) {
      beta.send({ place, n: beta.up.transactions(world.now).length }, "alpha");
    }
    assert.ok(world.runUntil(() => asked.length >= 5, 200));
    asked = [];
    alpha.up.admitAgain(world.now);
    // The others are behind these, and are not read for it.
    assert.deepEqual(asked, ["a0", "b1", "c4"]);
    room.add("b").add("c");
    alpha.up.admitAgain(world.now);
    world.collect();
    assert.deepEqual(alpha.received.map(({ body }) => `${body.place}${body.n}`), [
      "b1",
      "b3",
      "c4",
    ]);
    room.add("a");
    assert.ok(world.runUntil(() => alpha.received.length === 5, 1000));
    assert.deepEqual(alpha.received.slice(3).map(({ body }) => `${body.place}${body.n}`), [
      "a0",
      "a2",
    ]);
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
