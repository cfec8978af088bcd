import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { MESSAGES_PER_REMOTE_MAX } from "../../src/base/limits.ts";
import { ArrivalOrder } from "../../src/route/order.ts";
import { failure } from "../../src/route/outcome.ts";
import { SeenIds } from "../../src/route/seen.ts";
import { idOf, RouterPair } from "../support/router_pair.ts";
import { RouterRig } from "../support/router_rig.ts";

const ORDERED = { ordered: true, ttlMs: 60_000 } as const;

function pairWithWorker(): RouterPair {
  const pair = new RouterPair();
  pair.alpha.attach("a");
  pair.beta.claim("worker");
  return pair;
}

describe("ordered messages", () => {
  for (const durable of [false, true]) {
    const ALL = { ...ORDERED, durable };
    const kind = durable ? "durable ones" : "plain ones";

    it(`are handed over in the order sent though the road turns them round (${kind})`, () => {
      const pair = pairWithWorker();
      for (let n = 1; n <= 10; n++) pair.alpha.send("a", "beta//jobs", n, ALL);
      for (const flight of pair.road.splice(0).reverse()) pair.arrive(flight);
      assert.deepEqual(pair.beta.takeGiven(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it(`stand in order where nobody takes them yet, and after a restart (${kind})`, () => {
      const pair = new RouterPair();
      pair.alpha.attach("a");
      for (let n = 1; n <= 6; n++) pair.alpha.send("a", "beta//inbox", n, ALL);
      for (const flight of pair.road.splice(0).reverse()) pair.arrive(flight);
      if (durable) pair.restart("beta");
      pair.beta.claim("worker", "inbox");
      pair.run();
      assert.deepEqual(pair.beta.takeGiven(), [1, 2, 3, 4, 5, 6]);
    });

    it(`wait for no message of another order, nor for unordered ones (${kind})`, () => {
      const pair = pairWithWorker();
      pair.alpha.attach("b");
      pair.alpha.send("a", "beta//jobs", 1, ALL);
      pair.alpha.send("b", "beta//jobs", 2, ALL);
      pair.alpha.send("a", "beta//jobs", 3, { ...ALL, ordered: false });
      const [first] = pair.road.splice(0, 1);
      pair.run();
      assert.deepEqual(pair.beta.takeGiven(), [2, 3]);
      pair.arrive(first);
      assert.deepEqual(pair.beta.takeGiven(), [1]);
    });

    it(`go on without one that expired before it arrived (${kind})`, () => {
      const pair = pairWithWorker();
      for (let n = 1; n <= 3; n++) {
        pair.alpha.send("a", "beta//jobs", n, { ...ALL, ttlMs: n === 2 ? 1000 : 60_000 });
      }
      const [first, second, third] = pair.road.splice(0);
      pair.arrive(first);
      pair.arrive(third);
      assert.deepEqual(pair.beta.takeGiven(), [1]);
      pair.advance(3000);
      pair.run();
      assert.deepEqual(pair.beta.takeGiven(), [3]);
      pair.arrive(second);
      assert.deepEqual(pair.beta.takeGiven(), [], "a late copy of it is not handed over");
      const told = pair.alpha.takeTold().filter((line) => !line.endsWith("stored"));
      assert.match(told[0], /^2 (expired|outcome_unknown)$/);
    });
  }

  it("go on after a cut of the road, however long, in which one before them was over", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, ttlMs: 1000 });
    pair.alpha.send("a", "beta//jobs", 2, { ...ORDERED, ttlMs: 3_600_000 });
    const [, second] = pair.road;
    pair.road = pair.road.filter((flight) => flight !== second);
    pair.arrive(second);
    assert.deepEqual(pair.beta.takeGiven(), []);
    pair.cut(600_000);
    pair.beta.claim("worker");
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [2]);
    assert.deepEqual(pair.alpha.takeTold(), ["1 outcome_unknown"]);
  });

  it("go on once an estate is back that was rejected and removed as one before them was on its way", () => {
    const pair = pairWithWorker();
    for (let n = 1; n <= 3; n++) pair.alpha.send("a", "beta//jobs", n, ORDERED);
    const [first, second, third] = pair.road.splice(0);
    pair.arrive(second);
    pair.arrive(third);
    pair.alpha.state = { is: "rejected", why: "by an operator" };
    pair.part();
    pair.alpha.router.roadSent(first.handle, failure("rejected", "by an operator"), pair.now);
    pair.flush();
    assert.deepEqual(pair.alpha.takeTold(), ["1 rejected"]);
    pair.alpha.state = { is: "unknown", why: "it was removed" };
    pair.flush();
    pair.alpha.state = null;
    pair.meet();
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [2, 3]);
  });

  it("go on where an estate is rejected as it is told that one before them will not come", () => {
    for (const code of ["rejected", "outcome_unknown"] as const) {
      const pair = pairWithWorker();
      pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, ttlMs: 1000 });
      pair.alpha.send("a", "beta//jobs", 2, ORDERED);
      const [first, second] = pair.road.splice(0);
      pair.arrive(second);
      pair.alpha.router.roadSent(first.handle, failure("expired", "too late"), pair.now);
      pair.flush();
      const [skip] = pair.road.splice(0);
      assert.equal(skip.envelope.note, "skip");
      pair.part();
      pair.alpha.router.roadSent(skip.handle, failure(code, "by an operator"), pair.now);
      pair.flush();
      pair.meet();
      pair.run();
      assert.deepEqual(pair.beta.takeGiven(), [2], code);
    }
  });

  for (const [before, after] of [[false, false], [true, false], [true, true]]) {
    const what = `${after ? "durable" : "plain"} after ${before ? "durable" : "plain"}`;
    it(`wait in a run of their manor for none that one before it had, and said so (${what})`, () => {
      const pair = pairWithWorker();
      pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, durable: before });
      pair.alpha.send("a", "beta//jobs", 2, { ...ORDERED, durable: after });
      const [first, second] = pair.road.splice(0);
      pair.arrive(first);
      pair.beta.acknowledge("worker", 1, "alpha", { status: "delivered" }, before);
      pair.run();
      assert.ok(pair.alpha.takeTold().includes("1 delivered"));
      pair.beta.takeGiven();
      pair.restart("beta");
      pair.beta.claim("worker");
      pair.arriveLater(second);
      pair.run();
      assert.deepEqual(pair.beta.takeGiven(), [2]);
    });
  }

  it("overtake none whose outcome is unknown, and which waits there for one that will not come", () => {
    const pair = pairWithWorker();
    for (let n = 1; n <= 4; n++) pair.alpha.send("a", "beta//jobs", n, ORDERED);
    const [first, second, third, fourth] = pair.road.splice(0);
    pair.arrive(first);
    pair.arrive(third, true);
    pair.undone = [];
    for (const { handle } of [second, third]) {
      pair.alpha.router.roadSent(handle, failure("outcome_unknown", "it was stopped"), pair.now);
    }
    pair.flush();
    const skips = pair.road.splice(0);
    pair.arriveLater(fourth);
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    for (const skip of skips) pair.arrive(skip);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [3, 4]);
  });

  it("that come while it is not known who has those before are not turned round", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, durable: true });
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    pair.restart("beta");
    pair.beta.claim("other");
    pair.alpha.send("a", "beta//jobs", 2, ORDERED);
    pair.alpha.send("a", "beta//jobs", 3, { ...ORDERED, ttlMs: 500 });
    pair.alpha.send("a", "beta//jobs", 4, { ...ORDERED, durable: true });
    for (const flight of pair.road.splice(0).reverse()) pair.arrive(flight);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), []);
    pair.pass(6000);
    assert.deepEqual(pair.beta.takeGiven(), [1, 2, 4]);
  });

  it("that are let go on while it is not known who has those before wait for that, too", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, durable: true });
    pair.alpha.send("a", "beta//jobs", 2, { ...ORDERED, durable: true, ttlMs: 1500 });
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1, 2]);
    pair.restart("beta");
    pair.beta.claim("other");
    pair.alpha.send("a", "beta//jobs", 3, { ...ORDERED, durable: true });
    pair.pass(3000);
    assert.deepEqual(pair.beta.takeGiven(), [], "the second is over, the first is in doubt");
    pair.pass(4000);
    assert.deepEqual(pair.beta.takeGiven(), [1, 3]);
  });

  it("wait past one that never comes for those before that, also where a copy names that one later", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, durable: true });
    pair.alpha.send("a", "beta//jobs", 2, { ...ORDERED, ttlMs: 500 });
    pair.alpha.send("a", "beta//jobs", 3, { ...ORDERED, durable: true });
    const [first, , third] = pair.road.splice(0);
    pair.arrive(third, true);
    pair.undone = [];
    pair.pass(2000);
    pair.arriveLater(third); // as with the next session
    pair.arrive(first);
    assert.deepEqual(pair.beta.takeGiven(), [1, 3]);
  });

  it("wait past one that never comes for those before that", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, durable: true });
    pair.alpha.send("a", "beta//jobs", 2, { ...ORDERED, ttlMs: 500 });
    pair.alpha.send("a", "beta//jobs", 3, ORDERED);
    pair.alpha.send("a", "beta//jobs", 4, { ...ORDERED, ttlMs: 500 });
    pair.alpha.send("a", "beta//jobs", 5, ORDERED);
    const [first, second, third, , fifth] = pair.road.splice(0);
    for (const flight of [second, third, fifth]) pair.arrive(flight);
    pair.pass(3000);
    assert.deepEqual(pair.beta.takeGiven(), []);
    pair.arrive(first);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1, 3, 5]);
  });

  it("stay in order where one comes once more of which was said that it will never come", () => {
    const pair = pairWithWorker();
    for (const n of [1, 2, 3]) {
      pair.alpha.send("a", "beta//jobs", n, {
        ...ORDERED,
        durable: true,
        ttlMs: n === 2 ? 1500 : 60_000,
      });
    }
    const [first, second, third] = pair.road.splice(0);
    pair.advance(1000);
    for (const flight of [second, third]) pair.arrive(flight, true);
    pair.undone = [];
    pair.advance(600);
    pair.alpha.router.roadSent(second.handle, failure("outcome_unknown", "too late"), pair.now);
    pair.run();
    assert.equal(pair.alpha.takeTold().at(-1), "2 outcome_unknown");
    pair.beta.router.fromRoad("alpha", second.body, pair.now);
    pair.arrive(first);
    assert.deepEqual(pair.beta.takeGiven(), [1, 2, 3]);
  });

  it("do not wait for one after them that found no place to wait for them", () => {
    const pair = pairWithWorker();
    pair.alpha.attach("b");
    for (let n = 1; n <= MESSAGES_PER_REMOTE_MAX + 1; n++) {
      pair.alpha.put("b", "beta//other", n, ORDERED);
    }
    pair.flush();
    for (const flight of pair.road.splice(0).slice(1)) pair.arrive(flight);
    const [one, two] = [10_001, 10_002];
    for (const n of [one, two]) {
      pair.alpha.send("a", "beta//jobs", n, { ...ORDERED, durable: true, ttlMs: 600_000 });
    }
    const [first, second] = pair.road.splice(0);
    pair.arrive(second);
    pair.arrive(first);
    assert.deepEqual(pair.beta.takeGiven(), [one]);
    pair.pass(1000);
    assert.deepEqual(pair.beta.takeGiven(), [two]);
  });

  it("go on without one that was refused at the door", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//.control", 1, ORDERED);
    pair.alpha.send("a", "beta//.control", 2, ORDERED);
    for (const flight of pair.road.splice(0).reverse()) pair.arrive(flight);
    pair.run();
    assert.deepEqual(pair.alpha.takeTold().sort(), ["1 denied", "2 denied"]);
  });

  it("go on without durable ones that the disk does not take, which may be sent again", () => {
    const pair = pairWithWorker();
    const durable = { ...ORDERED, durable: true };
    pair.alpha.store.broken = true;
    pair.alpha.put("a", "beta//jobs", 1, durable);
    pair.alpha.put("a", "beta//jobs", 2, durable);
    pair.alpha.put("a", "beta//jobs", 3, ORDERED);
    pair.flush();
    assert.equal(pair.road.at(0)?.envelope.after, "", "what it would come after never left");
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [3]);
    assert.deepEqual(pair.alpha.takeTold(), ["1 queue_full", "2 queue_full"]);
    pair.alpha.store.broken = false;
    for (const n of [1, 2]) pair.alpha.send("a", "beta//jobs", n, durable);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1, 2]);
    assert.deepEqual(pair.alpha.takeTold(), ["1 stored", "2 stored"]);
  });

  it("go to one of several claimants while it has any of them, and to the next in order when it goes", () => {
    const pair = pairWithWorker();
    pair.beta.claim("second");
    for (let n = 1; n <= 4; n++) {
      pair.alpha.send("a", "beta//jobs", n, { ...ORDERED, durable: true });
    }
    pair.alpha.send("a", "beta//jobs", 5, { durable: true });
    pair.run();
    const by = (yard: string) => pair.beta.given.filter((g) => g.yard === yard).map(({ n }) => n);
    assert.deepEqual([by("worker"), by("second")], [[1, 2, 3, 4], [5]]);
    pair.beta.takeGiven();
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.beta.leave("worker");
    assert.deepEqual(pair.beta.takeGiven(), [2, 3, 4]);
  });

  it("don't hold up others when their claimant has all that it can have", () => {
    const pair = pairWithWorker();
    pair.beta.claim("second");
    for (let n = 1; n <= 70; n++) pair.alpha.send("a", "beta//jobs", n, ORDERED);
    pair.run();
    assert.equal(pair.beta.takeGiven().length, 64);
    pair.alpha.send("a", "beta//jobs", 100, { ttlMs: 60_000 });
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [100]);
    const delivered = { status: "delivered" } as const;
    for (let n = 1; n <= 6; n++) pair.beta.acknowledge("worker", n, "alpha", delivered, false);
    assert.deepEqual(pair.beta.takeGiven(), [65, 66, 67, 68, 69, 70]);
  });

  it("don't wait after a restart for one that is forgotten by then", () => {
    const pair = new RouterPair();
    const ALL = { durable: true, ordered: true };
    pair.alpha.attach("a");
    pair.beta.claim("worker");
    pair.alpha.send("a", "beta//jobs", 1, ALL);
    pair.alpha.send("a", "beta//jobs", 2, ALL);
    const [first, second] = pair.road.splice(0);
    pair.arrive(first);
    pair.beta.acknowledge("worker", 1, "alpha");
    pair.beta.leave("worker");
    pair.arrive(second); // it names the first, though that has ended; nobody takes it
    pair.run();
    assert.deepEqual(pair.beta.store.ids(), [idOf(2)], "the first is forgotten");
    pair.restart("beta");
    pair.beta.claim("worker");
    pair.run();
    pair.pass(10_000);
    assert.deepEqual(pair.beta.takeGiven(), [1, 2]);
  });

  it("wait no longer for one that ended before their manor was restarted than until it comes again", () => {
    const pair = pairWithWorker();
    const ALL = { ...ORDERED, durable: true };
    pair.alpha.send("a", "beta//jobs", 1, ALL);
    pair.run();
    pair.beta.router.advance(pair.now + 70_000); // a clock that leapt: nobody knows whether it was seen
    pair.run();
    pair.restart("beta");
    pair.beta.claim("worker");
    pair.alpha.send("a", "beta//jobs", 2, ALL);
    pair.run();
    assert.deepEqual(
      pair.beta.takeGiven(),
      [1],
      "the second waits for the first, which is tried again",
    );
    pair.pass(2000);
    assert.deepEqual(pair.beta.takeGiven(), [2]);
  });

  it("stay in order where several that were refused come to be tried again at once", () => {
    const pair = new RouterPair();
    const ALL = { ...ORDERED, durable: true };
    for (const yard of ["a", "b"]) pair.alpha.attach(yard);
    pair.alpha.claim("worker");
    pair.alpha.send("a", "//jobs", 1, ALL);
    pair.alpha.send("b", "//jobs", 2, ALL);
    for (const n of [1, 2]) {
      pair.alpha.acknowledge("worker", n, "", failure("refused", "not now"));
    }
    pair.alpha.send("b", "//jobs", 3, ALL);
    assert.deepEqual(pair.alpha.takeGiven(), [1, 2]);
    pair.advance(1000);
    assert.deepEqual(pair.alpha.takeGiven(), [1, 2, 3]);
  });

  it("come to a process that says after a restart that it has the one before, and is not done with that", () => {
    const pair = pairWithWorker();
    const ALL = { ...ORDERED, durable: true };
    for (const n of [1, 2]) pair.alpha.send("a", "beta//jobs", n, ALL);
    pair.run();
    pair.beta.takeGiven();
    pair.restart("beta");
    pair.alpha.send("a", "beta//jobs", 3, ALL);
    pair.run();
    pair.beta.attach("worker", idOf(1), idOf(2));
    pair.beta.claim("worker");
    pair.alpha.send("a", "beta//jobs", 4, ALL);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [3, 4]);
  });

  it("of a process that knows nothing of its manor's restart yet are left to be sent again", () => {
    const pair = pairWithWorker();
    pair.restart("alpha");
    const ALL = { durable: true, ordered: true };
    pair.alpha.send("a", "beta//jobs", 2, ALL);
    assert.deepEqual(pair.alpha.takeTold(), []);
    pair.alpha.attach("a");
    for (const n of [1, 2]) pair.alpha.send("a", "beta//jobs", n, ALL);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1, 2]);
  });

  it("of a process that knows nothing of its manor's restart yet fail where they are in memory only", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, durable: true });
    pair.restart("alpha");
    pair.alpha.takeTold();
    pair.alpha.send("a", "beta//jobs", 2, ORDERED);
    assert.deepEqual(pair.alpha.takeTold(), ["2 no_manor"]);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1]);
  });

  it("of a manor that was restarted don't overtake what it sends again, nor wait for what it lost", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, durable: true });
    pair.alpha.send("a", "beta//jobs", 2, ORDERED);
    pair.alpha.send("a", "beta//jobs", 3, ORDERED);
    for (const flight of pair.road.splice(1)) pair.arrive(flight);
    pair.road = []; // the first is lost
    pair.restart("alpha");
    pair.alpha.attach("a");
    assert.deepEqual(pair.beta.takeGiven(), []);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [1]);
    assert.equal(pair.beta.router.open, 0);
    pair.alpha.send("a", "beta//jobs", 4, ORDERED);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), [4]);
  });

  it("stay in order where one is let go on while the next is being written down", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    for (let n = 1; n <= 3; n++) {
      pair.alpha.send("a", "beta//jobs", n, { ...ORDERED, durable: true });
    }
    const [first, second, third] = pair.road.splice(0);
    pair.arrive(second);
    for (const { body } of [first, third]) pair.beta.router.fromRoad("alpha", body, pair.now);
    pair.flush();
    pair.beta.claim("worker");
    assert.deepEqual(pair.beta.takeGiven(), [1, 2, 3]);
  });

  it("wait no more for one that is over once they were said to come after another", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.alpha.send("a", "beta/w/jobs", 1, { ...ORDERED, durable: true });
    pair.alpha.send("a", "beta/w/jobs", 2, { ...ORDERED, ttlMs: 500 });
    pair.alpha.send("a", "beta/w/jobs", 3, { ...ORDERED, durable: true });
    const [third] = pair.road.splice(2);
    pair.arrive(third); // on its disk stands that it waits for the second
    pair.advance(3000);
    pair.restart("beta");
    pair.run();
    pair.beta.attach("w");
    pair.pass(5000);
    assert.deepEqual(pair.beta.takeGiven(), [1, 3]);
  });

  it("wait for those before one that a manor which is stopping did not take on", () => {
    const pair = pairWithWorker();
    pair.alpha.send("a", "beta//jobs", 1, { ...ORDERED, durable: true });
    pair.alpha.send("a", "beta//jobs", 2, ORDERED);
    pair.alpha.send("a", "beta//jobs", 3, { ...ORDERED, durable: true });
    const [, second, third] = pair.road.splice(0);
    pair.arrive(third);
    pair.beta.router.drain();
    pair.arrive(second);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), []);
    assert.ok(pair.alpha.takeTold().includes("2 no_manor"));
  });

  it("wait for one that a manor which is stopping did not take on: it comes again", () => {
    const pair = pairWithWorker();
    for (const n of [1, 2]) pair.alpha.send("a", "beta//jobs", n, { ...ORDERED, durable: true });
    const [first, second] = pair.road.splice(0);
    pair.arrive(second);
    pair.beta.router.drain();
    pair.arrive(first);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), []);
    pair.restart("beta");
    pair.beta.claim("worker");
    pair.pass(2000);
    assert.deepEqual(pair.beta.takeGiven(), [1, 2]);
  });

  it("don't overtake those before one that found no place to wait", () => {
    const pair = pairWithWorker();
    for (let n = 1; n <= MESSAGES_PER_REMOTE_MAX + 3; n++) {
      pair.alpha.send("a", "beta//jobs", n, ORDERED);
    }
    const [first] = pair.road.splice(0, 1);
    pair.run();
    assert.deepEqual(pair.beta.takeGiven(), []);
    assert.deepEqual(pair.alpha.takeTold().map((line) => line.split(" ")[1]), [
      "queue_full",
      "queue_full",
    ]);
    pair.arrive(first);
    assert.deepEqual(pair.beta.takeGiven().slice(0, 3), [1, 2, 3]);
  });

  it("to a peer that keeps no order fail with unsupported, before anything is sent", () => {
    const pair = pairWithWorker();
    pair.beta.features = ["receipts"];
    pair.alpha.send("a", "beta//jobs", 1, ORDERED);
    assert.deepEqual([pair.alpha.takeTold(), pair.road.length], [["1 unsupported"], 0]);
  });
});

describe("ordered messages of one estate", () => {
  it("are not held up by others that say of very many messages that they will never come", () => {
    const order = new ArrivalOrder(new SeenIds());
    // Of beta's messages 2 will never come, and 1 is on its way.
    order.skip("beta", "2", "1");
    for (const estate of ["h1", "h2", "h3", "h4", "h5", "h6"]) {
      for (let n = 0; n < 5000; n++) order.skip(estate, `${n}`, "never");
    }
    order.pass("beta", "1");
    assert.ok(order.hasPassed("beta", "2"));
    for (const estate of ["h1", "h6"]) order.pass(estate, "never");
    assert.ok(!order.hasPassed("h1", "0"), "its own oldest gave way");
    assert.ok(order.hasPassed("h6", "4999"));
  });

  for (
    const [what, to, code] of [["a share that is full", "//jobs", "queue_full"], [
      "a share that nobody claims",
      "//other",
      "no_share",
    ], ["a yard that is gone", "/worker/", "no_yard"]]
  ) {
    it(`are each told that they failed, in order, however many waited for one before them (${what})`, () => {
      const rig = new RouterRig(new Map([["jobs", 0]]));
      rig.ages.set("worker", null);
      rig.ready("beta", "e1");
      const ids = Array.from({ length: MESSAGES_PER_REMOTE_MAX }, (_, at) => rig.id(at + 1));
      for (let n = 2; n <= ids.length; n++) {
        rig.receive("beta", to, n, { ...ORDERED, after: rig.id(n - 1) });
      }
      rig.receive("beta", to, 1, ORDERED);
      const told: string[] = [];
      for (let sent = rig.takeRoad(); sent.length > 0; sent = rig.takeRoad()) {
        for (const { handle, envelope: { answers, result } } of sent) {
          assert.equal(result?.status === "failed" && result.code, code);
          told.push(...answers);
          rig.router.roadSent(handle, { status: "acknowledged" }, rig.now);
        }
      }
      assert.deepEqual([told, rig.router.open], [ids, 0]);
    });
  }
});

describe("ordered messages of the own lane", () => {
  it("keep their order where they wait for a claim of a process that attaches again", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.alpha.router.expect(["worker"], pair.now);
    for (let n = 1; n <= 6; n++) {
      pair.alpha.put("a", "//jobs", n, { ...ORDERED, durable: n % 3 === 2 });
    }
    pair.alpha.router.flush(pair.now);
    pair.alpha.claim("worker");
    pair.run();
    assert.deepEqual(pair.alpha.takeGiven(), [1, 2, 3, 4, 5, 6]);
  });

  it("keep their order where they wait for a yard that attaches again", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.alpha.router.expect(["worker"], pair.now);
    for (let n = 1; n <= 6; n++) {
      pair.alpha.put("a", "/worker/jobs", n, { ...ORDERED, durable: n % 3 === 2 });
    }
    pair.alpha.router.flush(pair.now);
    assert.deepEqual(pair.alpha.takeGiven(), []);
    pair.alpha.attach("worker");
    pair.run();
    assert.deepEqual(pair.alpha.takeGiven(), [1, 2, 3, 4, 5, 6]);
  });

  it("keep their order where some are durable and others are not", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.alpha.claim("worker");
    for (let n = 1; n <= 6; n++) {
      pair.alpha.put("a", "//jobs", n, { ...ORDERED, durable: n % 3 === 1 });
    }
    pair.flush();
    assert.deepEqual(pair.alpha.takeGiven(), [1, 2, 3, 4, 5, 6]);
  });

  it("go on without durable ones that the disk does not take", () => {
    const pair = new RouterPair();
    pair.alpha.attach("a");
    pair.alpha.claim("worker");
    pair.alpha.store.broken = true;
    pair.alpha.put("a", "//jobs", 1, { ...ORDERED, durable: true });
    pair.alpha.put("a", "//jobs", 2, ORDERED);
    pair.flush();
    assert.deepEqual(pair.alpha.takeGiven(), [2]);
  });

  for (const durable of [false, true]) {
    it(`wait for those that a process may be at work on (${durable ? "durable" : "plain"} ones)`, () => {
      const pair = new RouterPair();
      pair.alpha.attach("a");
      pair.alpha.claim("worker");
      pair.alpha.send("a", "//jobs", 1, { ...ORDERED, durable: true });
      pair.run();
      assert.deepEqual(pair.alpha.takeGiven(), [1]);
      pair.restart("alpha");
      pair.alpha.attach("a");
      pair.alpha.claim("other");
      pair.alpha.send("a", "//jobs", 2, { ...ORDERED, durable });
      pair.run();
      assert.deepEqual(pair.alpha.takeGiven(), []);
      pair.pass(6000);
      assert.deepEqual(pair.alpha.takeGiven(), [1, 2]);
    });
  }
});

describe("ordered messages for a process that is expected to attach again", () => {
  it("stay in order though the first of them is only tried again by then", () => {
    const pair = new RouterPair();
    const ALL = { ...ORDERED, durable: true };
    pair.alpha.attach("a");
    pair.alpha.send("a", "/w/jobs", 1, ALL);
    pair.restart("alpha");
    pair.alpha.router.expect(["a", "w"], pair.now);
    pair.alpha.attach("a");
    pair.alpha.send("a", "/w/jobs", 2, ALL);
    pair.pass(500);
    pair.alpha.attach("w");
    pair.flush();
    assert.deepEqual(pair.alpha.takeGiven(), [1, 2]);
  });
});

describe("ordered messages that waited for one in doubt as their manor was killed", () => {
  it("stay in order, whether they were about to be given or not", () => {
    const pair = new RouterPair();
    const to = "/worker/jobs";
    const ALL = { ...ORDERED, durable: true };
    pair.alpha.attach("a");
    pair.alpha.attach("worker");
    pair.alpha.send("a", to, 1, ALL);
    pair.run();
    assert.deepEqual(pair.alpha.takeGiven(), [1]);
    pair.restart("alpha");
    pair.alpha.attach("a");
    pair.alpha.send("a", to, 2, ALL);
    pair.alpha.attach("worker", { estate: "alpha", id: idOf(1) });
    pair.alpha.send("a", to, 3, ALL);
    pair.alpha.acknowledge("worker", 1, "alpha");
    pair.restart("alpha");
    pair.pass(1000);
    pair.alpha.attach("worker");
    pair.pass(6000);
    assert.deepEqual(pair.alpha.takeGiven(), [2, 3]);
  });
});

describe("ordered messages, one of which a process refused for now", () => {
  const full = failure("queue_full", "too much");

  for (const to of ["//jobs", "/worker/jobs"]) {
    it(`wait until that is tried again, and that is not at once (to ${to})`, () => {
      const pair = new RouterPair();
      pair.alpha.attach("a");
      pair.alpha.claim("worker");
      pair.alpha.send("a", to, 1, { ...ORDERED, durable: true });
      pair.run();
      assert.deepEqual(pair.alpha.takeGiven(), [1]);
      pair.alpha.acknowledge("worker", 1, "alpha", full);
      pair.alpha.send("a", to, 2, { ...ORDERED, durable: true });
      pair.alpha.send("a", to, 3, ORDERED);
      pair.run();
      assert.deepEqual(pair.alpha.takeGiven(), []);
      pair.pass(1000);
      assert.deepEqual(pair.alpha.takeGiven(), [1, 2, 3]);
    });
  }
});

describe("ordered durable messages, whatever happens", () => {
  for (let seed = 1; seed <= 60; seed++) {
    it(`are all handed over, once and in order (seed ${seed})`, () => {
      const chance = randomOf(seed);
      const pair = pairWithWorker();
      const [given, total]: [number[], number] = [[], 40];
      const open = new Set<number>();
      const take = () => {
        for (const n of pair.beta.takeGiven()) {
          if (open.has(n)) continue; // the process knows it: it is at work on it
          assert.ok(!given.includes(n), `${n} was handed over twice`);
          given.push(n);
          open.add(n);
        }
      };
      for (let sent = 0, steps = 0; given.length < total || open.size > 0; steps++) {
        assert.ok(steps < 20_000, `it does not end: ${given.length} of ${total}`);
        const act = chance(100);
        if (act < 30 && sent < total) {
          pair.alpha.send("a", "beta//jobs", ++sent, { durable: true, ordered: true });
        } else if (act < 70 && pair.road.length > 0) {
          // any of those on the road, with or without its done
          pair.arrive(pair.road.splice(chance(pair.road.length), 1)[0], chance(4) === 0);
        } else if (act < 85 && open.size > 0) {
          const n = [...open][chance(open.size)];
          pair.beta.acknowledge("worker", n, "alpha");
        } else if (act < 87) {
          pair.restart("alpha");
          pair.alpha.attach("a");
        } else if (act < 89) {
          pair.restart("beta");
          pair.beta.given = []; // what the process has not read was in the old manor's queue
          pair.beta.attach("worker", ...[...open].map(idOf));
          pair.beta.claim("worker");
        } else if (act === 90) {
          pair.part();
          pair.advance(500);
          pair.meet();
        } else if (act < 95) pair.advance(chance(4000));
        for (const call of pair.later.splice(0)) call();
        pair.flush();
        for (const line of pair.beta.takeTold()) {
          const [n, word] = line.split(" ");
          if (word === "noted") open.delete(Number(n));
        }
        if (chance(3) > 0) take();
      }
      assert.deepEqual(given, [...given].sort((a, b) => a - b));
      pair.pass(120_000);
      assert.equal(pair.alpha.router.durable!.size + pair.beta.router.durable!.size, 0);
      const left = [...pair.alpha.store.load(), ...pair.beta.store.load()];
      assert.deepEqual(left, [], "all has ended on disk as well");
    });
  }
});

function randomOf(seed: number): (below: number) => number {
  let state = seed * 2654435761 | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
