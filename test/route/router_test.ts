import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { RaetError } from "../../src/base/errors.ts";
import { MESSAGES_PER_SHARE_MAX, UNACKNOWLEDGED_PER_CLAIMANT_MAX } from "../../src/base/limits.ts";
import { makeEnvelope, packEnvelope } from "../../src/route/envelope.ts";
import { failure } from "../../src/route/outcome.ts";
import { RouterRig, triple } from "../support/router_rig.ts";

function rigWithWorkers(...yards: string[]): RouterRig {
  const rig = new RouterRig();
  for (const yard of yards) {
    rig.router.attach(yard, rig.now);
    rig.router.claim("jobs", yard, false, rig.now);
  }
  return rig;
}

describe("a message from a process to another estate", () => {
  it("goes as msgpack with our fields to one of ours, and is delivered when its receipt is back", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.ready("beta", "e1");
    rig.send("a", "beta//jobs", 1);
    const [sent] = rig.takeRoad();
    assert.equal(sent.packing, "msgpack");
    assert.deepEqual(sent.envelope.source, { estate: "alpha", yard: "a", share: "inbox" });
    rig.router.roadSent(sent.handle, { status: "acknowledged" }, rig.now);
    assert.deepEqual(rig.told("a"), [], "acknowledged by the stack is not yet delivered");
    rig.receipt("beta", [rig.id(1)], { status: "delivered" });
    assert.deepEqual(rig.told("a"), ["1 delivered"]);
    assert.equal(rig.router.open, 0);
  });

  it("goes as json without our fields to a reference, and ends acknowledged", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.ready("beta", "");
    rig.send("a", "beta//jobs", 1);
    const [sent] = rig.takeRoad();
    assert.equal(sent.packing, "json");
    assert.equal(sent.body.raet, undefined);
    rig.router.roadSent(sent.handle, { status: "acknowledged" }, rig.now);
    rig.router.flush(rig.now);
    assert.deepEqual(rig.told("a"), ["1 acknowledged"]);
  });

  it("fails at once where the estate is unknown, pending or rejected", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.states.set("p", { is: "refused", why: "pending" });
    rig.states.set("r", { is: "rejected", why: "rejected" });
    rig.send("a", "nobody//jobs", 1);
    rig.send("a", "p//jobs", 2);
    rig.send("a", "r//jobs", 3);
    assert.deepEqual(rig.told("a"), ["1 no_estate", "2 refused", "3 rejected"]);
  });

  it("waits for an estate that is away, and goes when it is back", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.states.set("beta", { is: "away" });
    rig.send("a", "beta//jobs", 1);
    assert.equal(rig.road.length, 0);
    rig.ready("beta", "e1");
    assert.equal(rig.road.length, 1);
  });

  it("has the road look for an estate that is away, for as long as it waits", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.states.set("beta", { is: "away" });
    assert.equal(rig.router.isWaitingFor("beta"), false);
    rig.send("a", "beta//jobs", 1);
    assert.deepEqual(rig.sought, ["beta"]);
    assert.equal(rig.router.isWaitingFor("beta"), true);
    rig.router.estateChanged("beta", rig.now);
    assert.deepEqual(rig.sought, ["beta"], "once a message is enough");
    rig.advance(5000);
    assert.equal(rig.router.isWaitingFor("beta"), false);
  });

  it("expires if the estate stays away, which is certain", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.states.set("beta", { is: "away" });
    rig.send("a", "beta//jobs", 1);
    rig.advance(4999);
    assert.deepEqual(rig.told("a"), []);
    rig.advance(1);
    assert.deepEqual(rig.told("a"), ["1 expired"]);
    rig.ready("beta", "e1");
    assert.equal(rig.road.length, 0, "what has its outcome is not sent any more");
  });

  it("is unknown if no receipt comes, and as soon as the estate turns out to have restarted", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.ready("beta", "e1");
    rig.send("a", "beta//jobs", 1);
    rig.send("a", "beta//jobs", 2);
    const [first, second] = rig.takeRoad();
    rig.router.roadSent(first.handle, { status: "acknowledged" }, rig.now);
    rig.ready("beta", "e2");
    assert.deepEqual(rig.told("a"), ["1 outcome_unknown"]);
    rig.router.roadSent(second.handle, { status: "acknowledged" }, rig.now);
    rig.advance(6000);
    assert.deepEqual(rig.told("a"), ["2 outcome_unknown"]);
  });

  it("that goes to a later run than the one that it was for is unknown as soon as that ends", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.ready("beta", "e1");
    for (const n of [1, 2]) rig.send("a", "beta//jobs", n, { ttlMs: 3_600_000 });
    const flights = rig.takeRoad();
    rig.ready("beta", "e2"); // the road had sent none yet, so both go to this run
    for (const { handle } of flights) {
      rig.router.roadSent(handle, { status: "acknowledged" }, rig.now);
    }
    rig.receipt("beta", [rig.id(1)], { status: "delivered" });
    assert.deepEqual(rig.told("a"), ["1 delivered"]);
    rig.ready("beta", "e3");
    assert.deepEqual(rig.told("a"), ["2 outcome_unknown"]);
  });

  it("is not unknown because the estate is asked in vain what it can do, and goes to it without", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.ready("beta", "e1");
    rig.send("a", "beta//jobs", 1);
    const [{ handle }] = rig.takeRoad();
    rig.router.roadSent(handle, { status: "acknowledged" }, rig.now);
    rig.states.set("beta", { is: "ready", ours: false, epoch: "", features: [], asking: true });
    rig.router.estateReady("beta", null, rig.now);
    assert.deepEqual(rig.told("a"), []);
    rig.send("a", "beta//jobs", 2);
    for (const [n, payload] of [[3, { a: new Uint8Array(1) }], [4, {}]] as const) {
      rig.send("a", "beta//jobs", n, n === 4 ? { job: rig.id(9) } : { payload });
    }
    const sent = rig.takeRoad();
    assert.deepEqual(sent.map(({ packing }) => packing), ["json"]);
    rig.router.roadSent(sent[0].handle, { status: "acknowledged" }, rig.now);
    rig.router.flush(rig.now);
    assert.deepEqual(rig.told("a"), ["2 acknowledged"]);
    // It ran on all the while. What would have been another message without our fields has waited.
    rig.ready("beta", "e1");
    assert.deepEqual(rig.takeRoad().map(({ packing }) => packing), ["msgpack", "msgpack"]);
    rig.receipt("beta", [rig.id(1)], { status: "delivered" });
    assert.deepEqual(rig.told("a"), ["1 delivered"]);
  });

  it("has the outcome that the road gives it", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.ready("beta", "e1");
    rig.send("a", "beta//jobs", 1);
    rig.send("a", "beta//jobs", 2);
    const [first, second] = rig.takeRoad();
    rig.router.roadSent(first.handle, failure("rejected", "nack"), rig.now);
    rig.router.roadSent(second.handle, failure("outcome_unknown", "nack after redo"), rig.now);
    rig.router.flush(rig.now);
    assert.deepEqual(rig.told("a"), ["1 rejected", "2 outcome_unknown"]);
  });

  it("ends with its road where it wants to hear but bears no id that a receipt could name", () => {
    const rig = new RouterRig();
    rig.ready("beta", "e1");
    rig.send("python", "beta//jobs", 1, { id: "", ttlMs: null });
    rig.router.roadSent(rig.takeRoad()[0].handle, { status: "acknowledged" }, rig.now);
    assert.equal(rig.router.open, 0);
    assert.equal(rig.router.counters.get("acknowledged"), 1);
  });

  it("has the code with which the stack refuses it", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.ready("beta", "e1");
    rig.refuseRoad = new RaetError("too_large", "70 MB");
    rig.send("a", "beta//jobs", 1);
    assert.deepEqual(rig.told("a"), ["1 too_large"]);
  });

  it("believes a receipt only from the estate that it was sent to", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.ready("beta", "e1");
    rig.ready("gamma", "e1");
    rig.send("a", "beta//jobs", 1);
    rig.receipt("gamma", [rig.id(1)], { status: "delivered" });
    assert.deepEqual(rig.told("a"), []);
    assert.equal(rig.router.counters.get("unexpected_receipt"), 1);
  });
});

describe("a message from the road", () => {
  it("goes to the claimant of its share, and its sender hears when that acknowledged", () => {
    const rig = rigWithWorkers("w1");
    rig.ready("beta", "e1");
    rig.receive("beta", "alpha//jobs", 7);
    const [given] = rig.takeLane();
    assert.equal(given.to, "w1");
    assert.equal(rig.road.length, 0);
    rig.acknowledge("w1", rig.id(7));
    const [receipt] = rig.takeRoad();
    assert.deepEqual(receipt.envelope.answers, [rig.id(7)]);
    assert.deepEqual(receipt.envelope.result, { status: "delivered" });
  });

  it("is told no_share, no_yard or denied where it can't be handed over", () => {
    const rig = new RouterRig();
    rig.ready("beta", "e1");
    const tell = () => {
      const [sent] = rig.takeRoad();
      rig.router.roadSent(sent.handle, { status: "acknowledged" }, rig.now);
      return (sent.envelope.result as { code: string }).code;
    };
    rig.receive("beta", "alpha//nobody", 1);
    assert.equal(tell(), "no_share");
    rig.receive("beta", "alpha/w9/jobs", 2);
    rig.router.laneFailed(rig.lane[0].handle, "no_yard", "gone", rig.now);
    rig.router.flush(rig.now);
    assert.equal(tell(), "no_yard");
    rig.receive("beta", "alpha//.control", 3);
    assert.equal(tell(), "denied");
    rig.receive("beta", "gamma//jobs", 4);
    assert.equal(tell(), "no_estate");
    assert.equal(rig.calls.length, 0);
  });

  it("is handed over once, though it comes twice", () => {
    const rig = rigWithWorkers("w1");
    rig.ready("beta", "e1");
    rig.receive("beta", "alpha//jobs", 7);
    rig.receive("beta", "alpha//jobs", 7);
    assert.equal(rig.takeLane().length, 1);
    assert.equal(rig.router.counters.get("duplicate_message"), 1);
  });

  it("is dropped if it names another source than the keys that signed it, or none", () => {
    const rig = rigWithWorkers("w1");
    const route = (src: string | null) => ({ src: [src, null, null], dst: [null, null, "jobs"] });
    rig.router.fromRoad("beta", { route: route("gamma") }, rig.now);
    rig.router.fromRoad("beta", { route: route(null) }, rig.now);
    assert.equal(rig.router.counters.get("false_source"), 1);
    assert.equal(rig.router.counters.get("no_source"), 1);
    assert.equal(rig.lane.length, 0);
  });

  it("goes to the inbox if it is bare, and waits there for whoever claims it", () => {
    const rig = new RouterRig();
    rig.router.fromRoad("ref", { hello: "world", raet: { want: true } }, rig.now);
    rig.advance(3_600_000);
    rig.router.attach("w1", rig.now);
    rig.router.claim("inbox", "w1", false, rig.now);
    const [given] = rig.takeLane();
    assert.deepEqual(given.envelope.payload, { hello: "world" });
    assert.equal(given.envelope.source.estate, "ref");
  });

  it("gathers receipts while one is under way to the same estate", () => {
    const rig = rigWithWorkers("w1");
    rig.ready("beta", "e1");
    for (let n = 1; n <= 30; n++) rig.receive("beta", "alpha//jobs", n);
    for (const { envelope } of rig.takeLane()) rig.acknowledge("w1", envelope.id);
    assert.equal(rig.road.length, 1);
    const [first] = rig.takeRoad();
    rig.router.roadSent(first.handle, { status: "acknowledged" }, rig.now);
    const rest = rig.takeRoad();
    assert.deepEqual(rest.map(({ envelope }) => envelope.answers.length), [20, 9]);
  });
});

describe("the life that a message has left", () => {
  it("is told to its road for any time, where it is known by its id if it comes twice", () => {
    const rig = new RouterRig();
    rig.ready("beta", "e1");
    rig.ready("ref", "");
    rig.send("w1", "beta//jobs", 1, { ttlMs: 60_000 });
    const [{ body, bodyAt }] = rig.takeRoad();
    const left = (ms: number) => (bodyAt!(rig.now + ms).raet as { ttlMs: number }).ttlMs;
    assert.deepEqual([left(0), left(55_000.4), left(70_000)], [60_000, 5000, 0]);
    assert.deepEqual(bodyAt!(rig.now), body);
    rig.send("w1", "ref//jobs", 2, { ttlMs: 60_000 });
    rig.send("w1", "beta//jobs", 3, { ttlMs: 60_000, id: "", wants: false });
    assert.deepEqual(rig.takeRoad().map(({ bodyAt }) => bodyAt), [undefined, undefined]);
  });

  it("is counted from when it began to come", () => {
    const rig = rigWithWorkers("w1");
    rig.ready("beta", "e1");
    for (const [n, agoMs] of [[1, 0], [2, 3999.6], [3, 9000]]) {
      const source = { estate: "beta", yard: "far", share: "inbox" };
      const destination = { estate: "alpha", yard: "", share: "jobs" };
      const sent = makeEnvelope({ source, destination, id: rig.id(n), wants: true, ttlMs: 5000 });
      rig.router.fromRoad("beta", packEnvelope(sent), rig.now, agoMs);
    }
    assert.deepEqual(rig.takeLane().map(({ envelope }) => envelope.ttlMs), [5000, 1000]);
  });
});

describe("what is said of a message", () => {
  it("goes again to a process that was busy for so long that its lane gave up, and to none that is gone", () => {
    const rig = rigWithWorkers("w1");
    rig.router.attach("a", rig.now);
    rig.send("a", "//jobs", 1);
    const [given] = rig.takeLane();
    rig.acknowledge("w1", given.envelope.id);
    const fail = (code: "queue_full" | "no_yard") => {
      const [{ to, handle, envelope }, ...others] = rig.lane.splice(0);
      assert.deepEqual([to, envelope.answers, others], ["a", [rig.id(1)], []]);
      rig.router.laneFailed(handle, code, "it was not read", rig.now);
      rig.router.flush(rig.now);
    };
    for (let tries = 0; tries < 3; tries++) fail("queue_full");
    assert.equal(rig.router.counters.get("receipts_left_out"), 0);
    fail("no_yard");
    assert.deepEqual(rig.lane, []);
    rig.send("a", "//jobs", 2);
    rig.acknowledge("w1", rig.takeLane()[0].envelope.id);
    assert.deepEqual(rig.told("a"), ["2 delivered"]);
  });

  it("waits while its lane or its road has no room for more", () => {
    const rig = rigWithWorkers("w1");
    rig.router.attach("a", rig.now);
    rig.ready("beta", "e1");
    for (let n = 1; n <= 50; n++) {
      rig.send("a", "//jobs", n);
      rig.receive("beta", "alpha//jobs", 100 + n);
      rig.takeLane();
      rig.refuseRoad = new RaetError("queue_full", "thousands wait for it");
      rig.fullYards.add("a");
      rig.acknowledge("w1", rig.id(n), rig.id(100 + n));
    }
    assert.deepEqual([rig.told("a"), rig.takeRoad()], [[], []]);
    rig.refuseRoad = null;
    rig.fullYards.clear();
    rig.router.flush(rig.now);
    assert.equal(rig.told("a").length, 50);
    assert.equal(rig.takeRoad().flatMap(({ envelope }) => envelope.answers).length, 50);
    assert.equal(rig.router.counters.get("receipts_left_out"), 0);
  });
});

describe("a share", () => {
  it("gives its claimants their turns", () => {
    const rig = rigWithWorkers("w1", "w2");
    rig.router.attach("a", rig.now);
    for (let n = 1; n <= 4; n++) rig.send("a", "//jobs", n);
    assert.deepEqual(rig.takeLane().map(({ to }) => to), ["w1", "w2", "w1", "w2"]);
  });

  it("gives to the next what a claimant that went away did not acknowledge", () => {
    const rig = rigWithWorkers("w1", "w2");
    rig.router.attach("a", rig.now);
    for (let n = 1; n <= 4; n++) rig.send("a", "//jobs", n);
    rig.takeLane();
    rig.acknowledge("w1", rig.id(1));
    rig.router.yardLeft("w1", rig.now);
    rig.advance(100);
    const again = rig.takeLane().filter(({ to }) => to === "w2");
    assert.deepEqual(again.map(({ envelope }) => envelope.id), [rig.id(3)]);
  });

  it("gives nothing of its last process to a new one of the same yard, save what comes back to the share", () => {
    const rig = rigWithWorkers("w1");
    rig.router.attach("a", rig.now);
    rig.send("a", "/w1/jobs", 1);
    rig.takeLane();
    rig.router.yardLeft("w1", rig.now);
    rig.router.yardCame("w1", rig.now);
    rig.router.attach("w1", rig.now);
    rig.router.flush(rig.now);
    assert.deepEqual(rig.told("a"), ["1 no_yard"]);
    assert.ok(rig.router.isAttached("w1"));
    rig.advance(100);
    assert.ok(rig.router.isAttached("w1"));
  });

  it("reads the last receipt of a claimant that went away before it gives anything back", () => {
    const rig = rigWithWorkers("w1", "w2");
    rig.router.attach("a", rig.now);
    rig.send("a", "//jobs", 1);
    rig.takeLane();
    rig.router.yardLeft("w1", rig.now);
    rig.acknowledge("w1", rig.id(1));
    assert.deepEqual(rig.told("a"), ["1 delivered"]);
    rig.advance(100);
    assert.deepEqual(rig.takeLane(), []);
  });

  it("does so as well where that attached again before it went away", () => {
    const rig = rigWithWorkers("w1", "w2");
    rig.router.attach("a", rig.now);
    rig.send("a", "//jobs", 1);
    rig.takeLane();
    rig.router.yardLeft("w1", rig.now);
    rig.router.attach("w1", rig.now);
    rig.acknowledge("w1", rig.id(1));
    assert.deepEqual(rig.told("a"), ["1 delivered"]);
    rig.router.yardCame("w1", rig.now);
    rig.advance(100);
    assert.deepEqual(rig.takeLane(), []);
  });

  it("ends with its last claimant, and says so for what that had not acknowledged", () => {
    const rig = rigWithWorkers("w1");
    rig.router.attach("a", rig.now);
    rig.send("a", "//jobs", 1);
    rig.takeLane();
    rig.router.release("jobs", "w1", false, rig.now);
    rig.router.flush(rig.now);
    assert.deepEqual(rig.told("a"), ["1 no_share"]);
    rig.send("a", "//jobs", 2);
    assert.deepEqual(rig.told("a"), ["2 no_share"]);
  });

  it("ends for messages with its last claimant though an observer stays, and says so for all it held", () => {
    const rig = rigWithWorkers("w1");
    rig.router.attach("a", rig.now);
    rig.router.attach("o", rig.now);
    rig.router.claim("jobs", "o", true, rig.now);
    const count = UNACKNOWLEDGED_PER_CLAIMANT_MAX + 2;
    for (let n = 1; n <= count; n++) rig.send("a", "//jobs", n, { ttlMs: 600_000 });
    rig.takeLane();
    rig.router.release("jobs", "w1", false, rig.now);
    rig.router.flush(rig.now);
    const told = Array.from({ length: count }, (_, at) => `${at + 1} no_share`);
    assert.deepEqual([rig.told("a"), rig.router.open], [told, 0]);
    rig.router.claim("jobs", "w1", false, rig.now);
    rig.send("a", "//jobs", 100);
    assert.deepEqual(rig.takeLane().map(({ to }) => to).sort(), ["o", "w1"]);
    rig.acknowledge("w1", rig.id(100));
    rig.router.release("jobs", "o", true, rig.now);
    rig.router.release("jobs", "w1", false, rig.now);
    assert.ok(!rig.router.shares.rows().some(({ name }) => name === "jobs"));
  });

  it("gives a claimant no more than it can have unacknowledged, and holds the rest in order", () => {
    const rig = rigWithWorkers("w1");
    rig.router.attach("a", rig.now);
    for (let n = 1; n <= 70; n++) rig.send("a", "//jobs", n);
    assert.equal(rig.takeLane().length, 64);
    rig.acknowledge("w1", rig.id(1), rig.id(2));
    const more = rig.takeLane().filter(({ to }) => to === "w1");
    assert.deepEqual(more.map(({ envelope }) => envelope.id), [rig.id(65), rig.id(66)]);
  });

  it("is full at its bound, and says so before a stack completes a message", () => {
    const rig = new RouterRig(new Map([["small", 2]]));
    rig.router.attach("a", rig.now);
    const body = { route: { dst: [null, null, "small"] } };
    for (let n = 1; n <= 2; n++) {
      assert.equal(rig.router.hasRoom("beta", body), true);
      rig.send("a", "//small", n);
    }
    assert.equal(rig.router.hasRoom("beta", body), false);
    assert.equal(rig.router.hasRoomAgain(), false);
    rig.send("a", "//small", 3);
    assert.deepEqual(rig.told("a"), ["3 queue_full"]);
    rig.router.attach("w1", rig.now);
    rig.router.claim("small", "w1", false, rig.now);
    assert.equal(rig.router.hasRoomAgain(), true);
    assert.equal(rig.router.hasRoomAgain(), false);
  });

  it("counts those that the road was told to complete, until they have come", () => {
    const rig = new RouterRig(new Map([["small", 2]]));
    const body = { route: { dst: [null, null, "small"] } };
    const asked = () => [1, 2, 3].map(() => rig.router.hasRoom("beta", body));
    assert.deepEqual(asked(), [true, true, false]);
    assert.equal(rig.router.hasRoomAgain(), false);
    // A claimant may have them by now.
    rig.router.flush(rig.now);
    assert.equal(rig.router.hasRoomAgain(), true);
    assert.deepEqual(asked(), [true, true, false]);
  });

  it("holds up no receipts and no notes where the inbox is full: they find room always", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    for (let n = 1; n <= MESSAGES_PER_SHARE_MAX; n++) rig.send("a", "//inbox", n);
    const route = { src: ["beta", null, null], dst: ["alpha", null, null] };
    assert.equal(rig.router.hasRoom("beta", { route, n: 1 }), false);
    const of = [rig.id(1)];
    assert.equal(rig.router.hasRoom("beta", { route, raet: { of, status: "delivered" } }), true);
    assert.equal(rig.router.hasRoom("beta", { route, raet: { of, note: "skip" } }), true);
    assert.equal(rig.router.hasRoom("beta", { route, raet: { of: [] } }), false);
  });

  it("believes the lane about a claimant only while that claimant has the message", () => {
    const rig = rigWithWorkers("w1", "w2");
    rig.router.attach("a", rig.now);
    rig.send("a", "//jobs", 1);
    const [first] = rig.lane.splice(0);
    rig.router.release("jobs", "w1", false, rig.now);
    const [second] = rig.takeLane();
    assert.equal(second.to, "w2");
    rig.router.laneFailed(first.handle, "no_yard", "gone", rig.now);
    assert.deepEqual(rig.lane, []);
    rig.acknowledge("w2", rig.id(1));
    assert.deepEqual(rig.told("a"), ["1 delivered"]);
  });

  it("takes its turn from a claimant that doesn't read, and gives its messages to the next", () => {
    const rig = rigWithWorkers("w1", "w2");
    rig.router.attach("a", rig.now);
    rig.send("a", "//jobs", 1);
    const [stuck] = rig.lane.splice(0);
    rig.router.laneFailed(stuck.handle, "queue_full", "it doesn't read", rig.now);
    assert.deepEqual(rig.takeLane().map(({ to }) => to), ["w2"]);
    assert.deepEqual(rig.router.shares.claimedBy("w1"), []);
  });

  it("gives a message to the next claimant where the queue of one is full, and fails where all are", () => {
    const rig = rigWithWorkers("w1", "w2");
    rig.router.attach("a", rig.now);
    rig.fullYards.add("w1");
    rig.send("a", "//jobs", 1);
    assert.deepEqual(rig.takeLane().map(({ to }) => to), ["w2"]);
    rig.router.claim("jobs", "w1", false, rig.now);
    rig.fullYards.add("w2");
    rig.send("a", "//jobs", 2);
    assert.deepEqual(rig.told("a"), ["2 queue_full"]);
    rig.fullYards.clear();
    rig.send("a", "//jobs", 3);
    assert.equal(rig.takeLane().length, 1);
  });

  it("goes on where a fault of ours cut short what another one led to", () => {
    const rig = rigWithWorkers("w1");
    rig.ready("beta", "e1");
    for (let n = 1; n <= UNACKNOWLEDGED_PER_CLAIMANT_MAX + 2; n++) rig.receive("beta", "//jobs", n);
    rig.takeLane();
    const { has } = rig.fullYards;
    rig.fullYards.has = () => {
      throw new TypeError("a fault of ours");
    };
    assert.throws(() => rig.acknowledge("w1", rig.id(1)), TypeError);
    assert.throws(() => rig.receive("beta", "/w1/", 100, { ordered: true }), TypeError);
    rig.fullYards.has = has;
    rig.acknowledge("w1", rig.id(2));
    rig.receive("beta", "/w1/", 101, { ordered: true });
    assert.deepEqual(rig.takeLane().map(({ envelope }) => parseInt(envelope.id, 16)), [66, 101]);
  });

  it("shows copies to observers, which acknowledge nothing", () => {
    const rig = rigWithWorkers("w1");
    rig.router.attach("o", rig.now);
    rig.router.claim("jobs", "o", true, rig.now);
    rig.router.attach("a", rig.now);
    rig.send("a", "//jobs", 1, { job: rig.id(9) });
    const given = rig.takeLane();
    const copies = given.filter(({ to }) => to === "o");
    assert.equal(copies.length, 1);
    assert.equal(copies[0].envelope.wants, false);
    assert.equal(copies[0].envelope.job, "", "an observer can't answer a request");
    assert.equal(given.find(({ to }) => to === "w1")?.envelope.job, rig.id(9));
  });
});

describe("a message on the lane", () => {
  it("that is durable and acknowledged to a manor that keeps none is said to be late", () => {
    const rig = new RouterRig();
    rig.router.attach("w1", rig.now, [{ estate: "beta", id: rig.id(1) }], true);
    const source = { estate: "", yard: "w1", share: "inbox" };
    const result = { status: "delivered" } as const;
    const answers = [rig.id(1)];
    rig.router.fromLane(
      "w1",
      packEnvelope(makeEnvelope({ source, answers, durable: true, result })),
      rig.now,
    );
    rig.router.flush(rig.now);
    const said = rig.takeLane().map(({ envelope: { note, answers } }) => ({ note, answers }));
    assert.deepEqual(said, [{ note: "late", answers }]);
  });

  it("is handed, no more, to a yard that can't acknowledge", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.send("a", "/python/jobs", 1);
    const [given] = rig.lane;
    assert.equal(given.packing, "json");
    assert.equal(given.body.raet, undefined);
    rig.takeLane();
    rig.router.flush(rig.now);
    assert.deepEqual(rig.told("a"), ["1 handed"]);
  });

  it("is no yard's whose life was over as it came, also where that one counts no time", () => {
    const rig = new RouterRig();
    rig.states.set("beta", { is: "ready", ours: true, epoch: "e", features: ["receipts"] });
    const body = packEnvelope(makeEnvelope({
      source: { estate: "beta", yard: "far", share: "inbox" },
      destination: triple("alpha/python/"),
      id: rig.id(1),
      wants: true,
      ttlMs: 1000,
    }));
    rig.router.fromRoad("beta", body, rig.now, 4000); // its parts took as long
    rig.router.flush(rig.now);
    assert.deepEqual(rig.lane, []);
    const [{ envelope }] = rig.road;
    assert.equal(envelope.result?.status === "failed" && envelope.result.code, "expired");
  });

  it("fails as no_yard when its yard leaves before it acknowledged", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.router.attach("b", rig.now);
    rig.send("a", "/b/jobs", 1);
    rig.takeLane();
    rig.router.yardLeft("b", rig.now);
    rig.advance(100);
    assert.deepEqual(rig.told("a"), ["1 no_yard"]);
  });

  it("is dropped if its source is another yard than the socket it came from, or none", () => {
    const rig = new RouterRig();
    rig.router.fromLane("a", { route: { src: [null, "b", null] } }, rig.now);
    rig.router.fromLane("a", { route: { src: ["beta", "a", null] } }, rig.now);
    rig.router.fromLane("a", { route: {} }, rig.now);
    assert.equal(rig.router.counters.get("false_source"), 2);
    assert.equal(rig.router.counters.get("no_source"), 1);
  });

  it("reaches the controls, and their answer comes back by its id", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.send("a", "//.control", 1, { payload: { verb: "stats" } });
    const [call] = rig.calls;
    rig.router.answer(call, { fine: true });
    rig.router.answer(call, new RaetError("denied", "not you"));
    const [good, bad] = rig.takeLane();
    assert.deepEqual(good.envelope.payload, { fine: true });
    assert.deepEqual(good.envelope.answers, [rig.id(1)]);
    assert.deepEqual(bad.envelope.result, failure("denied", "not you"));
  });

  it("finds no other control share", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.send("a", "//.secret", 1);
    assert.deepEqual(rig.told("a"), ["1 no_share"]);
  });
});

describe("a manor that stops", () => {
  it("gives every open delivery its outcome", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.states.set("beta", { is: "away" });
    rig.ready("gamma", "e1");
    rig.send("a", "beta//x", 1);
    rig.send("a", "gamma//x", 2);
    rig.router.close(rig.now);
    assert.deepEqual(rig.told("a"), ["1 expired", "2 outcome_unknown"]);
    assert.equal(rig.router.open, 0);
    assert.equal(rig.router.deadline(), Infinity);
  });

  it("sends nothing of what it ended to an estate that comes back meanwhile", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.states.set("beta", { is: "away" });
    rig.send("a", "beta//x", 1);
    rig.router.close(rig.now);
    assert.deepEqual(rig.told("a"), ["1 expired"]);
    rig.ready("beta", "e1");
    assert.deepEqual(rig.road, []);
  });
});
