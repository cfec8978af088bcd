import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "../../src/base/bytes.ts";
import { RaetError } from "../../src/base/errors.ts";
import { fingerprint, groupFingerprint } from "../../src/crypto/fingerprint.ts";
import { PacketKind } from "../../src/wire/kinds.ts";
import { ATTACKER, crowd, forgeAck, forgeJoin, forgeRequest, nearUidOf } from "../support/forge.ts";
import { areReady, joined } from "../support/road_pair.ts";
import { siblings } from "../support/siblings.ts";
import { type SimEstate, SimRoad } from "../support/sim_road.ts";

/** A join as an estate would ask for it: all that it says can be read off the wire. */
function repeatJoin(from: SimEstate, to: SimEstate, transactionId: number, more = {}) {
  const { world, name } = from;
  const { verifyKey, boxKey } = to.up.keys.list().find(({ role }) => role === name)!;
  const keys = { verhex: toHex(verifyKey), pubhex: toHex(boxKey) };
  const said = { name, mode: 0, kind: 0, role: name, ...keys, ...more };
  const ids = { sourceId: nearUidOf(from, to.name), transactionId };
  world.inject(forgeJoin(PacketKind.request, ids, said), from.address, to.address);
  world.inject(forgeJoin(PacketKind.ack, ids), from.address, to.address);
}

describe("an estate that can't follow new keys", () => {
  it("goes on with the old ones, though somebody joins in its name as one of ours would", () => {
    const classic = { features: null, auto: "once" } as const;
    const [world, alpha, beta] = joined({ auto: "once", mutable: true }, classic);
    alpha.renewKeys();
    world.run(3000);
    repeatJoin(beta, alpha, 500, { raet: { v: 1 } });
    world.run(30_000);
    assert.deepEqual(alpha.up.unawareOfKeys(), ["beta"]);
    assert.ok(areReady(alpha, beta));
    assert.equal(beta.states("alpha").includes("lost"), false);
  });
});

describe("an estate whose role another one gave new keys", () => {
  for (const restarts of [false, true]) {
    const when = restarts ? ", also after a restart here" : "";
    it(`keeps the old ones, and may move with them${when}`, () => {
      for (const auto of ["never", "once", "always"] as const) {
        const { world, alpha, one, two } = siblings(auto);
        one.renewKeys();
        assert.ok(world.runUntil(() => one.up.unawareOfKeys().length === 0, 20_000));
        two.kill();
        if (restarts) {
          alpha.kill();
          alpha.start();
        }
        two.address = { ...two.address, port: two.address.port + 100 };
        two.start();
        const hasMoved = () => alpha.remote("two")!.address.port === two.address.port;
        assert.ok(world.runUntil(() => hasMoved() && areReady(alpha, two), 60_000), auto);
        assert.ok(areReady(alpha, one));
      }
    });
  }

  it("does not let another one in with them", () => {
    const { world, alpha, one, two } = siblings();
    one.renewKeys();
    world.run(3000);
    const three = world.add("three", { role: "web" });
    three.takeKeysOf(two);
    three.join(alpha);
    world.run(10_000);
    assert.equal(alpha.remote("three"), undefined);
    assert.ok(three.states().includes("rejected"));
  });
});

describe("a name that an estate had before", () => {
  it("is not what it is known by after a crash in the middle of the change", () => {
    const [world, alpha] = joined({ auto: "once", mutable: true });
    const first = { sourceId: 77, transactionId: 1 };
    world.inject(forgeRequest("delta", 9, first), ATTACKER, alpha.address);
    world.inject(forgeAck(first), ATTACKER, alpha.address);
    const { store } = alpha;
    const remove = store.remove;
    store.remove = () => {
      throw new RaetError("bad_config", "it crashed before that");
    };
    const again = { ...first, destinationId: nearUidOf(alpha, "delta"), transactionId: 2 };
    world.inject(forgeRequest("gamma", 9, again), ATTACKER, alpha.address);
    world.inject(forgeAck(again), ATTACKER, alpha.address);
    alpha.kill();
    store.remove = remove;
    alpha.start();
    assert.deepEqual(alpha.up.remotes().map(({ name }) => name).sort(), ["beta", "gamma"]);
    assert.equal(nearUidOf(alpha, "delta"), 0);
  });
});

describe("a rejection", () => {
  it("stays whatever strangers come, though the disk was full as it was noted who it is about", () => {
    const [world, alpha] = joined({ auto: "once" });
    const ids = { sourceId: 3, transactionId: 3 };
    world.inject(forgeRequest("evil", 9, ids), ATTACKER, alpha.address);
    world.inject(forgeAck(ids), ATTACKER, alpha.address);
    const { store } = alpha;
    const write = store.write.bind(store);
    store.write = (path, bytes) => {
      if (path.includes("peer.evil")) throw new RaetError("bad_config", "the disk is full");
      write(path, bytes);
    };
    alpha.up.keys.reject("evil", world.now);
    alpha.kill();
    store.write = write;
    alpha.start();
    crowd(world, alpha);
    const known = alpha.up.keys.list().find(({ role }) => role === "evil");
    assert.equal(known?.acceptance, "rejected");
  });

  it("says both fingerprints where it is about a key that is not the one on record", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true });
    const { verifyKey, boxKey } = alpha.up.keys.list()[0];
    const onRecord = groupFingerprint(fingerprint(verifyKey, boxKey));
    beta.kill();
    beta.loseHome();
    beta.start();
    beta.join(alpha);
    world.run(10_000);
    const rejected = alpha.events.filter(({ type }) => type === "rejected");
    const why = rejected.map((event) => "why" in event ? event.why ?? "" : "");
    assert.ok(why.length > 0);
    assert.match(
      why[0],
      /^the fingerprint of its key is( [0-9a-f]{4}){16}, and on record for role /,
    );
    assert.ok(why[0].endsWith(` role "beta" is ${onRecord}`), why[0]);
  });
});

describe("a main that we look for", () => {
  it("is not crowded out by strangers, though it never showed its keys", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, auto: "once" });
    const gamma = world.add("gamma", { main: true });
    alpha.join(gamma);
    assert.ok(world.runUntil(() => alpha.remote("gamma")?.state === "joined", 1000));
    gamma.kill();
    crowd(world, alpha);
    gamma.start();
    assert.ok(world.runUntil(() => areReady(alpha, gamma), 60_000));
  });

  it("is the one that moves with its host's name, not who wrote its address as a source", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, auto: "once", mutable: true });
    const gamma = world.add("gamma", { main: true, mutable: true });
    alpha.join(gamma);
    assert.ok(world.runUntil(() => areReady(alpha, gamma), 1000));
    const before = gamma.address;
    world.inject(forgeRequest("aaa", 9), before, alpha.address);
    world.inject(forgeAck(), before, alpha.address);
    assert.deepEqual(alpha.remote("aaa")!.address, before);
    // From now on the stranger is the first in the keep.
    alpha.kill();
    alpha.start();
    alpha.join(gamma);
    gamma.kill();
    gamma.address = { host: "10.0.0.9", port: 4505 };
    gamma.start();
    gamma.kill();
    world.run(10_000);
    gamma.start();
    alpha.up.setAddress(before, gamma.address, world.now);
    world.collect();
    assert.deepEqual(alpha.remote("gamma")!.address, gamma.address);
    assert.deepEqual(alpha.remote("aaa")!.address, before);
    assert.ok(world.runUntil(() => areReady(alpha, gamma), 60_000));
  });
});
