import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UNFINISHED_PER_REMOTE_MAX } from "../../src/base/limits.ts";
import { Keep } from "../../src/keep/keep.ts";
import { Flag, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { fillDisk } from "../support/full_disk.ts";
import { areReady, isKind, joined, packetOf } from "../support/road_pair.ts";
import type { SimEstate, SimRoad } from "../support/sim_road.ts";

const { alive, allow, join, message } = TransactionKind;

interface GrownOld {
  readonly world: SimRoad;
  readonly alpha: SimEstate;
  readonly beta: SimEstate;
  /** Questions and hellos of beta's sessions. */
  readonly old: readonly Uint8Array[];
  /** Beta's files as they were in and between the sessions before. */
  readonly homes: readonly ReadonlyMap<string, Uint8Array>[];
}

/** Alpha, and a beta that has begun some sessions. */
function grownOld(): GrownOld {
  const settings = { alivePeriodMs: 1000 };
  const [world, alpha, beta] = joined({ mutable: true, settings }, { settings });
  const homes: ReadonlyMap<string, Uint8Array>[] = [];
  for (let n = 0; n < 5; n++) {
    homes.push(new Map(beta.store.files));
    beta.kill();
    beta.start();
    homes.push(new Map(beta.store.files));
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  }
  world.recording = true;
  world.run(10_000);
  beta.up.begin("allow", "alpha", world.now);
  world.collect();
  world.run(10_000);
  world.recording = false;
  const old = world.sent.filter(({ from, bytes }) => from === "beta" && isBegun(bytes));
  assert.ok(old.some(({ bytes }) => isKind(bytes, alive)));
  assert.ok(old.some(({ bytes }) => isKind(bytes, allow, PacketKind.hello)));
  return { world, alpha, beta, old: old.map(({ bytes }) => bytes), homes };
}

/**
 * Alpha and a beta that were both started anew and have a session of alpha's making, in which beta has begun
 * nothing; and all that beta began before.
 */
function startedAnew(features?: null): Pick<GrownOld, "world" | "alpha" | "beta" | "old"> {
  const [world, alpha, beta] = joined({}, { settings: { alivePeriodMs: 200 }, features });
  world.recording = true;
  // One message alone takes several packets.
  for (let n = 0; n < 60; n++) {
    beta.send({ n, filling: "x".repeat(n === 30 ? 20_000 : 0) }, "alpha");
    world.run(250);
  }
  world.recording = false;
  assert.equal(alpha.received.length, 60);
  const old = world.sent.filter(({ from, bytes }) => from === "beta" && isBegun(bytes));
  beta.kill();
  beta.start();
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  world.run(7000);
  alpha.kill();
  world.weather.drops = (from, _to, bytes) => from === "beta" && isBegun(bytes);
  alpha.start();
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  world.weather.drops = null;
  alpha.events.length = beta.events.length = 0;
  return { world, alpha, beta, old: old.map(({ bytes }) => bytes) };
}

/** Whether a packet is of something that its sender began. */
function isBegun(bytes: Uint8Array): boolean {
  const packet = packetOf(bytes, alive) ?? packetOf(bytes, allow) ?? packetOf(bytes, message);
  return packet !== null && (packet.head.flags & Flag.correspondent) === 0;
}

function assertTalk(world: SimRoad, alpha: SimEstate, beta: SimEstate): void {
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000), "ready");
  for (const [from, to] of [[alpha, beta], [beta, alpha]]) {
    const handle = from.send({ n: 1 }, to.name);
    world.run(3000);
    assert.deepEqual(from.outcomes.get(handle), ["acknowledged"]);
  }
  assert.ok(areReady(alpha, beta));
}

describe("what an estate said before it was started, said again by somebody,", () => {
  it("is no sign of life", () => {
    const { world, alpha, beta, old } = grownOld();
    beta.kill();
    alpha.kill();
    alpha.start();
    alpha.events.length = 0;
    for (const bytes of old) world.inject(bytes, beta.address, alpha.address);
    world.run(100);
    assert.deepEqual(alpha.states("beta"), []);
    assert.equal(alpha.remote("beta")!.alive, null);
  });

  for (const peer of ["of ours", "classic"]) {
    it(`doesn't keep what it says in a session of this one from being taken: ${peer}`, () => {
      const { world, alpha, beta, old } = startedAnew(peer === "classic" ? null : undefined);
      for (const bytes of old) world.inject(bytes, beta.address, alpha.address);
      const handles = Array.from({ length: 60 }, (_, n) => beta.send({ n }, "alpha"));
      world.run(5000);
      for (const handle of handles) assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
      assert.equal(alpha.received.length, 60);
    });
  }

  it("is no sign of life in a session of this one either", () => {
    for (const kind of [alive, message]) {
      const { world, alpha, beta, old } = startedAnew();
      beta.kill();
      const again = old.filter((bytes) => isKind(bytes, kind));
      assert.ok(again.length >= 30);
      for (const bytes of again) {
        world.inject(bytes, beta.address, alpha.address);
        world.run(500);
      }
      assert.equal(alpha.remote("beta")!.alive, false);
      assert.ok(!alpha.states("beta").includes("alive"));
    }
  });

  it("doesn't fill our inbox with messages that nothing ends", () => {
    const [world, alpha, beta] = joined();
    // A segment of each long message.
    const kept = new Map<number, Uint8Array>();
    world.weather.drops = (from, _to, bytes) => {
      const head = from === "beta" ? packetOf(bytes, message)?.head : undefined;
      if (head && head.segmentCount > 1) kept.set(head.transactionId, bytes);
      return false;
    };
    for (let n = 0; n < 1100; n++) {
      beta.send({ n, filling: "x".repeat(1500) }, "alpha");
      world.run(5);
    }
    assert.ok(kept.size >= UNFINISHED_PER_REMOTE_MAX);
    alpha.kill();
    // Nothing tells alpha yet under which number beta begins what it says in the session.
    world.weather.drops = (from, _to, bytes) => from === "beta" && isKind(bytes, alive);
    alpha.start();
    assert.ok(world.runUntil(() => alpha.remote("beta")!.state === "allowed", 5000));
    for (const bytes of kept.values()) world.inject(bytes, beta.address, alpha.address);
    assert.equal(alpha.remote("beta")!.unfinished, UNFINISHED_PER_REMOTE_MAX);
    world.weather.drops = null;
    assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
    const handle = beta.send({ is: "new" }, "alpha");
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 30_000), "there is room");
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(alpha.remote("beta")!.unfinished, 0);
  });

  const losses = {
    disk: "was full",
    home: "is restored from a copy",
    record: "of the other is removed",
  };
  for (const [why, before] of Object.entries(losses)) {
    it(`doesn't keep what it says now from being taken though its ${why} ${before}`, () => {
      const [world, alpha, beta] = joined({ mutable: true });
      const home = new Map(beta.store.files);
      const restart = () => {
        for (const estate of [alpha, beta]) estate.kill();
        if (why !== "disk") beta.putBack(home);
        alpha.start();
        const free = why === "disk" ? fillDisk(beta) : null;
        beta.start();
        if (why === "record") {
          beta.up.keys.remove("alpha", world.now);
          beta.join(alpha);
        }
        assert.ok(world.runUntil(() => areReady(alpha, beta), 60_000));
        world.run(1000);
        for (const estate of [alpha, beta]) estate.events.length = 0;
        return free;
      };
      const free = restart();
      world.recording = true;
      for (let n = 0; n < 40; n++) beta.send({ n }, "alpha");
      world.run(2000);
      world.recording = false;
      const old = world.sent.filter(({ from, bytes }) => from === "beta" && isKind(bytes, message));
      assert.ok(old.length >= 40);
      free?.();
      restart()?.();
      for (const { bytes } of old) world.inject(bytes, beta.address, alpha.address);
      const handles = Array.from({ length: 60 }, (_, n) => beta.send({ n }, "alpha"));
      world.run(5000);
      for (const handle of handles) assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
      assert.equal(alpha.received.length, 60);
    });
  }

  it("doesn't keep an older home of it, restored, from being heard", () => {
    const { world, alpha, beta, old, homes } = grownOld();
    for (const estate of [alpha, beta]) estate.kill();
    beginInHome(world, alpha, beta, homes[0]);
    for (const bytes of old) world.inject(bytes, beta.address, alpha.address);
    world.weather.drops = null;
    assertTalk(world, alpha, beta);
  });
});

describe("an estate whose home is restored from a copy", () => {
  it("is heard, whatever its number was there", () => {
    const count = grownOld().homes.length;
    for (let n = 0; n < count; n++) {
      const { world, alpha, beta, homes } = grownOld();
      beta.kill();
      beginInHome(world, alpha, beta, homes[n]);
      world.weather.drops = null;
      assertTalk(world, alpha, beta);
    }
  });
});

describe("an estate that counts its sessions anew", () => {
  it("is heard though its first questions are older than those it asked before", () => {
    const settings = { alivePeriodMs: 1000 };
    // As a classic one does, which begins with 1 again.
    const counting = { ...settings, wary: false };
    const [world, alpha, beta] = joined({ settings: counting }, { settings, mutable: true });
    world.run(60_000);
    const before = beta.remote("alpha")!.farSessionId;
    alpha.kill();
    new Keep(alpha.store, "alpha").removeRemote("beta");
    alpha.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 20_000));
    world.run(2000);
    assert.equal(beta.remote("alpha")!.farSessionId, before);
    alpha.events.length = 0;
    world.run(20_000);
    assert.deepEqual(alpha.states(), []);
    assert.equal(alpha.remote("beta")!.alive, true);
  });

  it("is heard under the number that it had in the last session, too", () => {
    const settings = { alivePeriodMs: 1000 };
    const [world, alpha, beta] = joined({ settings, mutable: true }, { settings });
    world.run(5000);
    // Acks of a join that names no number are lost: beta learns by its hello that it is not joined, and
    // joins by the number that it was given. The session is of alpha's making.
    let hellos = 0;
    world.weather.drops = (from, _to, bytes) => {
      if (from !== "beta") return false;
      if (isKind(bytes, allow, PacketKind.hello)) return hellos++ > 0;
      const head = packetOf(bytes, join)?.head;
      return head?.packetKind === PacketKind.ack && head.destinationId === 0;
    };
    beta.up.keys.remove("alpha", world.now);
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 20_000));
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(1000);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });

  it("is heard under that number with new keys, too, though the other side joined it", () => {
    const settings = { alivePeriodMs: 1000 };
    const [world, alpha, beta] = joined({ settings, mutable: true }, { settings });
    world.run(5000);
    beta.kill();
    beta.loseHome();
    world.weather.drops = (from, _to, bytes) => {
      if (from !== "beta") return false;
      if (isKind(bytes, allow, PacketKind.hello)) return true;
      const head = packetOf(bytes, join)?.head;
      return head?.packetKind === PacketKind.ack && head.destinationId === 0;
    };
    beta.start();
    beta.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 20_000));
    const handle = beta.send({ n: 1 }, "alpha");
    world.run(1000);
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
  });

  it("may begin the next one though it began one with that number before", () => {
    const settings = { alivePeriodMs: 1000 };
    const [world, alpha, beta] = joined({ settings }, { settings, mutable: true });
    world.run(20_000);
    alpha.up.begin("allow", "beta", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
    alpha.up.keys.remove("beta", world.now);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 20_000));
    world.run(3000);
    const number = () => alpha.remote("beta")!.sessionId;
    const before = number();
    alpha.up.begin("allow", "beta", world.now);
    world.collect();
    assert.ok(world.runUntil(() => number() > before && areReady(alpha, beta), 1000));
  });
});

/** Beta is started in a home. The session is of alpha's making, and beta says nothing by itself. */
function beginInHome(
  world: SimRoad,
  alpha: SimEstate,
  beta: SimEstate,
  home: ReadonlyMap<string, Uint8Array>,
): void {
  beta.putBack(home);
  world.weather.drops = (from, _to, bytes) =>
    from === "beta" && isKind(bytes, allow, PacketKind.hello);
  beta.start();
  if (alpha.stack) alpha.up.begin("allow", "beta", world.now);
  else alpha.start();
  world.collect();
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
}
