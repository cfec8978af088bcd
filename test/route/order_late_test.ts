import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { failure } from "../../src/route/outcome.ts";
import { pairWithWorker, type RouterPair } from "../support/router_pair.ts";

const ORDERED = { ordered: true, ttlMs: 60_000 } as const;

/** A message ends at its sender while its packet is late; gives what is on the road then. */
function sendLate(pair: RouterPair, durable: boolean) {
  pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, durable, ttlMs: 2000 });
  const [late] = pair.road.splice(0);
  pair.advance(2000);
  pair.alpha.router.roadSent(late.handle, failure("outcome_unknown", "its time ran out"), pair.now);
  pair.flush();
  assert.ok(pair.alpha.takeTold().includes("1 outcome_unknown"));
  return late;
}

describe("a late packet of an ordered message that is over", () => {
  for (const durable of [false, true]) {
    const kind = durable ? "durable" : "plain";

    it(`comes after none that was sent once it was over (${kind})`, () => {
      const pair = pairWithWorker();
      const late = sendLate(pair, durable);
      pair.alpha.send("a", "beta//jobs", 2, { ...ORDERED, durable });
      pair.run();
      assert.deepEqual(pair.beta.takeGiven(), [2]);
      pair.arrive(late);
      assert.deepEqual(pair.beta.takeGiven(), []);
    });

    it(`may come before them, as long as its estate was told nothing else (${kind})`, () => {
      const pair = pairWithWorker();
      const late = sendLate(pair, durable);
      pair.alpha.send("a", "beta//jobs", 2, { ...ORDERED, durable });
      const said = pair.road.splice(0);
      const next = said.find(({ envelope }) => envelope.answers.length === 0)!;
      pair.arrive(next);
      assert.deepEqual(pair.beta.takeGiven(), [], "the second waits for word of the first");
      pair.arrive(late);
      assert.deepEqual(pair.beta.takeGiven(), [1, 2]);
      for (const flight of said) if (flight !== next) pair.arrive(flight);
      pair.run();
      assert.deepEqual(pair.beta.takeGiven(), []);
    });
  }

  it("comes after none that is named anew for the next run of its estate", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, durable: true, ttlMs: 5000 });
    pair.alpha.send("a", "beta//jobs", 2, { ...ORDERED, durable: true });
    pair.restart("beta");
    pair.beta.claim("worker");
    pair.flush();
    const messages = pair.road.splice(0).filter(({ envelope }) => envelope.answers.length === 0);
    const [late, next] = messages;
    pair.advance(5000);
    pair.alpha.router.roadSent(late.handle, failure("outcome_unknown", "too late"), pair.now);
    pair.advance(1000);
    const notes = pair.road.splice(0);
    pair.restart("beta");
    pair.beta.claim("worker");
    pair.arriveLater(next);
    pair.arrive(late);
    for (const note of notes) pair.arrive(note);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1, 2]);
  });

  it("costs those after it nothing once its estate has heard that it is over", () => {
    const pair = pairWithWorker();
    sendLate(pair, false);
    pair.run();
    pair.alpha.send("a", "beta//jobs", 2, ORDERED);
    assert.equal(pair.road[0].envelope.after, "");
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [2]);
  });

  it("is told of in few words, though many end at once", () => {
    const pair = pairWithWorker();
    for (let n = 1; n <= 1000; n++) {
      pair.alpha.send("a", "beta//jobs", n, { ...ORDERED, ttlMs: 5000 });
    }
    pair.cut(10_000);
    assert.ok(pair.road.length <= 64, `${pair.road.length} messages`);
    pair.alpha.send("a", "beta//jobs", 2000, ORDERED);
    pair.beta.claim("worker");
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [2000]);
  });

  it("comes after none, though the words of many that ended at once overtake each other", () => {
    const pair = pairWithWorker();
    for (let n = 1; n <= 25; n++) {
      pair.alpha.send("a", "beta//jobs", n, { ...ORDERED, ttlMs: 2000 });
    }
    const flights = pair.road.splice(0);
    pair.advance(2000);
    for (const { handle } of flights) {
      pair.alpha.router.roadSent(handle, failure("outcome_unknown", "too late"), pair.now);
    }
    pair.alpha.send("a", "beta//jobs", 100, ORDERED);
    const [first, second, next] = pair.road.splice(0).sort((a, b) =>
      b.envelope.answers.length - a.envelope.answers.length
    );
    for (const flight of [next, second, flights[0]]) pair.arrive(flight);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    pair.arrive(first);
    assert.deepEqual(pair.beta.takeGiven(), [100]);
  });

  it("is of no message that is answered, or that never left: nothing is said of those", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, ORDERED);
    pair.run();
    pair.beta.acknowledge("worker", 1, "alpha", { status: "delivered" }, false);
    pair.run();
    pair.part();
    pair.alpha.send("a", "beta//jobs", 2, { ...ORDERED, ttlMs: 1000 });
    pair.advance(2000);
    pair.meet();
    assert.deepEqual(pair.alpha.takeTold(), ["1 delivered", "2 waiting", "2 expired"]);
    assert.deepEqual(pair.road, []);
  });
});

describe("an ordered message", () => {
  for (const restarts of [["alpha"], ["alpha", "beta"]] as const) {
    it(`waits for none that only runs before knew of ${restarts.join(" and ")}`, () => {
      const pair = pairWithWorker();
      pair.alpha.send("a", "beta//jobs", 1, ORDERED);
      pair.road.splice(0); // lost, as is all that is known of it as its manor is killed
      pair.alpha.send("a", "beta//jobs", 2, { ...ORDERED, durable: true, ttlMs: 8000 });
      pair.run();
      for (const name of restarts) pair.restart(name);
      pair.alpha.attach("a");
      pair.beta.claim("worker");
      pair.flush();
      pair.road.splice(0); // the second, sent anew
      pair.alpha.send("a", "beta//jobs", 3, ORDERED);
      const [third] = pair.road.splice(0);
      assert.equal(third.envelope.after, third.envelope.id.replace("3", "2"));
      pair.advance(8000); // the second expires at both
      pair.beta.claim("worker");
      pair.arrive(third);
      pair.run();
      assert.deepEqual(pair.beta.takeGiven(), [3]);
    });
  }
});
