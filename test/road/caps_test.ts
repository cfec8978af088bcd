/**
 * What nobody can grow past a line of limits.ts: each has a counter, and goes on when there is room.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  HALF_OPEN_JOINS_MAX,
  REMOTES_MAX,
  UNFINISHED_PER_REMOTE_MAX,
} from "../../src/base/limits.ts";
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
    const { peer } = estates.establish(proposal(0), null, null)!;
    peer.remote.proven = true;
    estates.save(peer);
    // As many others as there may be, all of whom proved their keys.
    for (let uid = 1000; estates.byUid.size < REMOTES_MAX; uid++) {
      estates.byUid.set(uid, peer as Peer);
    }
    assert.equal(estates.establish(proposal(1), null, null), null);
    assert.equal(road.counters.get("remote_limit"), 1);
    estates.byUid.delete(1000);
    assert.ok(estates.establish(proposal(2), null, null));
  });
});
