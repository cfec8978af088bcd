import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Flag, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { areReady, isKind, joined, packetOf } from "../support/road_pair.ts";
import { SimRoad } from "../support/sim_road.ts";

describe("the keys of a session", () => {
  const short = { settings: { sessionMs: 3000, alivePeriodMs: 200 } };

  it("are replaced after their time, in one handshake, and old packets are of no use", () => {
    const [world, alpha, beta] = joined(short, short);
    let hellos = 0;
    world.weather.drops = (_from, _to, bytes) => {
      if (isKind(bytes, TransactionKind.allow, PacketKind.hello)) hellos++;
      return false;
    };
    const before = alpha.remote("beta")!.sessionId;
    world.run(31_000);
    const renewed = alpha.remote("beta")!.sessionId - before;
    assert.ok(renewed >= 8 && renewed <= 10, `${renewed} times in 31 s`);
    assert.equal(hellos, renewed);
    assert.ok(areReady(alpha, beta));
  });

  it("are replaced after so many packets, too", () => {
    const busy = { settings: { sessionPackets: 200, alivePeriodMs: 200 } };
    const [world, alpha, beta] = joined(busy, busy);
    const before = alpha.remote("beta")!.sessionId;
    for (let n = 0; n < 500; n++) {
      beta.send({ n }, "alpha");
      world.run(10);
    }
    world.run(1000);
    const renewed = alpha.remote("beta")!.sessionId - before;
    assert.ok(renewed >= 3 && renewed <= 7, `${renewed} times`);
    assert.equal(alpha.received.length, 500);
  });

  it("leave nothing of the handshake before with who began that, once the other side has begun the next", () => {
    const world = new SimRoad(1);
    const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
    let ack: { bytes: Uint8Array; from: string } | null = null;
    let lastAcks = 0;
    world.weather.drops = (from, _to, bytes) => {
      if (!isKind(bytes, TransactionKind.allow, PacketKind.ack)) return false;
      const isOfServer =
        (packetOf(bytes, TransactionKind.allow)!.head.flags & Flag.correspondent) !== 0;
      if (isOfServer) ack ??= { bytes: bytes.slice(), from };
      else lastAcks++;
      return false;
    };
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 3000));
    world.run(50);
    const [server, client] = ack!.from === "alpha" ? [alpha, beta] : [beta, alpha];
    const late = () => {
      const before = lastAcks;
      world.inject(ack!.bytes, server.address, client.address);
      world.run(50);
      return lastAcks - before;
    };
    assert.equal(late(), 1, "its last ack may have been lost");
    const { sessionId } = server.remote(client.name)!;
    server.up.begin("allow", client.name, world.now);
    assert.ok(world.runUntil(() => server.remote(client.name)!.sessionId !== sessionId, 3000));
    world.run(1000);
    assert.equal(late(), 0);
    assert.ok(areReady(alpha, beta));
  });

  it("stay with a reference, which would lose what it has on the way", () => {
    const [world, alpha] = joined(short, { features: null });
    const before = alpha.remote("beta")!.sessionId;
    world.run(30_000);
    assert.equal(alpha.remote("beta")!.sessionId, before);
  });

  it("change while messages flow both ways in bad weather, and each arrives and none is unknown", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = new SimRoad(seed);
      Object.assign(world.weather, { lossShare: 0.05, jitterMs: 20, doubleShare: 0.05 });
      const options = { settings: { sessionMs: 1000, alivePeriodMs: 100 } };
      const [alpha, beta] = [
        world.add("alpha", { main: true, ...options }),
        world.add("beta", options),
      ];
      beta.join(alpha);
      assert.ok(world.runUntil(() => areReady(alpha, beta), 30_000));
      const before = alpha.remote("beta")!.sessionId;
      const handles: [typeof alpha, number][] = [];
      for (let n = 0; n < 300; n++) {
        const [from, to] = n % 2 ? [alpha, beta] : [beta, alpha];
        const filling = n % 20 === 0 ? "x".repeat(20_000) : "";
        handles.push([from, from.send({ n, filling }, to.name)]);
        world.run(40);
      }
      const isDone = () => handles.every(([from, handle]) => from.outcomes.has(handle));
      assert.ok(world.runUntil(isDone, 60_000), `seed ${seed}`);
      for (const [from, handle] of handles) {
        assert.deepEqual(from.outcomes.get(handle), ["acknowledged"], `seed ${seed}`);
      }
      const got = new Set([...alpha.received, ...beta.received].map(({ body }) => body.n));
      assert.equal(got.size, 300);
      assert.ok(alpha.remote("beta")!.sessionId - before >= 5, "they were renewed meanwhile");
    }
  });
});

describe("a handshake while estates renew their own keys", () => {
  const names = ["alpha", "beta"] as const;
  const cases = [["alpha"], ["beta"], names].flatMap((renewing) =>
    names.map((client) => ({ renewing: renewing as readonly string[], client }))
  );
  for (const { renewing, client } of cases) {
    it(`ends with a session, and no key is rejected: ${renewing.join(" and ")}, ${client} begins`, () => {
      for (let aheadMs = -200; aheadMs <= 200; aheadMs += 20) {
        const [world, alpha, beta] = joined();
        const [one, other] = client === "alpha" ? [alpha, beta] : [beta, alpha];
        world.weather.latencyMs = 50;
        world.run(6000);
        const renew = () => {
          for (const estate of [alpha, beta]) {
            if (renewing.includes(estate.name)) estate.renewKeys();
          }
        };
        if (aheadMs > 0) renew();
        world.run(Math.max(0, aheadMs));
        one.up.begin("allow", other.name, world.now);
        world.collect();
        world.run(Math.max(0, -aheadMs));
        if (aheadMs <= 0) renew();
        const handle = one.send({ n: 1 }, other.name);
        assert.ok(world.runUntil(() => one.outcomes.has(handle), 5000), `${aheadMs} ms ahead`);
        assert.deepEqual(one.outcomes.get(handle), ["acknowledged"], `${aheadMs} ms ahead`);
        for (const estate of [alpha, beta]) {
          assert.ok(!estate.states().includes("rejected"), `${aheadMs} ms ahead: ${estate.name}`);
        }
        assert.ok(world.runUntil(() => areReady(alpha, beta), 5000));
      }
    });
  }
});
