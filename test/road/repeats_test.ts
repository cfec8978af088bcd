import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { REPEATS_BURST } from "../../src/base/limits.ts";
import type { Crypto } from "../../src/crypto/port.ts";
import { fastCrypto } from "../support/fast_crypto.ts";
import { areReady } from "../support/road_pair.ts";
import { SimRoad } from "../support/sim_road.ts";

/** Ciphers that count how many signatures were checked and made. */
function counting(): { crypto: Crypto; checked: number; signed: number } {
  const counts = {
    checked: 0,
    signed: 0,
    crypto: {
      ...fastCrypto,
      signer(seed: Uint8Array) {
        const { verifyKey, sign } = fastCrypto.signer(seed);
        return { verifyKey, sign: (message: Uint8Array) => (counts.signed++, sign(message)) };
      },
      verifier(key: Uint8Array) {
        const { verify } = fastCrypto.verifier(key);
        return {
          verify: (
            message: Uint8Array,
            foot: Uint8Array,
          ) => (counts.checked++, verify(message, foot)),
        };
      },
    },
  };
  return counts;
}

/** Two that have talked, and what beta sent. */
function talked() {
  const counts = counting();
  const world = new SimRoad(3, counts.crypto);
  world.recording = true;
  const [alpha, beta] = [world.add("alpha", { main: true }), world.add("beta")];
  beta.join(alpha);
  assert.ok(world.runUntil(() => areReady(alpha, beta), 3000));
  beta.send({ small: 1 }, "alpha");
  beta.send({ large: "x".repeat(5000) }, "alpha");
  alpha.send({ n: 2 }, "beta");
  world.run(12_000);
  // A join's packets have no signature; they have bounds of their own.
  const recorded = world.sent.filter(({ from, bytes }) => from === "beta" && bytes.length > 0)
    .map(({ bytes }) => bytes);
  world.recording = false;
  return { counts, world, alpha, beta, recorded };
}

describe("packets that are replayed by the thousand", () => {
  it("cost a bounded number of signatures, checked and made", () => {
    const { counts, world, alpha, beta, recorded } = talked();
    const before = { ...counts };
    const replays = 20_000;
    for (let i = 0; i < replays; i++) {
      alpha.up.receive(recorded[i % recorded.length].slice(), beta.address, world.now);
    }
    const answers = alpha.up.outgoing().length;
    // Segments and hellos of other sessions are not told apart from new ones by their heads.
    assert.ok(counts.checked - before.checked <= 1.2 * REPEATS_BURST, `${counts.checked}`);
    assert.ok(counts.signed - before.signed <= REPEATS_BURST, `${counts.signed}`);
    assert.ok(answers <= REPEATS_BURST + 64, `${answers} answers`);
    assert.ok(alpha.up.counters.get("repeat_limit") > replays / 2);
  });

  it("keep nothing new from being taken, at once", () => {
    const { world, alpha, beta, recorded } = talked();
    for (let i = 0; i < 5000; i++) {
      alpha.up.receive(recorded[i % recorded.length].slice(), beta.address, world.now);
    }
    alpha.up.outgoing();
    const [there, back] = [beta.send({ new: 1 }, "alpha"), alpha.send({ new: 2 }, "beta")];
    beta.up.begin("alive", "alpha", world.now);
    world.run(50);
    assert.deepEqual(beta.outcomes.get(there), ["acknowledged"]);
    assert.deepEqual(alpha.outcomes.get(back), ["acknowledged"]);
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
  });

  it("leave a redo whose answer was lost to be answered a moment later", () => {
    const { world, alpha, beta, recorded } = talked();
    for (let i = 0; i < 5000; i++) {
      alpha.up.receive(recorded[i % recorded.length].slice(), beta.address, world.now);
    }
    alpha.up.outgoing();
    const from = world.now;
    world.weather.drops = (who) => who === "alpha" && world.now < from + 300;
    const handle = beta.send({ its: "done is lost" }, "alpha");
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 5000));
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(alpha.received.filter(({ body }) => body.its !== undefined).length, 1);
  });
});
