import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PENDING_ROLES_MAX } from "../../src/base/limits.ts";
import { fromHex, toHex } from "../../src/base/bytes.ts";
import type { Body, Value } from "../../src/base/value.ts";
import { Keep } from "../../src/keep/keep.ts";
import { signSuccession, successionToValue } from "../../src/keep/succession.ts";
import { RaetError } from "../../src/base/errors.ts";
import { fingerprint } from "../../src/crypto/fingerprint.ts";
import { Flag, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import {
  ATTACKER,
  crowd,
  falseBody,
  forgeAck,
  forgeJoin,
  forgeRequest,
  nearUidOf,
} from "../support/forge.ts";
import { areReady, isKind, joined, packetOf } from "../support/road_pair.ts";
import { siblings } from "../support/siblings.ts";
import { type SimEstate, SimRoad } from "../support/sim_road.ts";

const roleFiles = (estate: SimEstate) =>
  [...estate.store.files.keys()].filter((path) => path.includes("/role/remote/")).length;

function printOf(estate: SimEstate, role: string): string {
  const key = estate.up.keys.list().find((one) => one.role === role);
  return key ? fingerprint(key.verifyKey, key.boxKey) : "";
}

/** How keys that are named came about, from others that nobody has ever heard of. */
function madeUpStep({ crypto }: SimRoad, body: Body): Value {
  const [verifyKey, boxKey] = [body.verhex, body.pubhex].map((hex) => fromHex(String(hex))!);
  const signer = crypto.signer(new Uint8Array(32).fill(6));
  const from = { verifyKey: signer.verifyKey, boxKey: new Uint8Array(32).fill(7) };
  return successionToValue(signSuccession(signer, "web", from, { verifyKey, boxKey }, 1));
}

describe("an estate that never showed a key", () => {
  it("does not take the name of another by a second join", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true });
    const ids = { sourceId: 77, transactionId: 1 };
    world.inject(forgeRequest("evil", 9, ids), ATTACKER, alpha.address);
    world.inject(forgeAck(ids), ATTACKER, alpha.address);
    const destinationId = nearUidOf(alpha, "evil");
    assert.notEqual(destinationId, 0);
    world.run(6000);
    const again = { sourceId: 77, destinationId, transactionId: 2 };
    world.inject(forgeRequest("beta", 9, again, "evil"), ATTACKER, alpha.address);
    world.inject(forgeAck(again), ATTACKER, alpha.address);
    world.run(100);
    assert.deepEqual(alpha.up.remote("beta")!.address, beta.address);
    assert.equal(alpha.up.remotes().filter(({ name }) => name === "beta").length, 1);
    assert.ok(areReady(alpha, beta));
  });

  it("does not replace the keys of its role by an ack that comes once another has shown them", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, auto: "once" });
    const ids = { sourceId: 77, transactionId: 1 };
    world.inject(forgeRequest("evil", 9, ids, "web"), ATTACKER, alpha.address);
    const one = world.add("one", { role: "web" });
    one.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, one), 5000));
    const before = printOf(alpha, "web");
    world.inject(forgeAck(ids), ATTACKER, alpha.address);
    assert.equal(printOf(alpha, "web"), before);
    assert.equal(alpha.up.remotes().some(({ name }) => name === "evil"), false);
  });

  it("leaves the rejection of its key behind when it makes room for others", () => {
    const [world, alpha] = joined({ auto: "once" });
    const ids = { sourceId: 3, transactionId: 3 };
    world.inject(forgeRequest("evil", 9, ids), ATTACKER, alpha.address);
    world.inject(forgeAck(ids), ATTACKER, alpha.address);
    alpha.up.keys.reject("evil", world.now);
    crowd(world, alpha);
    assert.equal(
      alpha.up.keys.list().find(({ role }) => role === "evil")?.acceptance,
      "rejected",
    );
  });

  for (const order of ["before", "after"] as const) {
    it(`leaves a key that was imported ${order} it came behind as it makes room for others`, () => {
      const [world, alpha] = joined({ auto: "once" });
      const [verifyKey, boxKey] = [new Uint8Array(32).fill(10), new Uint8Array(32).fill(11)];
      const carried = { role: "db", acceptance: "accepted", verifyKey, boxKey } as const;
      if (order === "before") alpha.up.keys.merge(carried, world.now);
      const ids = { sourceId: 3, transactionId: 3 };
      world.inject(forgeRequest("evil", 9, ids, "db"), ATTACKER, alpha.address);
      world.inject(forgeAck(ids), ATTACKER, alpha.address);
      assert.ok(alpha.remote("evil"));
      if (order === "after") alpha.up.keys.merge(carried, world.now);
      // What was said holds after a restart, too.
      alpha.kill();
      alpha.start();
      crowd(world, alpha);
      assert.equal(alpha.remote("evil"), undefined);
      assert.equal(printOf(alpha, "db"), fingerprint(verifyKey, boxKey));
    });
  }

  it("does not bear the role of the estate that it joins, whose key it lacks", () => {
    for (const auto of ["never", "once", "always"] as const) {
      const world = new SimRoad(1);
      const alpha = world.add("alpha", { main: true, auto, role: "web" });
      const [beta, gamma] = [
        world.add("beta", { role: "web" }),
        world.add("gamma", { role: "web" }),
      ];
      beta.join(alpha);
      world.run(5000);
      assert.ok(alpha.states("beta").includes("rejected"));
      assert.equal(alpha.remote("beta"), undefined);
      if (auto === "never") continue;
      gamma.takeKeysOf(alpha);
      gamma.join(alpha);
      assert.ok(world.runUntil(() => areReady(alpha, gamma), 5000), auto);
    }
  });

  it("does not open its role to the keys of another, where an operator named those of the role", () => {
    const [world, alpha] = joined({ auto: "once" });
    const [verifyKey, boxKey] = [new Uint8Array(32).fill(10), new Uint8Array(32).fill(11)];
    alpha.up.keys.merge({ role: "db", acceptance: "accepted", verifyKey, boxKey }, world.now);
    for (const restarts of [false, true]) {
      for (const [n, name] of ["evil", "evil2"].entries()) {
        // The first names the right key, which is no secret; the second one of its own.
        const ids = { sourceId: 3 + n, transactionId: 3 + n };
        world.inject(forgeRequest(name, 9 + 9 * n, ids, "db"), ATTACKER, alpha.address);
        world.inject(forgeAck(ids), ATTACKER, alpha.address);
        world.run(6000);
      }
      assert.ok(alpha.remote("evil"));
      assert.equal(printOf(alpha, "db"), fingerprint(verifyKey, boxKey));
      if (restarts) break;
      alpha.kill();
      alpha.start();
    }
  });

  for (const how of ["", ", and that older ones signed them"]) {
    it(`gives way to who shows the keys of its role, whatever it says of its own${how}`, () => {
      const world = new SimRoad(1);
      const alpha = world.add("alpha", { main: true, auto: "once" });
      const body = falseBody("evil", 9, undefined, "web");
      const ids = { sourceId: 77, transactionId: 1 };
      const said = how === "" ? body : { ...body, raet: { v: 1, next: madeUpStep(world, body) } };
      world.inject(forgeJoin(PacketKind.request, ids, said), ATTACKER, alpha.address);
      world.inject(forgeAck(), ATTACKER, alpha.address);
      assert.ok(alpha.remote("evil"));
      alpha.kill();
      alpha.start();
      const one = world.add("one", { role: "web" });
      one.join(alpha);
      assert.ok(world.runUntil(() => areReady(alpha, one), 60_000));
    });
  }

  it("leaves no key behind at each change of its role", () => {
    const [world, alpha] = joined({ auto: "once", mutable: true });
    const first = { sourceId: 77, transactionId: 1 };
    world.inject(forgeRequest("evil", 9, first), ATTACKER, alpha.address);
    world.inject(forgeAck(first), ATTACKER, alpha.address);
    const destinationId = nearUidOf(alpha, "evil");
    for (let n = 2; n < 300; n++) {
      const ids = { sourceId: 77, destinationId, transactionId: n };
      world.inject(forgeRequest("evil", 9, ids, `role${n}`), ATTACKER, alpha.address);
      world.inject(forgeAck(ids), ATTACKER, alpha.address);
      world.run(100);
    }
    assert.ok(roleFiles(alpha) <= 5, `${roleFiles(alpha)} files`);
  });
});

describe("answers to a join of ours", () => {
  it("write a bounded number of keys for an operator", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true });
    const beta = world.add("beta", { auto: "never" });
    alpha.kill();
    beta.join(alpha);
    for (let n = 0; n < 30_000; n++) {
      const answer = forgeJoin(
        PacketKind.response,
        { destinationId: 18, transactionId: 1, flags: Flag.correspondent },
        falseBody(`alpha${n}`, n, 55),
      );
      world.inject(answer, alpha.address, beta.address);
      world.run(50);
    }
    assert.ok(roleFiles(beta) > 0);
    assert.ok(roleFiles(beta) <= PENDING_ROLES_MAX + 5, `${roleFiles(beta)} files`);
  });
});

describe("a pin that is against a key", () => {
  it("holds also when another estate of its role comes with new keys", () => {
    const { world, alpha, one, two } = siblings();
    alpha.up.join(two.address, world.now, "00".repeat(32));
    assert.equal(alpha.remote("two")!.rejected, true);
    world.weather.drops = (from, to) => from === "one" || to === "one";
    one.renewKeys();
    one.up.keepKeys(1, world.now);
    world.run(100);
    world.weather.drops = null;
    assert.ok(
      world.runUntil(() => one.remote("alpha")!.alive === true && areReady(alpha, one), 60_000),
    );
    world.run(5000);
    assert.equal(alpha.remote("two")!.rejected, true);
  });

  it("goes along with a host's name, and is against whoever is there already", () => {
    const [world, alpha, beta] = joined();
    const gamma = world.add("gamma", { main: true });
    beta.join(gamma);
    assert.ok(world.runUntil(() => areReady(beta, gamma), 5000));
    beta.up.join(alpha.address, world.now, printOf(beta, "alpha"));
    beta.up.setAddress(alpha.address, gamma.address, world.now);
    assert.deepEqual([beta.remote("alpha")!.rejected, beta.remote("gamma")!.rejected], [
      false,
      true,
    ]);
  });

  it("is over when the estate has moved elsewhere", () => {
    const [world, alpha, beta] = joined({ mutable: true, auto: "once" });
    alpha.up.join(beta.address, world.now, "00".repeat(32));
    world.collect();
    assert.equal(alpha.remote("beta")!.rejected, true);
    beta.kill();
    beta.address = { ...beta.address, port: beta.address.port + 100 };
    beta.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 120_000));
  });
});

describe("a first join of ours", () => {
  it("that waits for an operator does not take the place of who came by its name meanwhile", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, auto: "never", mutable: true });
    const evil = world.add("beta", { main: true, role: "evil", auto: "always" });
    alpha.join(evil);
    assert.ok(world.runUntil(() => alpha.states("beta").includes("pending"), 1000));
    alpha.up.setAuto("once");
    const beta = world.add("beta");
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 5000));
    alpha.up.keys.accept("evil", world.now);
    world.collect();
    world.run(10_000);
    assert.deepEqual(alpha.up.remote("beta")!.address, beta.address);
    assert.ok(areReady(alpha, beta));
  });

  it("goes on when somebody who can't join us asks from there", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true });
    const beta = world.add("beta");
    alpha.kill();
    beta.join(alpha);
    world.inject(forgeRequest("aaa", 9), alpha.address, beta.address);
    assert.equal(beta.up.transactions(world.now).filter(({ kind }) => kind === "join").length, 1);
  });

  it("is not made where a name leads to who has joined already", () => {
    const [world, alpha, beta] = joined();
    const nobody = { host: "10.0.0.77", port: 1 };
    beta.up.join(nobody, world.now);
    beta.up.setAddress(nobody, alpha.address, world.now);
    world.collect();
    world.run(10_000);
    assert.equal(beta.up.remotes().length, 1);
    assert.equal(beta.states().includes("refused"), false);
    assert.ok(areReady(alpha, beta));
  });
});

describe("an estate on record whose key waits for an operator", () => {
  it("is asked once to prove what it said in a join, however often the operator says their word", () => {
    const [world, alpha, beta] = joined({}, { mutable: true });
    for (const estate of [alpha, beta]) estate.kill();
    new Keep(alpha.store, "alpha").removeRemote("beta");
    const keep = new Keep(beta.store, "beta");
    keep.saveRole({ ...keep.role("alpha")!, acceptance: "pending" });
    for (const estate of [alpha, beta]) estate.start();
    beta.up.setAuto("never");
    let acks = 0;
    const asked = new Set<number>();
    world.weather.drops = (from, _to, bytes) => {
      if (from === "beta" && isKind(bytes, TransactionKind.join, PacketKind.ack)) acks++;
      const question = packetOf(bytes, TransactionKind.alive);
      if (question) asked.add(question.head.transactionId);
      return question !== null;
    };
    assert.ok(world.runUntil(() => beta.states("alpha").includes("pending"), 10_000));
    for (let n = 0; n < 3; n++) {
      beta.up.keys.accept("alpha", world.now);
      world.collect();
      world.run(100);
    }
    assert.deepEqual([acks, asked.size], [1, 1]);
    world.weather.drops = null;
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  });

  it("has no session before the key is accepted, as where a reference took that back", () => {
    for (const auto of ["never", "once"] as const) {
      const [world, alpha, beta] = joined({ mutable: true });
      alpha.kill();
      const path = [...alpha.store.files.keys()].find((one) => one.includes("role.beta."))!;
      const role = JSON.parse(new TextDecoder().decode(alpha.store.files.get(path)));
      const pending = JSON.stringify({ ...role, acceptance: 0 });
      alpha.store.files.set(path, new TextEncoder().encode(pending));
      alpha.start();
      alpha.up.setAuto(auto);
      if (auto === "never") {
        world.run(60_000);
        assert.equal(alpha.states("beta").filter((state) => state === "allowed").length, 1);
        assert.equal(alpha.remote("beta")!.state, "joining");
        alpha.up.keys.accept("beta", world.now);
      }
      assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000), auto);
    }
  });
});

describe("estates of one role", () => {
  it("change their keys one after the other where those are copied, as often as they like", () => {
    const { world, alpha, one, two, areWell } = siblings();
    for (let n = 0; n < 3; n++) {
      one.renewKeys();
      world.run(3000);
      two.kill();
      for (const path of ["raet/keys.json", "role/local/role.json"]) {
        two.store.files.set(`two/${path}`, one.store.files.get(`one/${path}`)!);
      }
      two.start();
      assert.ok(world.runUntil(areWell, 20_000));
      world.run(3000);
      alpha.kill();
      alpha.start();
      assert.ok(world.runUntil(areWell, 20_000));
      assert.deepEqual([one.up.unawareOfKeys(), two.up.unawareOfKeys()], [[], []]);
    }
  });

  it("are let in as before where two of them change their keys, also after a restart here", () => {
    const { world, alpha, one, two, areWell } = siblings();
    for (const estate of [one, two]) {
      estate.renewKeys();
      world.run(10_000);
    }
    // A role has one pair of keys.
    assert.deepEqual([one.up.unawareOfKeys(), two.up.unawareOfKeys()], [[], ["alpha"]]);
    assert.ok(areWell());
    alpha.kill();
    alpha.start();
    assert.ok(world.runUntil(areWell, 20_000));
    world.run(10_000);
    assert.ok(areWell());
  });
});

describe("what is on record of an estate that is away", () => {
  it("stays though its keys' public halves are known and its join can be forged", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true }, { features: null });
    const { verifyKey, boxKey } = alpha.up.keys.list()[0];
    const ids = { sourceId: nearUidOf(beta, "alpha"), destinationId: nearUidOf(alpha, "beta") };
    beta.kill();
    world.run(20_000);
    // Of two joins that cross the one of whose name sorts lower goes on.
    const said = { name: "aaa", mode: 1, kind: 7, role: "beta" };
    const keys = { verhex: toHex(verifyKey), pubhex: toHex(boxKey) };
    const request = { ...ids, transactionId: 500 };
    const forged = forgeJoin(PacketKind.request, request, { ...said, ...keys });
    world.inject(forged, beta.address, alpha.address);
    world.run(3000);
    world.inject(forgeJoin(PacketKind.ack, request), beta.address, alpha.address);
    world.run(6000);
    assert.deepEqual(alpha.up.remotes().map(({ name, main }) => [name, main]), [["beta", false]]);
  });

  it("is whole though the file under its old name can't be removed", () => {
    const [world, alpha] = joined({ auto: "once", mutable: true });
    const first = { sourceId: 77, transactionId: 1 };
    world.inject(forgeRequest("gamma", 9, first), ATTACKER, alpha.address);
    world.inject(forgeAck(first), ATTACKER, alpha.address);
    alpha.store.remove = () => {
      throw new RaetError("bad_config", "it can't be removed");
    };
    const again = { ...first, destinationId: nearUidOf(alpha, "gamma"), transactionId: 2 };
    world.inject(forgeRequest("delta", 9, again), ATTACKER, alpha.address);
    world.inject(forgeAck(again), ATTACKER, alpha.address);
    assert.ok(alpha.remote("delta"));
    assert.equal(alpha.remote("gamma"), undefined);
  });
});
