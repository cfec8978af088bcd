/**
 * A refusal of a durable message overtakes the done of the road, which goes on with that sending.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failure } from "../../src/route/outcome.ts";
import { type Flight, idOf, pairWithWorker, type RouterPair } from "../support/router_pair.ts";

const DURABLE = { durable: true, ttlMs: 5000 } as const;

/** Beta refuses message 1, and alpha hears that: of its sending the done is lost. */
function refused(): { pair: RouterPair; first: Flight } {
  const pair = pairWithWorker();
  makeRoom(pair, 0);
  pair.alpha.send("a", "beta//jobs", 1, DURABLE);
  const [first] = pair.road.splice(0);
  pair.beta.router.fromRoad("alpha", first.body, pair.now);
  pair.run();
  pair.alpha.takeTold();
  return { pair, first };
}

function makeRoom(pair: RouterPair, messagesMax: number): void {
  pair.beta.router.durable!.configure({ messagesMax, bytesMax: 100_000 });
}

/** The next try of it is taken, and delivered. */
function deliverNext(pair: RouterPair): void {
  makeRoom(pair, 10);
  pair.pass(400);
  assert.deepEqual(pair.beta.takeGiven(), [1]);
  pair.beta.acknowledge("worker", 1, "alpha");
  pair.run();
  assert.deepEqual(pair.alpha.takeTold(), ["1 delivered"]);
}

describe("a durable message whose refusal comes before the road's done", () => {
  it("is handed over once, though the road sends it again when its next try was delivered", () => {
    const { pair, first } = refused();
    deliverNext(pair);
    assert.deepEqual(pair.beta.store.ids(), [idOf(1)], "a copy of it may come");
    pair.part();
    pair.meet();
    pair.arrive(first);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), []);
    assert.deepEqual(pair.beta.store.ids(), [], "no copy can come any more");
    assert.deepEqual(pair.alpha.takeTold(), []);
  });

  it("is forgotten by its receiver once the road is done with all of it, however that ends", () => {
    const { pair, first } = refused();
    makeRoom(pair, 0);
    pair.advance(300);
    const [second] = pair.road.splice(0);
    pair.beta.router.fromRoad("alpha", second.body, pair.now);
    pair.run();
    deliverNext(pair);
    const acknowledged = { status: "acknowledged" } as const;
    pair.alpha.router.roadSent(first.handle, acknowledged, pair.now);
    pair.run();
    assert.deepEqual(pair.beta.store.ids(), [idOf(1)]);
    const why = "its time ran out";
    pair.alpha.router.roadSent(second.handle, failure("outcome_unknown", why), pair.now);
    pair.run();
    assert.deepEqual(pair.beta.store.ids(), []);
  });

  it("has not expired for certain where the road brings it again between two tries", () => {
    const { pair, first } = refused();
    pair.pass(4200);
    makeRoom(pair, 10);
    pair.part();
    pair.meet();
    pair.arrive(first);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.run();
    pair.pass(3000);
    assert.deepEqual(pair.alpha.takeTold(), ["1 outcome_unknown"]);
  });

  it("has expired for certain where the road is done with it in the session of the refusal", () => {
    for (const comesAtAll of [true, false]) {
      const { pair, first } = refused();
      if (comesAtAll) {
        pair.alpha.router.roadSent(first.handle, { status: "acknowledged" }, pair.now);
        pair.part();
        pair.meet();
      }
      pair.pass(6000);
      assert.deepEqual(pair.alpha.takeTold(), ["1 expired"]);
    }
  });
});
