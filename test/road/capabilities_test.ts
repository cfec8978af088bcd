import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "../../src/base/bytes.ts";
import { Drop } from "../../src/base/drop.ts";
import type { Body } from "../../src/base/value.ts";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import { forgeJoin, nearUidOf, withoutHint } from "../support/forge.ts";
import { areReady, isOfMessage, joined, packetOf } from "../support/road_pair.ts";
import { type SimEstate, SimRoad } from "../support/sim_road.ts";

describe("what a peer can do", () => {
  it("is known on both sides before messages flow, and learnt anew in each session", () => {
    const [world, alpha, beta] = joined({}, { features: ["a", "b"] });
    assert.deepEqual(alpha.remote("beta")!.capabilities?.features, ["a", "b"]);
    const epoch = alpha.remote("beta")!.capabilities!.epoch;
    beta.kill();
    beta.start();
    world.run(1000);
    assert.notEqual(alpha.remote("beta")!.capabilities!.epoch, epoch);
  });

  it("is nothing for a classic peer, which gets no sealed alive", () => {
    for (const classic of ["alpha", "beta"]) {
      const world = new SimRoad(3);
      world.recording = true;
      const alpha = world.add("alpha", {
        main: true,
        ...(classic === "alpha" ? { features: null } : {}),
      });
      const beta = world.add("beta", classic === "beta" ? { features: null } : {});
      beta.join(alpha);
      world.run(20_000);
      assert.ok(areReady(alpha, beta));
      assert.deepEqual([alpha.remote("beta")!.capabilities, beta.remote("alpha")!.capabilities], [
        null,
        null,
      ]);
      for (const { bytes } of world.sent) {
        const packet = parsePacket(bytes);
        if (packet instanceof Drop || packet.head.transactionKind !== TransactionKind.alive) {
          continue;
        }
        assert.equal(packet.coat.length, 0);
      }
    }
  });

  it("is asked on where what says it is lost, while messages flow, and is known as soon as it comes", () => {
    const [world, alpha, beta] = pairWithoutWord();
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
    assert.equal(beta.remote("alpha")!.capabilities, null);
    assert.equal(beta.remote("alpha")!.asking, true);
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(100);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    world.recording = true;
    world.run(60_000);
    // Each asks three times at once, then ever more rarely.
    const filled = world.sent.filter(({ bytes }) => isFilled(bytes)).length;
    assert.ok(filled >= 16 && filled <= 40, `${filled} filled alives in a minute`);
    world.weather.drops = null;
    world.run(8000);
    for (const [one, other] of [[alpha, "beta"], [beta, "alpha"]] as const) {
      assert.deepEqual(one.remote(other)!.capabilities?.features, ["receipts"]);
      assert.equal(one.remote(other)!.asking, false);
    }
  });

  it("decides over what was on its way before: that is sent again once the peer said that it ran on", () => {
    const [world, alpha, beta] = joined();
    const isDone = (bytes: Uint8Array) => isOfMessage(bytes, PacketKind.done);
    world.weather.drops = (_f, _t, bytes) => isDone(bytes);
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(100);
    world.weather.drops = (_f, _t, bytes) => isDone(bytes) || isFilled(bytes);
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    world.run(10_000);
    assert.ok(areReady(alpha, beta) && beta.remote("alpha")!.asking);
    assert.equal(beta.outcomes.get(handle), undefined);
    world.weather.drops = null;
    world.run(10_000);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });

  for (const client of ["alpha", "beta"]) {
    it(`is nothing, and not asked, once it has nothing to say: ${client} begins the session`, () => {
      const [world, alpha, beta] = joined();
      beta.kill();
      Object.assign(beta.options, { features: null });
      const isHello = (bytes: Uint8Array) =>
        packetOf(bytes, TransactionKind.allow)?.head.packetKind === PacketKind.hello;
      world.weather.drops = (from, _to, bytes) => from !== client && isHello(bytes);
      beta.start();
      const [one, other] = client === "alpha" ? [alpha, "beta"] : [beta, "alpha"];
      one.up.begin("allow", other, world.now);
      world.collect();
      world.recording = true;
      assert.ok(world.runUntil(() => areReady(alpha, beta), 2000));
      world.run(1000);
      const { asking, capabilities } = alpha.remote("beta")!;
      assert.deepEqual([asking, capabilities], [false, null]);
      assert.equal(world.sent.filter(({ bytes }) => isFilled(bytes)).length, 0);
    });
  }
});

describe("that an estate is one of ours, or classic", () => {
  /** A join as beta would ask for it, but unsigned, and its ack: all can be read off the wire. */
  function joinUnsigned(main: SimEstate, beta: SimEstate, more: Body): void {
    const { world } = main;
    const key = main.up.keys.list().find(({ role }) => role === "beta")!;
    const keys = { verhex: toHex(key.verifyKey), pubhex: toHex(key.boxKey) };
    const said = { name: "beta", mode: 0, kind: 0, ...keys, role: "beta", ...more };
    const [sourceId, destinationId] = [nearUidOf(beta, main.name), nearUidOf(main, "beta")];
    const ids = { sourceId, destinationId, transactionId: 5000 };
    world.inject(forgeJoin(PacketKind.request, ids, said), beta.address, main.address);
    world.run(5);
    world.inject(forgeJoin(PacketKind.ack, ids), beta.address, main.address);
  }

  it("is not taken back by an unsigned join while it is away", () => {
    // Of two joins that cross the one in the name that sorts lower goes on.
    const world = new SimRoad(1);
    const [zeta, beta] = [world.add("zeta", { main: true, auto: "once" }), world.add("beta")];
    beta.join(zeta);
    assert.ok(world.runUntil(() => areReady(zeta, beta), 5000));
    beta.kill();
    zeta.kill();
    world.weather.drops = (_f, _t, bytes) => packetOf(bytes, TransactionKind.allow) !== null;
    zeta.start();
    world.run(20_000);
    joinUnsigned(zeta, beta, {});
    world.run(10_000);
    world.weather.drops = null;
    beta.start();
    const isClassic = () => {
      const { ready, asking, capabilities } = zeta.remote("beta")!;
      return ready && !asking && capabilities === null;
    };
    assert.equal(world.runUntil(isClassic, 60_000), false);
    assert.notEqual(zeta.remote("beta")!.capabilities, null);
  });

  for (const [what, changed] of Object.entries(CHANGES)) {
    it(`is known though somebody takes the hint out of a first join, out of ${what}`, () => {
      for (const name of ["alpha", "zeta"]) {
        const world = new SimRoad(1);
        const [main, beta] = [world.add(name, { main: true }), world.add("beta")];
        world.weather.drops = (from, _to, bytes) => {
          const classic = withoutHint(bytes);
          const packet = packetOf(bytes, TransactionKind.join);
          if (!classic || !changed.includes(packet!.head.packetKind)) return false;
          const [there, here] = from === "beta" ? [beta, main] : [main, beta];
          world.inject(classic, there.address, here.address);
          return true;
        };
        beta.join(main);
        for (const [one, other] of [[beta, main], [main, beta]]) {
          assert.ok(world.runUntil(() => one.remote(other.name)?.ready === true, 5000));
          assert.deepEqual(one.remote(other.name)!.capabilities?.features, ["receipts"]);
        }
      }
    });
  }

  it("is not said of a classic one by an unsigned join: it would be asked what it can't read", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true }, { features: null });
    joinUnsigned(alpha, beta, { raet: { v: 1 } });
    world.run(10_000);
    world.recording = true;
    beta.kill();
    beta.start();
    world.run(60_000);
    assert.ok(areReady(alpha, beta));
    assert.equal(world.sent.filter(({ bytes }) => isFilled(bytes)).length, 0);
  });

  it("is not believed of an unsigned join before the first session either: its later word would count for nothing", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, auto: "once", mutable: true });
    const beta = world.add("beta", { features: null });
    world.weather.drops = (_f, _t, bytes) => packetOf(bytes, TransactionKind.allow) !== null;
    beta.join(alpha);
    assert.ok(world.runUntil(() => alpha.remote("beta")?.state === "joined", 5000));
    joinUnsigned(alpha, beta, { raet: { v: 1 } });
    world.weather.drops = null;
    assert.ok(world.runUntil(() => areReady(alpha, beta), 20_000));
    beta.kill();
    world.run(5000);
    const again = world.add("beta", { features: null, role: "web", port: 9999 });
    again.takeKeysOf(beta);
    again.join(alpha);
    assert.ok(world.runUntil(() => alpha.remote("beta")!.role === "web", 60_000));
  });
});

/** Which packets of a join are changed on their way. */
const CHANGES: Record<string, number[]> = {
  "the request": [PacketKind.request],
  "the response": [PacketKind.response],
  both: [PacketKind.request, PacketKind.response],
};

/** Whether it is an alive that says something. */
function isFilled(bytes: Uint8Array): boolean {
  return (packetOf(bytes, TransactionKind.alive)?.coat.length ?? 0) > 0;
}

/** Two estates that have not met, and hear nothing of what the other can do. */
function pairWithoutWord(): [SimRoad, SimEstate, SimEstate] {
  const world = new SimRoad(3);
  const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta", {})];
  world.weather.drops = (_f, _t, bytes) => isFilled(bytes);
  return [world, alpha, beta];
}

describe("the trace", () => {
  it("tells the steps of every transaction when somebody watches, and nothing else", () => {
    const [world, , beta] = joined({}, {});
    assert.equal(beta.events.filter(({ type }) => type === "transaction").length, 0);
    beta.up.tune({ trace: true });
    let lost = 0;
    world.weather.drops = (_f, _t, bytes) => isOfMessage(bytes, PacketKind.message) && lost++ === 0;
    beta.send({ n: 1 }, "alpha");
    world.run(1000);
    const steps = beta.events.flatMap((event) => event.type === "transaction" ? [event] : []);
    assert.deepEqual(steps.map(({ phase }) => phase), ["began", "redo", "ended"]);
    assert.equal(new Set(steps.map(({ id }) => id)).size, 1);
    const [end] = steps.slice(-1);
    assert.deepEqual([end.kind, end.ours, end.estate, end.redos, end.packets], [
      "message",
      true,
      "alpha",
      1,
      3,
    ]);
    assert.equal(end.outcome, "done");
  });
});
