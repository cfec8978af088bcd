import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Ledger } from "../../src/road/ledger.ts";

function sentAll(count: number): Ledger {
  const ledger = new Ledger(count);
  while (ledger.hasNew) ledger.takeNew();
  return ledger;
}

describe("the ledger of a message's segments", () => {
  it("sends each segment once, in order", () => {
    const ledger = new Ledger(3);
    assert.deepEqual([ledger.takeNew(), ledger.takeNew(), ledger.takeNew()], [0, 1, 2]);
    assert.equal(ledger.hasNew, false);
    assert.equal(ledger.inFlight, 3);
  });

  it("frees the window by what an ack says has arrived", () => {
    const ledger = sentAll(10);
    ledger.arrivedThrough(6);
    assert.equal(ledger.inFlight, 3);
    ledger.arrivedThrough(4);
    assert.equal(ledger.inFlight, 3);
  });

  it("does not believe an ack of what was never sent", () => {
    const ledger = new Ledger(10);
    ledger.takeNew();
    ledger.arrivedThrough(9);
    assert.equal(ledger.inFlight, 0);
    assert.equal(ledger.takeNew(), 1);
    assert.equal(ledger.inFlight, 1);
  });

  it("sends again what is missing, and counts what lies between as arrived", () => {
    const ledger = sentAll(10);
    ledger.missing([2, 5], true, 0);
    assert.equal(ledger.inFlight, 4); // 6 to 9
    assert.deepEqual([ledger.takeLost(1), ledger.takeLost(1)], [2, 5]);
    assert.equal(ledger.hasLost, false);
    assert.equal(ledger.inFlight, 6);
  });

  it("does not send again what went again after the answer was sent", () => {
    const ledger = sentAll(4);
    ledger.missing([1], true, 0);
    ledger.takeLost(100);
    ledger.missing([1], true, 99);
    assert.equal(ledger.hasLost, false);
    ledger.missing([1], true, 100);
    assert.equal(ledger.hasLost, true);
  });

  it("forgets a loss that turns out to have arrived", () => {
    const ledger = sentAll(4);
    ledger.missing([1, 2], true, 0);
    ledger.arrivedThrough(2);
    assert.equal(ledger.hasLost, false);
    assert.equal(ledger.inFlight, 1);
  });

  it("keeps its count of what is on the way, whatever is said to it", () => {
    const step = fc.oneof(
      fc.constant({ kind: "new" as const }),
      fc.constant({ kind: "lost" as const }),
      fc.record({ kind: fc.constant("ack" as const), n: fc.nat(40) }),
      fc.record({
        kind: fc.constant("missing" as const),
        list: fc.array(fc.nat(29), { maxLength: 8 }),
        complete: fc.boolean(),
      }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ledger = new Ledger(30);
      let now = 0;
      for (const one of steps) {
        now++;
        if (one.kind === "new" && ledger.hasNew) ledger.takeNew();
        if (one.kind === "lost" && ledger.hasLost) ledger.takeLost(now);
        if (one.kind === "ack") ledger.arrivedThrough(one.n);
        if (one.kind === "missing") ledger.missing(one.list, one.complete, now - 3);
        assert.ok(ledger.inFlight >= 0 && ledger.inFlight <= ledger.sent);
      }
      while (ledger.hasNew) ledger.takeNew();
      ledger.arrivedThrough(29);
      assert.equal(ledger.inFlight, 0);
      assert.equal(ledger.hasLost, false);
    }));
  });
});
