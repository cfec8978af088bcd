import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Address } from "../../src/base/address.ts";
import { Counters } from "../../src/base/drop.ts";
import { systemClock } from "../../src/io/clock.ts";
import { systemRandom } from "../../src/io/random.ts";
import { Keep } from "../../src/keep/keep.ts";
import { planEstate, settleEstate, systemWorld } from "../../src/manor/estate.ts";
import { Manor } from "../../src/manor/manor.ts";
import type { ManorParts } from "../../src/manor/parts.ts";
import { makeEnvelope, packEnvelope } from "../../src/route/envelope.ts";
import { packBody } from "../../src/wire/body.ts";
import { BodyKind } from "../../src/wire/kinds.ts";
import { fastCrypto } from "../support/fast_crypto.ts";
import { HandClock } from "../support/hand_clock.ts";
import { MemoryDurableStore } from "../support/memory_durable_store.ts";
import { MemoryStore } from "../support/memory_store.ts";

/** A manor on parts that note in which order they are used; its lane can't be opened. */
function manorThatNotes(
  steps: string[],
  durable: MemoryDurableStore,
  close: () => Promise<void> = () => Promise.resolve(void steps.push("socket closed")),
  others: Partial<ManorParts> = {},
  keep = new Keep(new MemoryStore(), "alpha"),
): Manor {
  const options = { home: "/home/alpha", name: "alpha", drainMs: 0 };
  const address = { host: "127.0.0.1", port: 7530 };
  const plan = planEstate(keep, "alpha", options);
  const parts: ManorParts = {
    options,
    home: { root: options.home, config: "", keep: "", lane: "", durable: "", lock: "" },
    clock: systemClock,
    random: systemRandom,
    crypto: fastCrypto,
    keep,
    local: settleEstate(keep, plan, address, options, systemWorld(fastCrypto)),
    socket: {
      address,
      counters: new Counters(),
      send: () => true,
      close,
    },
    durable,
    resolve: () => Promise.resolve(null),
    openLane: () => {
      steps.push("lane opened");
      return Promise.reject(new Error("there is no lane"));
    },
    release: () => void steps.push("home released"),
    ...others,
  };
  return new Manor(parts);
}

/** What an estate remembers that has joined a main. */
function keepWithMain(address: Address): Keep {
  const keep = new Keep(new MemoryStore(), "alpha");
  const [verifyKey, boxKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  keep.saveRole({ role: "beta", acceptance: "accepted", verifyKey, boxKey });
  keep.saveRemote({
    name: "beta",
    nearUid: 2,
    farUid: 2,
    address,
    internalAddress: null,
    natted: null,
    fqdn: "localhost",
    dynamicIp: null,
    sessionId: 1,
    main: true,
    kind: 0,
    joined: true,
    role: "beta",
  });
  return keep;
}

describe("a manor", () => {
  it("takes up its durable messages before any process or estate can reach it", async () => {
    const steps: string[] = [];
    const durable = new MemoryDurableStore();
    durable.load = () => {
      steps.push("durable messages read");
      return [];
    };
    const manor = manorThatNotes(steps, durable);
    await assert.rejects(manor.start(), /there is no lane/);
    assert.deepEqual(steps, ["durable messages read", "lane opened"]);
    await manor.close();
  });

  it("holds who is on record to its pins before anything of them can come", async () => {
    const main = { host: "127.0.0.1", port: 7531 };
    const pinned = [{ ...main, pin: "00".repeat(32) }];
    const close = () => Promise.resolve();
    const keep = keepWithMain(main);
    const options = { home: "/home/alpha", join: pinned };
    const manor = manorThatNotes([], new MemoryDurableStore(), close, { options }, keep);
    assert.deepEqual(manor.census().estates.map(({ state }) => state), ["joined"]);
    const started = manor.start();
    assert.deepEqual(manor.census().estates.map(({ state }) => state), ["rejected"]);
    await assert.rejects(started, /there is no lane/);
    await manor.close();
  });

  it("gives its port and its home back though the file of durable messages can't be closed", async () => {
    const steps: string[] = [];
    const durable = new MemoryDurableStore();
    durable.close = () => {
      throw new Error("the disk is gone");
    };
    const manor = manorThatNotes(steps, durable);
    await manor.close();
    assert.deepEqual(steps, ["socket closed", "home released"]);
  });

  it("gives its home back though its socket can't be closed", async () => {
    const steps: string[] = [];
    const manor = manorThatNotes(steps, new MemoryDurableStore(), () => {
      steps.push("socket stuck");
      return Promise.reject(new Error("the socket is gone"));
    });
    await manor.close();
    assert.deepEqual(steps, ["socket stuck", "home released"]);
  });

  it("does nothing more with its durable messages once it is closed, whatever its own yards still send", async () => {
    const clock = new HandClock();
    const durable = new MemoryDurableStore();
    const id = "1".repeat(32);
    const envelope = makeEnvelope({
      source: { estate: "", yard: "w", share: "" },
      destination: { estate: "", yard: "", share: "jobs" },
      id,
      wants: true,
      durable: true,
    });
    const body = packBody(BodyKind.msgpack, packEnvelope(envelope));
    const deadline = 3_600_000;
    durable.apply([{ is: "add", origin: "", id, body, deadline, handed: false, after: "" }]);
    const manor = manorThatNotes([], durable, undefined, { clock, openLane: null });
    await manor.start();
    const link = manor.link("w");
    const closed = manor.close(0);
    await clock.pass(10_000);
    await closed;
    link.transmit({}, "manor");
    await clock.pass(0);
    await clock.pass(2 * deadline);
    // It belongs to whoever has the home by then.
    assert.deepEqual(durable.load().map((stored) => stored.id), [id]);
    assert.equal(durable.transactions, 1);
  });
});
