/**
 * What nobody can grow past a line of limits.ts: each has a counter, and goes on when there is room.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  HALF_OPEN_JOINS_MAX,
  MESSAGE_BYTES_PER_REMOTE_MAX,
  REMOTES_MAX,
  ROLES_MAX,
  TRACE_EVENTS_MAX,
  UNFINISHED_BYTES_PER_REMOTE_MAX,
  UNFINISHED_PER_REMOTE_MAX,
} from "../../src/base/limits.ts";
import { RaetError } from "../../src/base/errors.ts";
import { Estates } from "../../src/road/estates.ts";
import type { Peer } from "../../src/road/peer.ts";
import { makeProposal } from "../../src/road/proposal.ts";
import { Road } from "../../src/road/road.ts";
import { Keep } from "../../src/keep/keep.ts";
import { fastCrypto } from "../support/fast_crypto.ts";
import { falseSource, forgeRequest } from "../support/forge.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { joined, packetOf } from "../support/road_pair.ts";
import { TransactionKind } from "../../src/wire/kinds.ts";

describe("one remote", () => {
  it("has so many unfinished messages here and no more, and all arrive in the end", () => {
    const [world, alpha, beta] = joined({}, { settings: { window: 1e9, burst: 1e9 } });
    const count = UNFINISHED_PER_REMOTE_MAX + 200;
    let most = 0;
    world.weather.drops = (from, _to, bytes) => {
      most = Math.max(most, alpha.remote("beta")?.unfinished ?? 0);
      const packet = packetOf(bytes, TransactionKind.message);
      return from === "beta" && packet !== null && packet.head.segmentNumber > 0;
    };
    for (let n = 0; n < count; n++) beta.send({ n, filling: "x".repeat(900) }, "alpha");
    world.run(500);
    assert.equal(most, UNFINISHED_PER_REMOTE_MAX);
    assert.ok(alpha.up.counters.get("unfinished_limit") > 0);
    world.weather.drops = null;
    assert.ok(world.runUntil(() => alpha.received.length >= count, 60_000));
  });

  it("has so many bytes of unfinished messages here and no more: the oldest alone goes on, then others", () => {
    const [world, alpha, beta] = joined({}, { settings: { window: 1e9, burst: 1e9 } });
    const filling = "x".repeat(40 * 1024 * 1024);
    const count = Math.ceil(UNFINISHED_BYTES_PER_REMOTE_MAX / filling.length) + 1;
    // Straight from one to the other: a network with a clock would take long for so many packets.
    let [limited, mostBytes, isWhole] = [0, 0, false];
    const pass = (bytes: Uint8Array) => {
      const packet = packetOf(bytes, TransactionKind.message);
      const isLast = packet?.head.segmentNumber === (packet?.head.segmentCount ?? 0) - 1;
      if (isWhole || !isLast) alpha.up.receive(bytes, beta.address, world.now);
    };
    const held = () =>
      alpha.up.transactions(world.now).filter(({ kind }) => kind === "message")
        .map(({ stage }) => Number(/^has (\d+) bytes$/.exec(stage)![1]));
    const pump = (isDone: () => boolean) => {
      for (let turns = 0; turns < 20_000 && !isDone(); turns++) {
        world.now += 20;
        beta.up.advance(world.now);
        for (const { bytes } of beta.up.outgoing()) pass(bytes);
        alpha.up.advance(world.now);
        for (const { bytes } of alpha.up.outgoing()) {
          beta.up.receive(bytes, alpha.address, world.now);
        }
        alpha.events.push(...alpha.up.events());
        beta.up.events();
        limited = alpha.up.counters.get("unfinished_limit");
        mostBytes = Math.max(mostBytes, held().reduce((sum, bytes) => sum + bytes, 0));
      }
      assert.ok(isDone());
    };
    for (let n = 0; n < count; n++) beta.up.transmit({ n, filling }, "alpha", world.now);
    pump(() => limited > 1000);
    assert.ok(mostBytes > UNFINISHED_BYTES_PER_REMOTE_MAX / 2, `${mostBytes} bytes`);
    assert.ok(mostBytes < UNFINISHED_BYTES_PER_REMOTE_MAX + filling.length, `${mostBytes} bytes`);
    isWhole = true;
    pump(() => alpha.received.length === 2);
    assert.ok(mostBytes < UNFINISHED_BYTES_PER_REMOTE_MAX + filling.length, `${mostBytes} bytes`);
    assert.deepEqual(alpha.received.map(({ body }) => body.n), [0, 1]);
  });

  it("has so many bytes waiting for it and no more, which says so, and takes more once some have left", () => {
    const [world, alpha, beta] = joined();
    const bytes = new Uint8Array(60 * 1024 * 1024);
    const send = () => beta.up.transmit({ bytes }, "alpha", world.now, { bodyKind: "msgpack" });
    const fitting = Math.floor(MESSAGE_BYTES_PER_REMOTE_MAX / bytes.length);
    const handles = Array.from({ length: fitting }, send);
    assert.throws(send, (error) => {
      assert(error instanceof RaetError);
      assert.equal(error.code, "queue_full");
      assert.match(error.message, /^"alpha" has 4 messages of \d+ bytes waiting: expected room /);
      return true;
    });
    beta.send({ short: true }, "alpha");
    beta.up.cancel(handles[1], world.now);
    send();
    assert.throws(send, { code: "queue_full" });
    assert.ok(alpha.stack);
  });
});

describe("a road", () => {
  it("has so many joins half open and no more: the oldest gives way, and is counted", () => {
    const [world, alpha] = joined();
    alpha.up.setAuto("never");
    for (let n = 0; n < HALF_OPEN_JOINS_MAX + 50; n++) {
      world.inject(forgeRequest(`x${n}`, n), falseSource(n), alpha.address);
      world.run(70);
    }
    const open = alpha.up.transactions(world.now, 10_000).filter(({ kind }) => kind === "join");
    assert.ok(open.length <= HALF_OPEN_JOINS_MAX, `${open.length}`);
    assert.ok(alpha.up.counters.get("join_limit") >= 50);
  });

  it("keeps so many drops and steps for whoever takes them, and counts the rest", () => {
    const [world, alpha, beta] = joined();
    alpha.up.tune({ trace: true });
    const noise = new Uint8Array(20).fill(1);
    const flood = (count: number) => {
      for (let n = 0; n < count; n++) alpha.up.receive(noise, beta.address, world.now);
    };
    flood(TRACE_EVENTS_MAX + 25);
    assert.equal(alpha.up.counters.get("events_left_out"), 25);
    assert.equal(alpha.up.counters.get("packet_head"), TRACE_EVENTS_MAX + 25);
    assert.equal(alpha.up.events().length, TRACE_EVENTS_MAX);
    flood(10);
    assert.equal(alpha.up.events().length, 10);
  });

  it("has so many remotes and no more, and counts who found no room", () => {
    const road = new Road({
      local: {
        name: "alpha",
        role: "alpha",
        uid: 1,
        address: { host: "10.0.0.1", port: 1 },
        main: true,
        kind: 0,
        mutable: true,
        auto: "always",
        signSeed: new Uint8Array(32),
        boxSecret: new Uint8Array(32),
        fqdn: "localhost",
      },
      keep: new Keep(new MemoryStore(), "alpha"),
      crypto: fastCrypto,
      random: (n) => new Uint8Array(n),
      now: 0,
    });
    const links = {
      startJoin: () => {},
      isJoining: () => false,
      stopJoin: () => {},
      save: () => {},
      succeed: () => {},
    };
    const estates = new Estates(road, links);
    const proposal = (n: number) =>
      makeProposal({
        name: `e${n}`,
        role: `e${n}`,
        main: false,
        kind: 0,
        verifyKey: new Uint8Array(32).fill(1),
        boxKey: new Uint8Array(32).fill(2),
        extra: {},
      }, {
        address: falseSource(n),
        nearUid: estates.nextUid(),
        farUid: 5,
        vacuous: true,
        byUs: false,
        lastTransactionId: 0,
        shown: road.identities.newest,
      });
    const established = estates.establish(proposal(0), null);
    assert.ok(typeof established === "object");
    const { peer } = established;
    peer.remote.proven = true;
    estates.save(peer);
    // As many others as there may be, all of whom proved their keys.
    for (let uid = 1000; estates.byUid.size < REMOTES_MAX; uid++) {
      estates.byUid.set(uid, peer as Peer);
    }
    const noRoom = "there is no room for one more";
    assert.equal(estates.establish(proposal(1), null), noRoom);
    assert.equal(road.counters.get("remote_limit"), 1);
    estates.byUid.delete(1000);
    assert.ok(typeof estates.establish(proposal(2), null) === "object");
    // The same for roles, which one estate may change again and again.
    const { records } = estates.roles;
    const [record] = records.values();
    for (let n = 0; records.size < ROLES_MAX; n++) records.set(`r${n}`, record);
    assert.equal(estates.establish(proposal(3), peer), noRoom);
    assert.equal(road.counters.get("remote_limit"), 2);
    records.delete("r0");
    assert.ok(typeof estates.establish(proposal(3), peer) === "object");
  });
});
