import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "../../src/base/bytes.ts";
import type { Body } from "../../src/base/value.ts";
import { fingerprint } from "../../src/crypto/fingerprint.ts";
import { OLD_KEYS_MS } from "../../src/base/limits.ts";
import { Keep } from "../../src/keep/keep.ts";
import { dropOldKeys } from "../../src/keep/own_keys.ts";
import { printOf, signSuccession } from "../../src/keep/succession.ts";
import { unpackBody } from "../../src/wire/body.ts";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { ATTACKER, forgeAck, forgeJoin, nearUidOf } from "../support/forge.ts";
import { fillDisk } from "../support/full_disk.ts";
import { Impostor } from "../support/impostor.ts";
import { areReady, joined, packetOf } from "../support/road_pair.ts";
import { siblings } from "../support/siblings.ts";
import { type SimEstate, SimRoad } from "../support/sim_road.ts";

/** The fingerprint of one as the other has it on record. */
function printAt(estate: SimEstate, of: SimEstate): string {
  const key = estate.up.keys.list().find(({ role }) => role === (of.options.role ?? of.name))!;
  return fingerprint(key.verifyKey, key.boxKey);
}

function talk(world: SimRoad, a: SimEstate, b: SimEstate): void {
  for (const [from, to] of [[a, b], [b, a]] as const) {
    const handle = from.send({ from: from.name }, to.name);
    world.runUntil(() => from.outcomes.has(handle), 10_000);
    assert.deepEqual(from.outcomes.get(handle), ["acknowledged"]);
  }
}

function fullDisks() {
  const autos = ["never", "once", "always"] as const;
  return autos.flatMap((auto) =>
    (["on record", "elsewhere", "forgotten"] as const).map((then) => [auto, then] as const)
  );
}

/** Both are ready and hear each other. */
function areWell(a: SimEstate, b: SimEstate): boolean {
  return areReady(a, b) && a.remote(b.name)!.alive === true && b.remote(a.name)!.alive === true;
}

describe("new keys that the old ones signed", () => {
  for (const who of ["the main", "the other"] as const) {
    for (const auto of ["never", "once", "always"] as const) {
      it(`of ${who} are taken up in the session that there is (${auto})`, () => {
        const [world, alpha, beta] = joined();
        alpha.up.setAuto(auto);
        beta.up.setAuto(auto);
        const [renewer, peer] = who === "the main" ? [alpha, beta] : [beta, alpha];
        const before = printAt(peer, renewer);
        renewer.renewKeys();
        assert.deepEqual(renewer.up.unawareOfKeys(), [peer.name]);
        world.run(1000);
        assert.deepEqual(renewer.up.unawareOfKeys(), []);
        assert.notEqual(printAt(peer, renewer), before);
        assert.deepEqual(peer.states(renewer.name).filter((state) => state === "rekeyed"), [
          "rekeyed",
        ]);
        talk(world, alpha, beta);
        // And they hold in the next session, and after a restart of either.
        for (const estate of [alpha, beta]) {
          estate.kill();
          estate.start();
          assert.ok(world.runUntil(() => areWell(alpha, beta), 20_000));
          talk(world, alpha, beta);
        }
      });
    }
  }

  it("reach an estate that was away, by the old keys, which are kept for that", () => {
    const [world, alpha, beta] = joined();
    beta.kill();
    alpha.renewKeys();
    world.run(10_000);
    alpha.renewKeys();
    alpha.kill();
    alpha.start();
    beta.start();
    assert.ok(world.runUntil(() => alpha.up.unawareOfKeys().length === 0, 20_000));
    world.run(3000);
    assert.ok(areWell(alpha, beta));
    assert.equal(beta.states("alpha").filter((state) => state === "rekeyed").length, 2);
    talk(world, alpha, beta);
  });

  it("reach one that comes when the old ones are gone, by the proof in the join", () => {
    for (const mutable of [true, false]) {
      const [world, alpha, beta] = joined({ mutable }, { mutable });
      alpha.up.setAuto("never");
      beta.up.setAuto("never");
      beta.kill();
      alpha.renewKeys();
      const keep = new Keep(alpha.store, "alpha");
      assert.equal(dropOldKeys(keep, world.now + OLD_KEYS_MS - 1000), 2);
      assert.equal(dropOldKeys(keep, world.now + OLD_KEYS_MS), 1);
      alpha.kill();
      alpha.start();
      world.run(10_000);
      beta.start();
      assert.ok(world.runUntil(() => areWell(alpha, beta), 60_000), `mutable ${mutable}`);
      talk(world, alpha, beta);
    }
  });

  it("are taken up from one that has moved as well, by one that is told where it is now", () => {
    const [world, alpha, beta] = joined({ mutable: true }, { mutable: true });
    beta.kill();
    alpha.renewKeys();
    alpha.kill();
    alpha.address = { ...alpha.address, port: 20_001 };
    beta.address = { ...beta.address, port: 20_002 };
    alpha.start();
    beta.start().join(alpha);
    assert.ok(world.runUntil(() => areWell(alpha, beta), 10_000));
    assert.deepEqual(alpha.up.unawareOfKeys(), []);
    talk(world, alpha, beta);
  });

  it("are taken up by one whose home is a copy from before, though it has old ones itself again", () => {
    for (const who of ["alpha", "beta"]) {
      const [world, alpha, beta] = joined({ mutable: true }, { mutable: true });
      const restored = who === "alpha" ? alpha : beta;
      const copy = new Map(restored.store.files);
      for (const estate of [alpha, beta]) estate.renewKeys();
      world.run(5000);
      for (const estate of [alpha, beta]) assert.deepEqual(estate.up.unawareOfKeys(), []);
      restored.kill();
      restored.putBack(copy);
      restored.start();
      assert.ok(world.runUntil(() => areWell(alpha, beta), 10_000), who);
      talk(world, alpha, beta);
    }
  });

  for (const auto of ["never", "once", "always"] as const) {
    it(`are no fault of one that does not know that they were taken up, wherever it is (${auto})`, () => {
      const [world, alpha, beta] = joined({ mutable: true }, { mutable: true });
      for (const estate of [alpha, beta]) estate.up.setAuto(auto);
      world.weather.drops = (from) => from === "alpha";
      beta.renewKeys();
      assert.ok(world.runUntil(() => alpha.states("beta").includes("rekeyed"), 5000));
      beta.address = { ...beta.address, port: 20_001 };
      world.weather.drops = null;
      assert.ok(
        world.runUntil(() => areWell(alpha, beta) && beta.up.unawareOfKeys().length === 0, 20_000),
      );
      talk(world, alpha, beta);
    });
  }

  for (const [auto, then] of fullDisks()) {
    it(`are in use with one that took them up as the disk was full, after a start, too (${auto}, ${then})`, () => {
      const [world, alpha, beta] = joined({ mutable: true }, { mutable: true });
      for (const estate of [alpha, beta]) estate.up.setAuto(auto);
      beta.renewKeys();
      const free = fillDisk(beta);
      assert.ok(world.runUntil(() => beta.up.unawareOfKeys().length === 0, 20_000));
      talk(world, alpha, beta);
      beta.kill();
      free();
      if (then === "elsewhere") beta.address = { ...beta.address, port: 20_001 };
      if (then === "forgotten") {
        alpha.kill();
        new Keep(alpha.store, "alpha").removeRemote("beta");
        alpha.start();
        alpha.up.setAuto(auto);
      }
      beta.start();
      beta.up.setAuto(auto);
      // A stack that was started again counts its handles anew.
      for (const estate of [alpha, beta]) estate.events.length = 0;
      assert.ok(world.runUntil(() => areWell(alpha, beta), 20_000));
      talk(world, alpha, beta);
    });
  }

  it("are shown to one that says, as it joins, that it took them up", () => {
    const [world, alpha, beta] = joined({ mutable: true }, { mutable: true });
    alpha.renewKeys();
    const copy = new Map(alpha.store.files);
    assert.ok(world.runUntil(() => alpha.up.unawareOfKeys().length === 0, 20_000));
    for (const estate of [alpha, beta]) estate.kill();
    alpha.putBack(copy);
    const shown: unknown[] = [];
    world.weather.drops = (from, _to, bytes) => {
      const packet = packetOf(bytes, TransactionKind.join);
      if (from === "alpha" && packet?.head.packetKind === PacketKind.response) {
        shown.push((unpackBody(packet.head.bodyKind, packet.coat) as Body).verhex);
      }
      return packet === null;
    };
    for (const estate of [alpha, beta]) estate.start();
    assert.deepEqual(alpha.up.unawareOfKeys(), ["beta"]);
    beta.up.begin("join", "alpha", world.now);
    world.collect();
    world.run(100);
    const [{ verifyKey }] = beta.up.keys.list().filter(({ role }) => role === "alpha");
    assert.deepEqual(shown, [toHex(verifyKey)]);
  });

  it("are what one that lost its home is shown, and not the old ones in a join that crosses its own", () => {
    const [world, alpha, beta] = joined({ mutable: true }, { mutable: true });
    beta.kill();
    alpha.renewKeys();
    beta.loseHome();
    beta.start().join(alpha);
    // It is asked for two seconds whether it lives under the keys on record.
    assert.ok(world.runUntil(() => areWell(alpha, beta), 3500));
    talk(world, alpha, beta);
  });

  it("are not taken up if others signed them, or for another role", () => {
    const [world, alpha, beta] = joined();
    const before = printAt(beta, alpha);
    const { crypto } = world;
    const key = beta.up.keys.list()[0];
    const to = { verifyKey: new Uint8Array(32).fill(7), boxKey: new Uint8Array(32).fill(8) };
    const stranger = crypto.signer(new Uint8Array(32).fill(4));
    // Alpha itself is made to say it, in its session.
    const keys = { signSeed: new Uint8Array(32).fill(1), boxSecret: new Uint8Array(32).fill(2) };
    alpha.up.succeed(keys, signSuccession(stranger, "alpha", key, to, 1), world.now);
    world.run(10_000);
    assert.equal(printAt(beta, alpha), before);
    assert.ok(beta.up.counters.get("successions_refused") > 0);
    assert.deepEqual(beta.states("alpha").includes("rekeyed"), false);
  });

  it("leave the other estates of the role as they are, until they change theirs", () => {
    const { world, alpha, one, two } = siblings();
    one.renewKeys();
    world.run(3000);
    talk(world, alpha, one);
    talk(world, alpha, two);
  });

  it("don't reach a classic estate: with it the old ones go on as long as they are kept", () => {
    const [world, alpha, beta] = joined({}, { features: null });
    alpha.renewKeys();
    world.run(10_000);
    talk(world, alpha, beta);
    assert.deepEqual(alpha.up.unawareOfKeys(), ["beta"]);
    alpha.kill();
    alpha.start();
    assert.ok(world.runUntil(() => areWell(alpha, beta), 20_000));
    talk(world, alpha, beta);
  });

  it("are followed by a pin", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true });
    const witness = world.add("witness");
    witness.join(alpha);
    world.run(100);
    const pin = printAt(witness, alpha);
    alpha.renewKeys();
    // One that joins for the first time, and one that knew the old keys and starts anew.
    const beta = world.add("beta", { auto: "never" });
    beta.up.join(alpha.address, world.now, pin);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
    world.run(1000);
    witness.kill();
    witness.start();
    witness.up.join(alpha.address, world.now, pin);
    assert.ok(world.runUntil(() => areWell(alpha, witness), 20_000));
    assert.notEqual(printAt(witness, alpha), pin);
  });

  for (const lost of ["its home", "what it knew of others"] as const) {
    it(`are shown to one that was away and has lost ${lost}: it may be told of them by a pin`, () => {
      const [world, alpha, beta] = joined({ mutable: true, auto: "always" }, { auto: "once" });
      const witness = world.add("witness");
      beta.kill();
      alpha.renewKeys();
      witness.join(alpha);
      assert.ok(world.runUntil(() => areReady(alpha, witness), 5000));
      if (lost === "its home") beta.loseHome();
      else beta.store.files.clear();
      beta.start();
      beta.up.join(alpha.address, world.now, printAt(witness, alpha));
      world.collect();
      assert.ok(world.runUntil(() => areReady(alpha, beta), 60_000));
    });
  }

  it("are in use or not, whole, wherever a crash comes, and on either side", () => {
    for (const side of ["renewer", "peer"] as const) {
      for (let crash = 1; crash <= 8; crash++) {
        const [world, alpha, beta] = joined({}, {}, crash);
        alpha.up.setAuto("never");
        beta.up.setAuto("once");
        const victim = side === "renewer" ? alpha : beta;
        const write = victim.store.write.bind(victim.store);
        let writes = 0;
        victim.store.write = (path, bytes) => {
          if (++writes >= crash) throw new Crash();
          write(path, bytes);
        };
        try {
          alpha.renewKeys();
          world.run(3000);
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
        }
        victim.kill();
        victim.store.write = write;
        victim.start();
        assert.ok(world.runUntil(() => areWell(alpha, beta), 60_000), `${side}, write ${crash}`);
        world.run(5000);
        talk(world, alpha, beta);
        assert.deepEqual(alpha.up.unawareOfKeys(), [], `${side}, write ${crash}`);
      }
    }
  });

  it("are told in bad weather, too", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [world, alpha, beta] = joined({}, {}, seed);
      Object.assign(world.weather, { lossShare: 0.3, jitterMs: 30, doubleShare: 0.1 });
      alpha.renewKeys();
      beta.renewKeys();
      const isTold = () => alpha.up.unawareOfKeys().length + beta.up.unawareOfKeys().length === 0;
      assert.ok(world.runUntil(isTold, 60_000), `seed ${seed}`);
      world.weather.lossShare = 0;
      assert.ok(world.runUntil(() => areWell(alpha, beta), 60_000), `seed ${seed}`);
      talk(world, alpha, beta);
      assert.equal(printAt(beta, alpha).length, printOf(alpha.up.keys.list()[0]).length);
    }
  });
});

describe("keys that somebody says to have been an estate's before", () => {
  for (const auto of ["never", "once"] as const) {
    for (const first of ["", ", though they waited under its name, or came first"]) {
      it(`are not believed, after a restart neither (${auto})${first}`, () => {
        const world = new SimRoad(1);
        const alpha = world.add("alpha", { main: true, auto, mutable: true });
        const [liar, true_] = [new Impostor(world.crypto, 9), new Impostor(world.crypto, 20)];
        const ids = { sourceId: 77, transactionId: 1 };
        if (first) {
          world.inject(liar.join("beta", "beta", ids), ATTACKER, alpha.address);
          world.inject(forgeAck(ids), ATTACKER, alpha.address);
          world.run(6000);
        }
        const [verhex, pubhex] = [toHex(true_.keys.verifyKey), toHex(true_.keys.boxKey)];
        const said = { name: "beta", mode: 0, kind: 0, verhex, pubhex, role: "beta" };
        const raet = { v: 1, next: liar.leadsTo(true_.keys, "beta") };
        const again = {
          ...ids,
          transactionId: 2,
          destinationId: nearUidOf(alpha, "beta"),
        };
        const request = forgeJoin(PacketKind.request, again, { ...said, raet });
        world.inject(request, ATTACKER, alpha.address);
        world.run(100);
        if (auto === "never") alpha.up.keys.accept("beta", world.now);
        world.collect();
        world.inject(forgeAck(again), ATTACKER, alpha.address);
        world.run(100);
        const [shown] = alpha.up.keys.list();
        assert.equal(printOf(shown), printOf(true_.keys), "what the operator sees is the true key");
        assert.equal(alpha.remote("beta")?.state, "joined");
        alpha.kill();
        alpha.start();
        const numbers = { sourceId: 77, destinationId: nearUidOf(alpha, "beta"), sessionId: 1 };
        for (const [n, one] of [liar, true_].entries()) {
          const before = alpha.up.counters.get("bad_signature");
          const question = one.ask({ ...numbers, transactionId: 1 + n });
          world.inject(question, ATTACKER, alpha.address);
          assert.equal(alpha.up.counters.get("bad_signature") - before, 1 - n);
        }
      });
    }
  }
});

/** The process dies in the middle of a write. */
class Crash extends Error {}
