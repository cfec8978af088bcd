import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadCrypto } from "../../src/crypto/load.ts";
import { Keep } from "../../src/keep/keep.ts";
import { loadKeys } from "../../src/keep/own_keys.ts";
import { systemClock } from "../../src/io/clock.ts";
import { KeyRing } from "../../src/manor/keys.ts";
import { RoadStack } from "../../src/road/stack.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { RaetError } from "../../src/base/errors.ts";

describe("keys that are rotated on a disk that is full", () => {
  it("stay as they were, or are completed by the next rotation, and told from then on", async () => {
    const crypto = await loadCrypto();
    for (let failing = 1; failing <= 2; failing++) {
      const store = new MemoryStore();
      const keep = new Keep(store, "alpha");
      const keys = { signSeed: new Uint8Array(32).fill(1), boxSecret: new Uint8Array(32).fill(2) };
      keep.saveLocalRole({ role: "alpha", ...keys });
      const address = { host: "127.0.0.1", port: 1 };
      const names = { name: "alpha", role: "alpha", fqdn: "localhost", address };
      const traits = { uid: 1, main: true, kind: 0, mutable: true, auto: "never" as const };
      const local = { ...names, ...traits, ...keys };
      const random = (n: number) => new Uint8Array(n).fill(9);
      const road = new RoadStack({ local, keep, crypto, random, now: 0 });
      const ring = new KeyRing({ local, road, crypto, keep, random, clock: systemClock }, () => {});
      const before = ring.fingerprint;
      const write = store.write.bind(store);
      let writes = 0;
      store.write = (path, bytes) => {
        if (++writes === failing) throw new RaetError("bad_config", "the file system is full");
        write(path, bytes);
      };
      assert.throws(() => ring.rotate(1), { code: "bad_config" });
      assert.equal(ring.fingerprint, before);
      const { fingerprint } = ring.rotate(2);
      assert.notEqual(fingerprint, before);
      assert.equal(ring.rows()[0].fingerprint, fingerprint);
      const held = loadKeys(keep, crypto)!;
      assert.equal(held.former.length, 1, `write ${failing}`);
      assert.deepEqual(held.former[0], keys);
      assert.equal(ring.rotate(3).before, fingerprint);
      assert.equal(loadKeys(keep, crypto)!.steps.length, 2);
    }
  });
});
