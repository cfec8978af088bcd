import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Address, formatAddress } from "../../src/base/address.ts";
import { toHex } from "../../src/base/bytes.ts";
import { CREDIT_BYTES_MAX, UNPROVEN_ADDRESSES_MAX } from "../../src/base/limits.ts";
import { Credits } from "../../src/road/credits.ts";
import { makeHead } from "../../src/wire/head.ts";
import {
  BodyKind,
  CoatKind,
  Flag,
  FootKind,
  PacketKind,
  TransactionKind,
} from "../../src/wire/kinds.ts";
import { packPacket } from "../../src/wire/packet.ts";
import { packBody } from "../../src/wire/body.ts";
import { packHello } from "../../src/wire/handshake.ts";
import { falseBody, forgeAck, forgeJoin, forgeRequest, nearUidOf } from "../support/forge.ts";
import { areReady, isKind, joined } from "../support/road_pair.ts";
import { seededChance, type SimEstate, type SimOptions, SimRoad } from "../support/sim_road.ts";

const VICTIMS: readonly Address[] = Array.from({ length: 12 }, (_, i) => ({
  host: i % 3 === 0 ? `2001:db8::${i}` : `10.7.7.${i}`,
  port: 1000 + i % 4,
}));

/** Somebody who writes any source address, and holds keys that nobody accepted or that were taken unseen. */
class Spoofer {
  readonly came = new Map<string, number>();
  readonly #seed = new Uint8Array(32).fill(9);
  readonly #random = (n: number) => Uint8Array.from({ length: n }, () => this.#number(256));

  constructor(
    readonly world: SimRoad,
    readonly target: SimEstate,
    /** its box key, which is no secret */
    readonly targetKey: Uint8Array,
    readonly chance: () => number,
  ) {}

  /** A packet of any kind, whole or cut, from any of the victims. */
  shoot(): void {
    const { world, target } = this;
    const from = VICTIMS[this.#number(VICTIMS.length)];
    let packet = this.chance() < 0.6 ? this.#join() : this.#signed();
    if (this.chance() < 0.02) packet = packet.subarray(0, this.#number(packet.length));
    const key = formatAddress(from);
    this.came.set(key, (this.came.get(key) ?? 0) + packet.length);
    world.inject(packet, from, target.address);
  }

  #number(below: number): number {
    return Math.floor(this.chance() * below);
  }

  #join(): Uint8Array {
    const kind = this.#number(16);
    const n = this.#number(6);
    const ids = {
      sourceId: this.#number(3) === 0 ? 0 : 77 + n,
      destinationId: this.#number(3) === 0 ? this.#number(40) : 0,
      transactionId: 1 + this.#number(4),
      flags: this.chance() < 0.3 ? Flag.correspondent : 0,
    };
    if (this.chance() < 0.5) return forgeRequest(`x${n}`, 9, { ...ids, flags: 0 });
    if (this.chance() < 0.4) return forgeAck({ ...ids, flags: 0 });
    return forgeJoin(kind, ids, this.chance() < 0.5 ? falseBody(`x${n}`, 9, 5) : {});
  }

  /** Signed with a key of its own, as the join before it announced it. */
  #signed(): Uint8Array {
    const { crypto } = this.world;
    const signer = crypto.signer(this.#seed);
    if (this.chance() < 0.3) {
      const boxKey = crypto.boxPublicKey(this.#seed);
      const keys = { verhex: toHex(signer.verifyKey), pubhex: toHex(boxKey) };
      const name = `k${this.#number(4)}`;
      return forgeJoin(4, { sourceId: 99, transactionId: 1 + this.#number(3) }, {
        ...falseBody(name, 1),
        ...keys,
      });
    }
    if (this.chance() < 0.2) return forgeAck({ sourceId: 99, transactionId: 1 + this.#number(3) });
    const kinds = [TransactionKind.message, TransactionKind.allow, TransactionKind.alive];
    const transactionKind = kinds[this.#number(3)];
    const isAllow = transactionKind === TransactionKind.allow;
    const packetKind = isAllow && this.chance() < 0.5 ? PacketKind.hello : this.#number(16);
    const head = makeHead({
      transactionKind,
      packetKind,
      sourceId: 99,
      destinationId: nearUidOf(this.target, `k${this.#number(4)}`) || 1 + this.#number(60),
      sessionId: 1 + this.#number(3),
      transactionId: 1 + this.#number(500),
      bodyKind: isAllow ? BodyKind.raw : BodyKind.json,
      coatKind: isAllow ? CoatKind.none : CoatKind.nacl,
      footKind: FootKind.nacl,
      flags: this.chance() < 0.3 ? Flag.correspondent : 0,
    });
    const short = this.#random(32);
    const said = { shortPublic: crypto.boxPublicKey(short), isOurs: this.chance() < 0.5 };
    const body = isAllow && packetKind === PacketKind.hello
      ? packHello(said, crypto.box(short, this.targetKey), this.#random)
      : packBody(BodyKind.json, {});
    return packPacket(head, body, signer);
  }
}

describe("whoever proved nothing", () => {
  const modes: SimOptions[] = [
    { auto: "always", mutable: true },
    { auto: "once", mutable: true },
    { auto: "never" },
    { auto: "always", features: null, settings: { headKind: "json" } },
  ];
  for (const mode of modes) {
    const { auto, features } = mode;
    it(`gets no more bytes than came from its address, whatever came (${auto}${features === null ? ", classic" : ""})`, () => {
      let cookies = 0;
      for (let seed = 1; seed <= 8; seed++) {
        const [world, alpha, beta] = joined(
          { ...mode, auto: "always" },
          features === null ? { features } : {},
          seed,
        );
        const { boxKey } = beta.up.keys.list().find(({ role }) => role === "alpha")!;
        const spoofer = new Spoofer(world, alpha, boxKey, seededChance(seed));
        alpha.up.setAuto(auto!);
        const sent = new Map<string, number>();
        let most = 0;
        world.weather.drops = (from, to, bytes) => {
          if (from !== "alpha" || to === "beta") return false;
          sent.set(to, (sent.get(to) ?? 0) + bytes.length);
          if (isKind(bytes, TransactionKind.allow, PacketKind.cookie)) cookies++;
          const share = sent.get(to)! / (spoofer.came.get(to) ?? 0);
          most = Math.max(most, share);
          assert.ok(share <= 1, `seed ${seed}: ${share} times what came from ${to}`);
          return true;
        };
        for (let i = 0; i < 1500; i++) {
          spoofer.shoot();
          if (i % 3 === 0) world.run(spoofer.chance() * 100);
          if (auto === "never" && i % 200 === 0) {
            const [pending] = alpha.up.keys.list().filter((key) => key.acceptance === "pending");
            if (pending) alpha.up.keys.accept(pending.role, world.now);
            world.collect();
          }
        }
        world.run(120_000);
        assert.ok(most > 0.2, `it is answered at all: ${most}`);
        assert.ok(areReady(alpha, beta));
      }
      if (auto !== "never") assert.ok(cookies > 0, "hellos are answered, too");
    });
  }

  it("and joins as a reference does is answered a redo later at most", () => {
    const world = new SimRoad(3);
    const alpha = world.add("a-name-longer-than-theirs", { main: true });
    const beta = world.add("beta", { features: null });
    beta.join(alpha);
    world.run(990);
    assert.equal(beta.states().includes("joined"), false);
    assert.ok(alpha.up.counters.get("answers_withheld") > 0);
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
  });

  it("and is one of ours fills its request, so that it is answered at once", () => {
    for (const bodyKind of ["json", "msgpack"] as const) {
      const world = new SimRoad(3);
      const alpha = world.add("a".repeat(63), { main: true, settings: { bodyKind } });
      const beta = world.add("b", { settings: { bodyKind } });
      beta.join(alpha);
      assert.ok(world.runUntil(() => areReady(alpha, beta), 100));
      assert.equal(alpha.up.counters.get("answers_withheld"), 0);
    }
  });

  it("is accepted by an operator at once, also one whose request is short", () => {
    const world = new SimRoad(3);
    const alpha = world.add("alpha", { main: true, auto: "never" });
    const beta = world.add("beta", { features: null });
    beta.join(alpha);
    world.run(5000);
    alpha.up.keys.accept("beta", world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 1000));
  });
});

describe("credits", () => {
  it("are bounded in number and height, and those of whoever was silent longest go first", () => {
    const credits = new Credits();
    for (let i = 0; i < UNPROVEN_ADDRESSES_MAX + 10; i++) {
      credits.earn("first", 1);
      credits.earn(`a${i}`, 1000);
    }
    assert.equal(credits.size, UNPROVEN_ADDRESSES_MAX);
    assert.equal(credits.spend("a1", 1), false);
    assert.equal(credits.spend("first", UNPROVEN_ADDRESSES_MAX), true);
    credits.earn("first", 10 * CREDIT_BYTES_MAX);
    assert.equal(credits.spend("first", CREDIT_BYTES_MAX + 1), false);
    assert.equal(credits.spend("first", CREDIT_BYTES_MAX), true);
    assert.equal(credits.spend("first", 1), false);
  });
});
