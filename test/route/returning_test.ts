import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import {
  ATTACH_AGAIN_MS,
  UNACKNOWLEDGED_PER_CLAIMANT_MAX,
  YARD_NEW_MS,
} from "../../src/base/limits.ts";
import { RouterRig } from "../support/router_rig.ts";

describe("a manor that begins where processes are on its lane", () => {
  let rig: RouterRig;
  beforeEach(() => {
    rig = new RouterRig();
    rig.ready("beta", "epoch");
    rig.router.expect(["w1", "w2"], rig.now);
  });

  const attach = (yard: string) => rig.router.attach(yard, rig.now);
  const given = () => rig.takeLane().map(({ to, packing }) => `${to} ${packing}`);
  const told = () => {
    const said: (string | undefined)[] = [];
    for (rig.router.flush(rig.now); rig.road.length > 0; rig.router.flush(rig.now)) {
      for (const { handle, envelope: { answers, result } } of rig.takeRoad()) {
        const word = result?.status === "failed" ? result.code : result?.status;
        said.push(...answers.map(() => word));
        rig.router.roadSent(handle, { status: "acknowledged" }, rig.now);
      }
    }
    return said;
  };

  it("gives one a message once it has attached again, as to a process of ours", () => {
    rig.receive("beta", "alpha/w1/jobs", 1, { payload: new Uint8Array(3) });
    assert.deepEqual(given(), []);
    attach("w1");
    assert.deepEqual(given(), ["w1 msgpack"]);
    rig.acknowledge("w1", rig.id(1));
    assert.deepEqual(told(), ["delivered"]);
  });

  it("keeps what is for a share until somebody claims it again", () => {
    rig.receive("beta", "alpha//jobs", 1);
    attach("w1");
    rig.router.claimedAll("w1", rig.now);
    assert.deepEqual([given(), told()], [[], []]);
    attach("w2");
    rig.router.claim("jobs", "w2", false, rig.now);
    assert.deepEqual(given(), ["w2 msgpack"]);
  });

  it("gives nothing to one that claims before it knows that its manor is another", () => {
    rig.router.claim("jobs", "w1", false, rig.now);
    rig.receive("beta", "alpha//jobs", 1);
    assert.deepEqual(given(), []);
    attach("w1");
    assert.deepEqual(given(), ["w1 msgpack"]);
  });

  it("fails what nobody takes as soon as all have said what they claim", () => {
    rig.receive("beta", "alpha//jobs", 1);
    attach("w1");
    rig.router.claimedAll("w1", rig.now);
    assert.deepEqual(told(), []);
    attach("w2");
    rig.router.claimedAll("w2", rig.now);
    assert.deepEqual(told(), ["no_share"]);
    rig.receive("beta", "alpha//jobs", 2);
    assert.deepEqual(told(), ["no_share"]);
  });

  it("keeps what a claimant leaves for one that may claim it again, also under the eyes of an observer", () => {
    for (const yard of ["w1", "o"]) attach(yard);
    rig.router.claim("jobs", "w1", false, rig.now);
    rig.router.claim("watched", "w1", false, rig.now);
    rig.router.claim("watched", "o", true, rig.now);
    for (let n = 1; n <= UNACKNOWLEDGED_PER_CLAIMANT_MAX; n++) rig.receive("beta", "/w1/", n);
    const [one, two] = [100, 101];
    rig.receive("beta", "//jobs", one);
    rig.receive("beta", "//watched", two);
    rig.takeLane();
    for (const share of ["jobs", "watched"]) rig.router.release(share, "w1", false, rig.now);
    assert.deepEqual(told(), []);
    attach("w2");
    for (const share of ["jobs", "watched"]) rig.router.claim(share, "w2", false, rig.now);
    assert.deepEqual(given(), ["w2 msgpack", "w2 msgpack"]);
  });

  it("waits for the next process where one left before it attached again", () => {
    rig.receive("beta", "alpha/w1/jobs", 1);
    rig.router.yardLeft("w1", rig.now);
    rig.advance(100);
    assert.deepEqual(given(), []);
    attach("w1");
    assert.deepEqual(given(), ["w1 msgpack"]);
  });

  it("takes those that did not attach in time for Python yards", () => {
    rig.receive("beta", "alpha/w1/jobs", 1, { ttlMs: 20_000 });
    rig.receive("beta", "alpha//jobs", 2, { ttlMs: 20_000 });
    rig.router.claim("inbox", "w2", false, rig.now);
    rig.receive("beta", "alpha//inbox", 3, { ttlMs: 20_000 });
    assert.equal(rig.router.deadline(), rig.now + ATTACH_AGAIN_MS);
    rig.advance(ATTACH_AGAIN_MS);
    assert.deepEqual(given().sort(), ["w1 json", "w2 json"]);
    assert.deepEqual(told().sort(), ["handed", "handed", "no_share"]);
    rig.receive("beta", "alpha/w1/jobs", 4, { ttlMs: 20_000 });
    assert.deepEqual(given(), ["w1 json"]);
  });

  it("ends what waits with expired when its life is over, and keeps nothing of it", () => {
    rig.receive("beta", "alpha/w1/jobs", 1, { ttlMs: 500 });
    rig.advance(500);
    assert.deepEqual(told(), ["expired"]);
    attach("w1");
    assert.deepEqual(given(), []);
  });

  it("lets no message to anybody else wait", () => {
    rig.receive("beta", "alpha/w3/jobs", 1);
    assert.deepEqual(given(), ["w3 json"]);
  });
});

describe("a manor that begins where operators may come back, who are on no lane", () => {
  let rig: RouterRig;
  beforeEach(() => {
    rig = new RouterRig();
    rig.ready("beta", "epoch");
    rig.router.expect([], rig.now, true);
  });

  const given = () => rig.takeLane().map(({ to, packing }) => `${to} ${packing}`);
  const send = (route: string, n: number) => rig.send("me", route, n, { ttlMs: 60_000 });

  it("keeps what is for a share until one of them claims it again", () => {
    rig.receive("beta", "alpha//jobs", 1);
    assert.deepEqual(given(), []);
    rig.router.attach("op-a", rig.now);
    rig.router.claim("jobs", "op-a", false, rig.now);
    rig.router.claimedAll("op-a", rig.now);
    assert.deepEqual(given(), ["op-a msgpack"]);
  });

  it("does not take it that all are back once those of the lane are", () => {
    rig.router.expect(["w1"], rig.now, true);
    rig.receive("beta", "alpha//jobs", 1);
    rig.router.attach("w1", rig.now);
    rig.router.claimedAll("w1", rig.now);
    rig.router.attach("op-a", rig.now);
    rig.router.claim("jobs", "op-a", false, rig.now);
    assert.deepEqual(given(), ["op-a msgpack"]);
  });

  it("keeps what is for one itself until it has attached again", () => {
    rig.receive("beta", "alpha/op-a/jobs", 1);
    rig.receive("beta", "alpha/op-b/jobs", 2);
    assert.deepEqual(given(), []);
    rig.router.attach("op-a", rig.now);
    assert.deepEqual(given(), ["op-a msgpack"]);
  });

  it("waits for those who do not come no longer than for a yard of its lane", () => {
    rig.ages.set("op-a", null);
    send("alpha//jobs", 1);
    send("alpha/op-a/jobs", 2);
    assert.equal(rig.router.deadline(), rig.now + ATTACH_AGAIN_MS);
    assert.deepEqual(rig.told("me"), []);
    rig.advance(ATTACH_AGAIN_MS);
    assert.deepEqual(rig.told("me").sort(), ["1 no_share", "2 no_yard"]);
    send("alpha//jobs", 3);
    send("alpha/op-a/jobs", 4);
    assert.deepEqual(rig.told("me").sort(), ["3 no_share", "4 no_yard"]);
  });
});

describe("a yard that has just come to the lane", () => {
  let rig: RouterRig;
  beforeEach(() => {
    rig = new RouterRig();
    rig.ready("beta", "epoch");
    rig.ages.set("new", 3);
  });

  const given = () => rig.takeLane().map(({ to, packing }) => `${to} ${packing}`);

  it("is given nothing before it has attached, and then all in order", () => {
    rig.receive("beta", "alpha/new/jobs", 1);
    rig.receive("beta", "alpha/new/jobs", 2);
    assert.deepEqual(given(), [], "a process of ours would refuse that without a word");
    rig.router.attach("new", rig.now);
    assert.deepEqual(rig.takeLane().map(({ envelope: { id } }) => id), [rig.id(1), rig.id(2)]);
    rig.receive("beta", "alpha/new/jobs", 3);
    assert.deepEqual(given(), ["new msgpack"]);
  });

  it("is taken for a Python yard if it does not attach within two seconds", () => {
    rig.receive("beta", "alpha/new/jobs", 1);
    rig.advance(YARD_NEW_MS - 10);
    rig.ages.set("new", YARD_NEW_MS - 7);
    rig.receive("beta", "alpha/new/jobs", 2);
    assert.deepEqual(given(), []);
    rig.ages.set("new", YARD_NEW_MS);
    rig.receive("beta", "alpha/new/jobs", 3);
    assert.deepEqual(given(), [], "it does not overtake those before it");
    rig.advance(10);
    assert.deepEqual(given(), ["new json", "new json", "new json"]);
    rig.receive("beta", "alpha/new/jobs", 4);
    assert.deepEqual(given(), ["new json"]);
  });

  it("is no newcomer because the date was put back", () => {
    rig.ages.set("new", -3_600_000);
    rig.receive("beta", "alpha/new/jobs", 1);
    assert.deepEqual(given(), ["new json"]);
  });

  it("is looked at once for all messages of a batch, as that takes a probe of its socket", () => {
    rig.ages.set("new", YARD_NEW_MS);
    for (let n = 1; n <= 10; n++) rig.receive("beta", "alpha/new/jobs", n);
    assert.equal(given().length, 10);
    assert.equal(rig.agesAsked, 1);
    rig.advance(1);
    rig.receive("beta", "alpha/new/jobs", 11);
    assert.equal(rig.agesAsked, 2);
  });

  it("that is not there yet is given nothing that could come after a process has its name", () => {
    rig.ages.set("new", null);
    rig.send("me", "alpha/new/jobs", 1);
    assert.deepEqual(rig.told("me"), ["1 no_yard"]);
  });
});
