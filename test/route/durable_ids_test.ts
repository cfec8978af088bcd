/**
 * What the id of a durable message stands for once that has ended.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { idOf, pairWithWorker, type RouterPair } from "../support/router_pair.ts";

const DURABLE = { durable: true } as const;

/** Message 1 of `a` to the share `jobs` of beta is delivered. */
function delivered(): RouterPair {
  const pair = pairWithWorker();
  pair.alpha.attach("op-1");
  pair.alpha.attach("b");
  pair.alpha.send("a", "beta//jobs", 1, DURABLE);
  pair.run();
  pair.beta.acknowledge("worker", 1, "alpha");
  pair.run();
  assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "1 delivered"]);
  return pair;
}

describe("the id of a durable message that has ended", () => {
  for (const after of ["", ", also after a restart"]) {
    const begin = () => {
      const pair = delivered();
      if (after === "") return pair;
      pair.restart("alpha");
      for (const yard of ["a", "b", "op-1"]) pair.alpha.attach(yard);
      return pair;
    };

    it(`is of no message to another route${after}`, () => {
      const pair = begin();
      for (const to of ["beta//other", "beta/worker/", "//jobs"]) {
        pair.alpha.send("a", to, 1, DURABLE);
        pair.run();
        assert.deepEqual(pair.alpha.takeTold(), ["1 denied"], to);
      }
      pair.alpha.send("b", "beta//jobs", 1, DURABLE);
      assert.deepEqual(pair.alpha.takeTold(), ["1 delivered"], "any process of the manor's user");
    });

    it(`tells an operator nothing who did not send it, under it or any other way${after}`, () => {
      const pair = begin();
      const { ended } = pair.alpha.router.durable!;
      assert.deepEqual(ended.resume("op-1", [idOf(1)]), [idOf(1)]);
      pair.alpha.send("op-1", "beta//jobs", 1, DURABLE);
      assert.deepEqual(pair.alpha.takeTold(), ["1 denied"]);
      pair.alpha.denies = true;
      pair.alpha.send("op-1", "beta//jobs", 1, DURABLE);
      assert.deepEqual(pair.alpha.takeTold(), ["1 denied"], "nor without the right to send");
      assert.deepEqual(ended.resume("b", [idOf(1)]), []);
      pair.flush();
      assert.deepEqual(pair.alpha.takeTold(), ["1 delivered"], "any process of the manor's user");
    });
  }

  it("is of the same message where its route is written in another way", () => {
    const pair = pairWithWorker();
    pair.alpha.claim("a");
    for (const to of ["//jobs", "alpha//jobs", "//jobs"]) pair.alpha.send("a", to, 1, DURABLE);
    pair.alpha.acknowledge("a", 1, "alpha");
    pair.run();
    pair.alpha.send("a", "alpha//jobs", 1, DURABLE);
    const told = pair.alpha.takeTold();
    assert.ok(!told.includes("1 denied") && told.at(-1) === "1 delivered", told.join());
  });

  it("is an operator's own who sent it", () => {
    const pair = delivered();
    pair.alpha.send("op-1", "beta//jobs", 2, DURABLE);
    pair.run();
    pair.beta.acknowledge("worker", 2, "alpha");
    pair.run();
    pair.alpha.takeTold();
    pair.alpha.send("op-1", "beta//jobs", 2, DURABLE);
    assert.deepEqual(pair.alpha.takeTold(), ["2 delivered"]);
    assert.deepEqual(pair.alpha.router.durable!.ended.resume("op-1", [idOf(2)]), []);
  });

  it("is answered whatever its route where a raet ended it that kept none", () => {
    const pair = delivered();
    pair.alpha.store.routeOf = () => null;
    for (const yard of ["a", "op-1"]) {
      pair.alpha.send(yard, "beta//jobs", 1, DURABLE);
      assert.deepEqual(pair.alpha.takeTold(), ["1 delivered"], yard);
    }
  });

  it("is of another message while its end is about to be written down, too", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "//jobs", 1, { ...DURABLE, ttlMs: 5000 });
    pair.alpha.takeTold();
    pair.now += 6000;
    const [relay] = pair.alpha.router.durable!.rows().map((row) => row.relay);
    pair.alpha.router.durable!.expire(relay, pair.now);
    pair.alpha.put("a", "//other", 1, DURABLE);
    pair.flush();
    assert.deepEqual(pair.alpha.takeTold().sort(), ["1 denied", "1 expired"]);
  });
});

describe("a durable message that was refused for good", () => {
  for (const ordered of [false, true]) {
    const kind = ordered ? "ordered" : "not ordered";
    it(`is not taken when its sender's next manor sends it before it hears that (${kind})`, () => {
      const pair = pairWithWorker();
      for (const n of [1, 2]) pair.alpha.send("a", "beta//jobs", n, { ...DURABLE, ordered });
      pair.beta.denies = true;
      for (const flight of pair.road.splice(0)) pair.arrive(flight);
      pair.restart("alpha"); // of the first it would have been told by what was on the road
      pair.alpha.attach("a");
      pair.beta.denies = false;
      const [word, ...copies] = [...pair.road.splice(0)].reverse();
      assert.deepEqual(word.envelope.answers, [idOf(2)]);
      for (const copy of copies.reverse()) pair.arrive(copy);
      const given = pair.beta.takeGiven();
      pair.arrive(word);
      pair.run();
      const told = pair.alpha.takeTold().filter((line) => !line.endsWith("stored"));
      assert.ok(told.includes("2 denied"), told.join());
      assert.ok(!given.includes(2), `given ${given}`);
      for (const n of given) assert.ok(!told.includes(`${n} expired`), `given ${given}, ${told}`);
    });
  }
});
