/**
 * What becomes of messages that wait: for room in the window, for a session, for an end of their time.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { heapBytes } from "../support/heap.ts";
import { areReady, isOfMessage, joined, packetOf } from "../support/road_pair.ts";
import type { SimEstate, SimRoad } from "../support/sim_road.ts";

const LONG = { filling: "x".repeat(200_000) };

describe("a message that waits for its turn", () => {
  for (const end of ["runs out of time", "is called back"]) {
    it(`goes once the long one before it ${end}`, () => {
      const [world, , beta] = joined();
      // As over a path that takes small datagrams only: the other side lives all the while.
      world.weather.drops = (from, _to, bytes) => from === "beta" && bytes.length > 500;
      const deadline = end === "runs out of time" ? world.now + 1000 : Infinity;
      const long = beta.send(LONG, "alpha", { deadline });
      world.run(500);
      const small = beta.send({ n: 1 }, "alpha");
      world.run(1000);
      if (deadline === Infinity) beta.up.cancel(long, world.now);
      world.collect();
      assert.deepEqual(beta.outcomes.get(long), ["outcome_unknown"]);
      assert.ok(world.runUntil(() => beta.outcomes.has(small), 2000), "it goes");
      assert.deepEqual(beta.outcomes.get(small), ["acknowledged"]);
    });
  }

  it("has its outcome at its deadline though it was answered while nothing could be sent", () => {
    const [world, alpha, beta] = joined();
    world.weather.latencyMs = 20;
    const deadline = world.now + 3000;
    const handle = beta.send(LONG, "alpha", { deadline });
    let answers = 0;
    world.weather.drops = (from, _to, bytes) => {
      if (from === "alpha" && isOfMessage(bytes, PacketKind.ack)) answers++;
      return false;
    };
    assert.ok(world.runUntil(() => answers > 0, 1000));
    // The answer is on its way as a handshake begins, which gets none.
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    alpha.kill();
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 3500), "it has one");
    assert.ok(world.now < deadline + 100, `${world.now - deadline} ms late`);
    assert.deepEqual(beta.outcomes.get(handle), ["outcome_unknown"]);
  });

  it("takes no memory once it is over, though its estate is away all the while", () => {
    const [world, alpha, beta] = joined();
    alpha.kill();
    beta.send({ n: 0 }, "alpha", { deadline: world.now + 20_000 });
    world.run(20_100);
    const sendAndExpire = (count: number) => {
      for (let i = 0; i < count; i++) {
        beta.up.transmit({ i }, "alpha", world.now, { deadline: world.now + 100 });
      }
      world.run(200);
      const sent = beta.events.filter(({ type }) => type === "sent").length;
      beta.events.length = 0;
      return sent;
    };
    sendAndExpire(1000);
    const before = heapBytes();
    for (let round = 0; round < 30; round++) assert.equal(sendAndExpire(1000), 1000);
    const grown = heapBytes() - before;
    assert.ok(grown < 5_000_000, `${grown} bytes more for 30,000 messages that are over`);
  });
});

describe("a message that says how long it has to live", () => {
  /** Sends one, and gives how much too long the life is that the other side takes it for. */
  function send(
    world: SimRoad,
    from: SimEstate,
    to: SimEstate,
    filling = "",
    lifeMs = 600_000,
  ) {
    const deadline = world.now + lifeMs;
    const bodyAt = (now: number) => ({ filling, ttlMs: Math.round(deadline - now) });
    const handle = from.send(bodyAt(world.now), to.name, { deadline, bodyAt });
    return () => {
      const arrivals = to.events.filter((event) => event.type === "message");
      assert.equal(arrivals.length, 1, "it arrives once");
      assert.deepEqual(from.outcomes.get(handle), ["acknowledged"]);
      const [{ body, beganAt }] = arrivals;
      assert.equal((body.filling as string).length, filling.length);
      return beganAt + (body.ttlMs as number) - deadline;
    };
  }

  const isMessage = (bytes: Uint8Array) => isOfMessage(bytes, PacketKind.message);

  for (const [size, filling] of [["short", ""], ["long", LONG.filling]]) {
    it(`says so anew after a cut, if it is ${size}`, () => {
      const [world, alpha, beta] = joined();
      world.weather.drops = () => true;
      const excess = send(world, beta, alpha, filling);
      world.run(55_000);
      world.weather.drops = null;
      beta.events.length = 0;
      world.run(10_000);
      assert.ok(excess() < 1100, `${excess()} ms`);
      // In the same session; but who waits for an outcome must know that there may be two copies of one.
      const states = beta.states("alpha").filter((state) => /ready|allowed/.test(state));
      assert.deepEqual(states, size === "long" ? ["ready"] : []);
    });

    it(`says so anew in a new session, if it is ${size}`, () => {
      const [world, alpha, beta] = joined();
      world.weather.drops = (_from, _to, bytes) => isMessage(bytes);
      const excess = send(world, beta, alpha, filling);
      world.run(3000);
      beta.up.begin("allow", "alpha", world.now);
      world.collect();
      world.weather.drops = null;
      world.run(3000);
      assert.ok(excess() < 1100, `${excess()} ms`);
    });

    it(`says what is so then in a new session, however soon that is there, if it is ${size}`, () => {
      const [world, alpha, beta] = joined();
      world.weather.drops = (_from, _to, bytes) => isMessage(bytes);
      let n = 0;
      const bodyAt = () => ({ filling, n: ++n });
      beta.send(bodyAt(), "alpha", { deadline: world.now + 600_000, bodyAt });
      world.run(10);
      beta.up.begin("allow", "alpha", world.now);
      world.collect();
      world.weather.drops = null;
      world.run(900);
      const [{ body }] = alpha.events.filter((event) => event.type === "message");
      assert.equal(body.n, 2);
    });

    it(`says so anew as its turn comes, if it is ${size}`, () => {
      const [world, alpha, beta] = joined({ settings: { window: 1 } }, { settings: { window: 1 } });
      world.weather.drops = (_from, _to, bytes) => isMessage(bytes);
      const before = beta.send({ n: 1 }, "alpha");
      const excess = send(world, beta, alpha, filling);
      world.run(3000);
      beta.up.cancel(before, world.now);
      world.weather.drops = null;
      world.run(10_000);
      assert.ok(excess() < 1100, `${excess()} ms`);
    });
  }

  it("says so anew with each redo if it fits one packet, and is known by its redo if only its done was lost", () => {
    const [world, alpha, beta] = joined();
    world.weather.drops = (_from, _to, bytes) => isMessage(bytes);
    const excess = send(world, beta, alpha);
    world.run(20_000);
    world.weather.drops = (_from, _to, bytes) => isOfMessage(bytes, PacketKind.done);
    world.run(5000);
    world.weather.drops = null;
    world.run(3000);
    assert.ok(excess() < 1100, `${excess()} ms`);
  });

  it("says so to a tenth of what it has left, where that is short", () => {
    const [world, alpha, beta] = joined();
    world.weather.drops = (_from, _to, bytes) => isMessage(bytes);
    const excess = send(world, beta, alpha, "", 3000);
    world.run(2000);
    world.weather.drops = null;
    world.run(900);
    assert.ok(excess() < 100, `${excess()} ms`);
  });

  it("counts from its first packet if it is long, and comes to an end though the way is cut now and then", () => {
    const [world, alpha, beta] = joined();
    let packets = 0;
    world.weather.drops = (_from, _to, bytes) => isMessage(bytes) && ++packets > 20;
    const excess = send(world, beta, alpha, LONG.filling);
    for (let cuts = 0; cuts < 3; cuts++) {
      world.run(10_000);
      world.weather.drops = () => true;
      world.run(20_000);
      packets = 0;
      world.weather.drops = (_from, _to, bytes) => isMessage(bytes) && ++packets > 20;
    }
    world.weather.drops = null;
    world.run(20_000);
    assert.ok(excess() < 1100, `${excess()} ms`);
  });
});

describe("a message on its way while our keys are renewed", () => {
  it("is acknowledged though its done was lost, which its redo asks for with the new ones", () => {
    const [world, alpha, beta] = joined();
    let isLost = true;
    world.weather.drops = (from, _to, bytes) =>
      from === "alpha" && isLost && isOfMessage(bytes, PacketKind.done);
    const handle = beta.send({ n: 1 }, "alpha");
    assert.ok(world.runUntil(() => alpha.received.length === 1, 1000));
    beta.renewKeys();
    assert.ok(world.runUntil(() => beta.up.unawareOfKeys().length === 0, 20_000));
    world.run(10_000);
    isLost = false;
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 5000), "it has an outcome");
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(alpha.received.length, 1);
  });
});

describe("a long message", () => {
  it("goes on when it is learnt only in the middle of it that the other side is one of ours", () => {
    const [world, , beta] = joined();
    // Of what both say of themselves nothing comes through, so beta takes alpha for a classic peer.
    world.weather.drops = (from, _to, bytes) => {
      const packet = packetOf(bytes, TransactionKind.alive);
      if (packet?.head.packetKind !== PacketKind.request) return false;
      return from === "alpha" || packet.coat.length > 0;
    };
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    assert.ok(world.runUntil(() => !beta.remote("alpha")!.ready, 1000));
    assert.ok(world.runUntil(() => beta.remote("alpha")!.ready, 10_000));
    assert.equal(beta.remote("alpha")!.capabilities, null);
    world.weather.latencyMs = 200;
    const handle = beta.send(LONG, "alpha");
    world.weather.drops = null;
    beta.events.length = 0;
    assert.ok(world.runUntil(() => beta.remote("alpha")!.capabilities !== null, 20_000));
    assert.equal(beta.outcomes.has(handle), false, "in the middle of it");
    // Whoever keeps what it can do looks at that once more.
    assert.deepEqual(beta.states("alpha"), ["ready"]);
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 20_000), "it goes on");
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });
});

describe("a message that was sent in an earlier session", () => {
  it("may have arrived there, whatever the far side says to it in this one", () => {
    let taken = 0;
    const [world, alpha, beta] = joined({ admit: () => taken++ === 0 ? "take" : "refuse" });
    let isLost = true;
    world.weather.drops = (from, _to, bytes) =>
      from === "alpha" && isLost && isOfMessage(bytes, PacketKind.done);
    const handle = beta.send({ n: 1 }, "alpha");
    assert.ok(world.runUntil(() => alpha.received.length === 1, 100));
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    isLost = false;
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 5000));
    assert.equal(taken, 2);
    assert.deepEqual(beta.outcomes.get(handle), ["outcome_unknown"]);
  });

  it("is unknown where the far side is started anew before its turn came again in the next one", () => {
    const [world, alpha, beta] = joined();
    let isLost = (from: string, bytes: Uint8Array) =>
      from === "alpha" && isOfMessage(bytes, PacketKind.done);
    world.weather.drops = (from, _to, bytes) => isLost(from, bytes);
    const handles = Array.from({ length: 64 }, (_, n) => beta.send({ n }, "alpha"));
    assert.ok(world.runUntil(() => alpha.received.length === 64, 1000));
    // In the next session they fill the window, so that few of those come to their turn.
    for (let i = 0; i < 4; i++) beta.send(LONG, "alpha");
    isLost = (from, bytes) => from === "beta" && isOfMessage(bytes, PacketKind.message);
    const before = beta.remote("alpha")!.sessionId;
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    const isNew = () => beta.remote("alpha")!.sessionId > before;
    assert.ok(world.runUntil(() => isNew() && areReady(alpha, beta), 1000));
    world.run(50);
    alpha.kill();
    alpha.start();
    isLost = () => false;
    assert.ok(world.runUntil(() => beta.outcomes.size === 68, 60_000));
    for (const handle of handles) {
      assert.deepEqual(beta.outcomes.get(handle), ["outcome_unknown"]);
    }
    assert.equal(alpha.received.filter(({ body }) => "n" in body).length, 64);
  });
});

describe("a message to one of ours that is asked in vain what it can do", () => {
  it("is not sent again in a new session as long as nobody can tell whether the other side was started anew", () => {
    const [world, alpha, beta] = joined();
    let isLost = false;
    // Whoever is in between can tell by the size what to drop.
    world.weather.drops = (from, _to, bytes) => {
      if (from === "alpha" && isLost && isOfMessage(bytes, PacketKind.done)) return true;
      const packet = packetOf(bytes, TransactionKind.alive);
      return packet !== null && packet.coat.length > 0;
    };
    const start = () => {
      alpha.kill();
      alpha.start();
      assert.ok(world.runUntil(() => beta.remote("alpha")!.ready === false, 10_000));
      assert.ok(world.runUntil(() => beta.remote("alpha")!.ready, 20_000));
    };
    start();
    isLost = true;
    const handle = beta.send({ n: 1 }, "alpha");
    assert.ok(world.runUntil(() => alpha.received.length === 1, 1000));
    start();
    isLost = false;
    world.run(10_000);
    assert.deepEqual([beta.outcomes.get(handle), alpha.received.length], [undefined, 1]);
    // It says so itself as soon as it is heard.
    world.weather.drops = null;
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 10_000));
    assert.deepEqual(beta.outcomes.get(handle), ["outcome_unknown"]);
    assert.equal(alpha.received.length, 1);
  });
});

describe("the count of messages sent", () => {
  it("has those that were acknowledged, each once", () => {
    let isTaken = false;
    const [world, alpha, beta] = joined({ admit: () => isTaken ? "take" : "refuse" });
    const sent = () => beta.remote("alpha")!.messagesSent;
    const refused = beta.send({ n: 1 }, "alpha");
    assert.ok(world.runUntil(() => beta.outcomes.has(refused), 1000));
    assert.equal(sent(), 0);
    isTaken = true;
    let isLost = true;
    world.weather.drops = (from, _to, bytes) =>
      from === "alpha" && isLost && isOfMessage(bytes, PacketKind.done);
    const handle = beta.send({ n: 2 }, "alpha");
    assert.ok(world.runUntil(() => alpha.received.length === 1, 100));
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    isLost = false;
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 5000));
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(sent(), 1);
  });
});

describe("a message that was refused while the other side was being asked whether it lives", () => {
  it("goes again in a new session, though an answer from before the old one was lost comes after", () => {
    const [world, alpha, beta] = joined({ settings: { automatic: false } });
    let answer: Uint8Array | null = null;
    let isRefused = false;
    world.weather.drops = (from, _to, bytes) => {
      if (from !== "alpha") return false;
      isRefused ||= isOfMessage(bytes, PacketKind.nack);
      const packet = packetOf(bytes, TransactionKind.alive);
      if (answer || packet?.head.packetKind !== PacketKind.ack) return false;
      answer = bytes;
      return true;
    };
    beta.up.begin("alive", "alpha", world.now);
    world.collect();
    assert.ok(world.runUntil(() => answer !== null, 100));
    alpha.kill();
    alpha.start();
    world.run(10);
    const handle = beta.send({ n: 1 }, "alpha");
    assert.ok(world.runUntil(() => isRefused, 100));
    world.run(2);
    world.inject(answer!, alpha.address, beta.address);
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 10_000));
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(alpha.received.length, 1);
  });
});
