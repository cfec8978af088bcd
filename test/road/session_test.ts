import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Drop } from "../../src/base/drop.ts";
import { Flag, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import { ATTACKER } from "../support/forge.ts";
import { areReady, isKind, joined, packetOf } from "../support/road_pair.ts";
import { SimRoad } from "../support/sim_road.ts";

describe("a session", () => {
  it("begun by both sides at once is one session", () => {
    const [world, alpha, beta] = joined();
    alpha.up.begin("allow", "beta", world.now);
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 3000));
    const handle = alpha.send({ n: 1 }, "beta");
    world.run(100);
    assert.deepEqual(alpha.outcomes.get(handle), ["acknowledged"]);
  });

  it("is agreed on although every third packet is lost", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = new SimRoad(seed);
      world.weather.lossShare = 0.33;
      const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
      beta.join(alpha);
      assert.ok(world.runUntil(() => areReady(alpha, beta), 60_000), `seed ${seed}`);
    }
  });

  it("begins with the other's hello where the one whose goes first has heard too little to send its own", () => {
    const world = new SimRoad(1);
    const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
    world.weather.drops = (_from, _to, bytes) => isKind(bytes, TransactionKind.allow);
    beta.join(alpha);
    world.run(1000);
    // What came from beta before is forgotten, and nothing of it was proof.
    alpha.kill();
    alpha.start();
    let refused = 0;
    world.weather.drops = (_from, _to, bytes) => {
      const head = packetOf(bytes, TransactionKind.allow)?.head;
      if (head?.packetKind === PacketKind.refuse && head.flags & Flag.correspondent) refused++;
      return false;
    };
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
    assert.equal(refused, 0);
  });

  it("survives the replay of every packet that was ever sent", () => {
    const world = new SimRoad(7);
    world.recording = true;
    const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
    beta.join(alpha);
    world.run(100);
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    for (let n = 0; n < 5; n++) beta.send({ n }, "alpha");
    alpha.send({ n: 9 }, "beta");
    world.run(11_000);
    const recorded = [...world.sent];
    alpha.events.length = beta.events.length = 0;
    for (let round = 0; round < 3; round++) {
      for (const { from, to, bytes } of recorded) {
        const target = to === "alpha" ? alpha : beta;
        const source = from === "alpha" ? alpha : beta;
        world.inject(bytes, round === 1 ? ATTACKER : source.address, target.address);
      }
      world.run(500);
    }
    world.run(5000);
    assert.deepEqual([alpha.received, beta.received], [[], []]);
    assert.deepEqual([alpha.states(), beta.states()], [[], []]);
    const handle = beta.send({ n: 10 }, "alpha");
    world.run(100);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });

  it("goes on when somebody replays a hello, and nothing is held for longer than a handshake", () => {
    const world = new SimRoad(7);
    world.recording = true;
    const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
    beta.join(alpha);
    world.run(100);
    const hello = world.sent.find(({ bytes }) =>
      isKind(bytes, TransactionKind.allow, PacketKind.hello)
    )!;
    alpha.kill();
    alpha.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
    alpha.events.length = 0;
    world.inject(hello.bytes, beta.address, alpha.address);
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(5000);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(areReady(alpha, beta), true);
  });

  it("is agreed on at once though the hello of one that moved overtakes the ack of its join", () => {
    for (const [main, other] of [["alpha", "beta"], ["beta", "alpha"]]) {
      const world = new SimRoad(1);
      const there = world.add(main, { main: true, mutable: true });
      const mover = world.add(other);
      mover.join(there);
      assert.ok(world.runUntil(() => areReady(there, mover), 1000));
      mover.kill();
      mover.address = { host: "10.0.0.1", port: 7999 };
      let acks = 0;
      world.weather.drops = (from, _to, bytes) =>
        from === other && isKind(bytes, TransactionKind.join, PacketKind.ack) && acks++ === 0;
      mover.start();
      assert.ok(world.runUntil(() => acks === 1, 20_000), "it joins from elsewhere");
      assert.ok(world.runUntil(() => areReady(there, mover), 1500), `${main} is the main`);
    }
  });

  it("takes messages also where something else of it came before the handshake's end", () => {
    const [world, alpha, beta] = joined();
    let acks = 0;
    world.weather.drops = (from, _to, bytes) =>
      from === "beta" && isKind(bytes, TransactionKind.allow, PacketKind.ack) && acks++ === 0;
    alpha.up.begin("allow", "beta", world.now);
    world.collect();
    assert.ok(world.runUntil(() => acks === 1, 1000));
    beta.up.begin("alive", "alpha", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 3000));
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(1000);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });

  it("is ready at once though a question of the session before went unanswered", () => {
    const [world, alpha, beta] = joined();
    let isLossy = true;
    world.weather.drops = (from, _to, bytes) => {
      if (from === "alpha" && isKind(bytes, TransactionKind.allow)) isLossy = false;
      return isLossy && from === "beta" && isKind(bytes, TransactionKind.alive);
    };
    alpha.up.begin("alive", "beta", world.now);
    world.collect();
    world.run(100);
    const before = alpha.remote("beta")!.sessionId;
    alpha.up.begin("allow", "beta", world.now);
    world.collect();
    const isNew = () => alpha.remote("beta")!.sessionId > before;
    assert.ok(world.runUntil(() => isNew() && areReady(alpha, beta), 100));
  });

  it("stays in use while a handshake goes nowhere", () => {
    const [world, alpha, beta] = joined();
    world.weather.drops = (_from, _to, bytes) =>
      isKind(bytes, TransactionKind.allow, PacketKind.cookie);
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    const early = alpha.send({ n: 1 }, "beta");
    world.run(20);
    assert.equal(alpha.outcomes.get(early), undefined, "held while the handshake is under way");
    world.weather.drops = null;
    world.run(2000);
    assert.deepEqual(alpha.outcomes.get(early), ["acknowledged"]);
    assert.deepEqual(beta.received.map(({ body }) => body), [{ n: 1 }]);
  });

  it("that the far side lost is begun anew, and a message that it refused is sent again", () => {
    const [world, alpha, beta] = joined({ settings: { automatic: false } });
    alpha.kill();
    alpha.start();
    world.run(10);
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(1000);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.deepEqual(alpha.received.map(({ body }) => body), [{ n: 1 }]);
  });

  it("is begun anew after the far side forgot that we had joined", () => {
    const [world, alpha, beta] = joined();
    alpha.kill();
    for (const [path, bytes] of alpha.store.files) {
      const text = new TextDecoder().decode(bytes).replace('"joined": true', '"joined": null');
      if (path.includes("/remote/estate.")) alpha.store.write(path, new TextEncoder().encode(text));
    }
    alpha.start();
    assert.equal(alpha.remote("beta")!.state, "pending");
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(100);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });

  it("that the far side lost is begun anew at once where its own handshake for that comes to nothing", () => {
    const [world, alpha, beta] = joined({ features: null }, { features: null });
    Object.assign(alpha.options, { settings: { automatic: false } });
    alpha.kill();
    alpha.start();
    world.run(5);
    let isLost = true;
    world.weather.drops = (from, _to, bytes) =>
      isLost && from === "beta" && isKind(bytes, TransactionKind.allow, PacketKind.cookie);
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(0.9); // the refusal is on its way
    alpha.up.begin("allow", "beta", world.now);
    world.collect();
    world.run(4000);
    isLost = false;
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 500));
  });

  it("is begun anew by one whose disk was full when it began the last, though its number comes again", () => {
    const [world, alpha, beta] = joined({}, { settings: { automatic: false } });
    const onDisk = new Map(alpha.store.files);
    const begin = () => {
      alpha.up.begin("allow", "beta", world.now);
      world.collect();
    };
    begin();
    world.run(100);
    for (let n = 0; n < 50; n++) alpha.send({ n }, "beta");
    world.run(1000);
    begin();
    world.run(0.9); // its hello has come
    alpha.kill();
    for (const [path, bytes] of onDisk) alpha.store.files.set(path, bytes);
    alpha.start();
    alpha.send({ n: 50 }, "beta");
    assert.ok(world.runUntil(() => beta.received.length === 51, 10_000));
  });

  it("number is on disk before a packet bears it, whatever is lost in a crash", () => {
    const world = new SimRoad(5);
    world.recording = true;
    const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
    beta.join(alpha);
    const seen = { alpha: new Set<number>(), beta: new Set<number>() };
    for (let life = 0; life < 20; life++) {
      world.run(3 + life * 0.7);
      const victim = life % 2 ? alpha : beta;
      for (const { from, bytes } of world.sent.splice(0)) {
        const packet = parsePacket(bytes);
        if (packet instanceof Drop || packet.head.flags & 1 || packet.head.sessionId === 0) {
          continue;
        }
        seen[from as "alpha" | "beta"].add(packet.head.sessionId);
      }
      victim.kill();
      const before = seen[victim.name as "alpha" | "beta"];
      victim.start();
      if (victim === beta && !beta.remote("alpha")) beta.join(alpha);
      const next = victim.remote(victim === alpha ? "beta" : "alpha");
      if (next) assert.ok(!before.has(next.sessionId), `life ${life}: ${next.sessionId} again`);
    }
  });
});

describe("presence", () => {
  it("is asked for after five quiet seconds, by a packet each way", () => {
    const [world, alpha, beta] = joined();
    world.run(1000);
    const before = world.packets;
    world.run(60_000);
    const packets = world.packets - before;
    assert.ok(packets >= 20 && packets <= 28, `${packets} packets a minute`);
    assert.deepEqual([alpha.remote("beta")!.alive, beta.remote("alpha")!.alive], [true, true]);
  });

  it("needs no questions while messages flow", () => {
    const [world, alpha, beta] = joined();
    world.recording = true;
    for (let i = 0; i < 20; i++) {
      beta.send({ i }, "alpha");
      world.run(1000);
    }
    const alives = world.sent.filter(({ bytes }) => isKind(bytes, TransactionKind.alive));
    assert.equal(alives.length, 0);
    assert.equal(alpha.received.length, 20);
  });

  it("is lost within seven seconds of silence and comes back by itself", () => {
    const [world, alpha, beta] = joined();
    world.weather.lossShare = 1;
    world.run(8000);
    assert.deepEqual([alpha.remote("beta")!.alive, beta.remote("alpha")!.alive], [false, false]);
    world.weather.lossShare = 0;
    const isBack = () =>
      alpha.remote("beta")!.alive === true && beta.remote("alpha")!.alive === true;
    assert.ok(world.runUntil(isBack, 5000));
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(200);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });

  it("ends with a main estate that reaps what is silent for long, until something is heard", () => {
    const [world, alpha, beta] = joined({ settings: { reapAfterMs: 100_000 } });
    beta.kill();
    world.run(200_000);
    assert.ok(alpha.states().includes("reaped"));
    const before = world.packets;
    world.run(600_000);
    assert.equal(world.packets, before, "a reaped remote costs nothing");
    assert.equal(alpha.up.deadline(), Infinity);
    beta.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
  });

  it("of idle remotes costs a timer each and no more", () => {
    const world = new SimRoad(2);
    const alpha = world.add("alpha", { main: true });
    const others = Array.from({ length: 60 }, (_, i) => world.add(`e${i}`));
    for (const other of others) other.join(alpha);
    assert.ok(world.runUntil(() => others.every((other) => areReady(alpha, other)), 10_000));
    world.run(1000);
    const before = world.packets;
    world.run(10_000);
    const perRemote = (world.packets - before) / others.length / 10;
    assert.ok(perRemote < 0.6, `${perRemote} packets a second and remote`);
    const files = alpha.store.changes;
    world.run(10_000);
    assert.equal(alpha.store.changes, files, "nothing is written while nothing happens");
  });
});

describe("a restart after a kill", () => {
  for (const killed of ["alpha", "beta"] as const) {
    for (const downMs of [0, 3000, 60_000]) {
      for (const classic of [false, true]) {
        const who = killed === "alpha" ? "the main" : "the other";
        const peer = classic ? "classic estate" : "estate";
        it(`of ${who} ${peer} after ${downMs} ms: talking again within ten seconds, both ways`, () => {
          const options = classic ? { features: null } : {};
          const [world, alpha, beta] = joined(options, options);
          const [victim, witness] = killed === "alpha" ? [alpha, beta] : [beta, alpha];
          victim.kill();
          world.run(downMs);
          const waiting = witness.send({ sent: "while it was down" }, victim.name);
          victim.start();
          const before = world.now;
          assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
          const handles = [
            victim.send({ n: 1 }, witness.name),
            witness.send({ n: 2 }, victim.name),
          ];
          world.run(1000);
          assert.ok(world.now - before <= 10_000);
          assert.deepEqual(victim.outcomes.get(handles[0])?.at(-1), "acknowledged");
          assert.deepEqual(witness.outcomes.get(handles[1]), ["acknowledged"]);
          assert.equal(witness.outcomes.get(waiting)?.length, 1);
        });
      }
    }
  }
});
