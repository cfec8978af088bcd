/**
 * A stranger's join that was written down in part, as of a manor that is killed, or whose disk is full:
 * its keys, which nobody has shown, do not pass for shown after the next start.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RaetError } from "../../src/base/errors.ts";
import type { RemoteRole } from "../../src/keep/records.ts";
import { ATTACKER, crowd, forgeAck, forgeRequest } from "../support/forge.ts";
import { areReady } from "../support/road_pair.ts";
import { type SimEstate, SimRoad } from "../support/sim_road.ts";

let joins = 0;

/** A stranger joins, and has no key to show. */
function forgeJoin(alpha: SimEstate, name: string, role: string): void {
  const ids = { sourceId: 77, transactionId: ++joins };
  alpha.world.inject(forgeRequest(name, 9, ids, role), ATTACKER, alpha.address);
  alpha.world.inject(forgeAck(ids), ATTACKER, alpha.address);
}

/** Only the first changes that something makes reach the disk. @returns how many it would have made */
function cutShort(alpha: SimEstate, changes: number, isFull: boolean, act: () => void): number {
  const { store } = alpha;
  const [write, remove] = [store.write, store.remove];
  let made = 0;
  store.write = (path, bytes) => {
    if (made++ < changes) write.call(store, path, bytes);
    else if (isFull) throw new RaetError("bad_config", "the disk is full");
  };
  store.remove = (path) => {
    if (!store.files.has(path)) return;
    // Of a disk that is full something can be removed.
    if (made++ < changes || isFull) remove.call(store, path);
  };
  try {
    act();
  } catch (error) {
    if (!isFull || !(error instanceof RaetError)) throw error;
  }
  Object.assign(store, { write, remove });
  return made;
}

/** The true estate comes to a main that was started again. */
function assertComes(alpha: SimEstate, why: string): void {
  const { world } = alpha;
  alpha.kill();
  alpha.start();
  const beta = world.add("beta");
  world.run(10_000);
  beta.join(alpha);
  assert.ok(world.runUntil(() => areReady(alpha, beta), 120_000), why);
  beta.kill();
}

function main(): SimEstate {
  return new SimRoad(1).add("alpha", { main: true, auto: "once", mutable: true });
}

/** What is on disk of joins, and then the join that is written in part. */
const ways: Record<string, [before: [string, string][], last: [string, string]]> = {
  "joins for the first time": [[], ["beta", "beta"]],
  "comes to the role from another one": [[["x", "x"]], ["x", "beta"]],
  "leaves the role": [[["x", "beta"]], ["x", "other"]],
};

describe("a stranger that shows no key keeps nobody out, however much of it was written down,", () => {
  for (const [how, [before, last]] of Object.entries(ways)) {
    for (const isFull of [false, true]) {
      it(`where it ${how} and ${isFull ? "the disk is full" : "we are killed"}`, () => {
        for (let changes = 0;; changes++) {
          const alpha = main();
          for (const join of before) forgeJoin(alpha, ...join);
          alpha.world.run(6000);
          const made = cutShort(alpha, changes, isFull, () => forgeJoin(alpha, ...last));
          assertComes(alpha, `after ${changes} of ${made} changes`);
          if (changes >= made) break;
        }
      });
    }
  }

  it("where it makes room for another and we are killed", () => {
    const alpha = main();
    const { store, world } = alpha;
    // The first by name is the one that a start takes for the oldest.
    crowd(world, alpha);
    world.run(1000);
    forgeJoin(alpha, "aaa", "beta");
    assert.equal(alpha.remote("aaa")!.role, "beta");
    alpha.kill();
    const files = new Map(store.files);
    for (let changes = 0;; changes++) {
      store.files.clear();
      for (const [path, bytes] of files) store.files.set(path, bytes);
      alpha.start();
      const made = cutShort(alpha, changes, false, () => forgeJoin(alpha, "zzz", "zzz"));
      assertComes(alpha, `after ${changes} of ${made} changes`);
      if (changes >= made) break;
    }
  });
});

describe("a key that an operator imports", () => {
  for (const isFull of [false, true]) {
    const when = isFull ? "for a full disk" : "as we were killed";
    it(`is not taken, after a start, for the one of a join that was half written ${when}`, () => {
      for (let changes = 0;; changes++) {
        const alpha = main();
        const { world } = alpha;
        const made = cutShort(alpha, changes, isFull, () => forgeJoin(alpha, "beta", "beta"));
        if (changes >= made) break;
        if (!isFull) {
          alpha.kill();
          alpha.start();
        }
        const key = keyOf(world, "beta");
        alpha.up.keys.merge(key, world.now);
        alpha.kill();
        alpha.start();
        world.run(6000);
        forgeJoin(alpha, "beta", "beta");
        const held = alpha.up.keys.list().find(({ role }) => role === "beta")!;
        assert.deepEqual(held.verifyKey, key.verifyKey, `after ${changes} of ${made} changes`);
      }
    });
  }
});

/** The key of an estate, as another one has it on record. */
function keyOf(world: SimRoad, name: string): RemoteRole {
  const other = world.add("gamma", { main: true, auto: "always" });
  const estate = world.add(name);
  estate.join(other);
  assert.ok(world.runUntil(() => areReady(other, estate), 10_000));
  const { role, verifyKey, boxKey } = other.up.keys.list().find(({ role }) => role === name)!;
  return { role, acceptance: "accepted", verifyKey, boxKey };
}
