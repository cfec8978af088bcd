/**
 * Somebody on the way between two estates, who reads, drops, replays and forges packets and holds no
 * keys but its own: a road is not moved, nobody is let in, nothing is handed over that was not sent.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Address, formatAddress, parseAddress } from "../../src/base/address.ts";
import { Drop } from "../../src/base/drop.ts";
import type { Body } from "../../src/base/value.ts";
import { unpackBody } from "../../src/wire/body.ts";
import { makeHead } from "../../src/wire/head.ts";
import { CoatKind, Flag, FootKind, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { packPacket, parsePacket } from "../../src/wire/packet.ts";
import { ATTACKER, falseBody, forgeJoin, nearUidOf } from "../support/forge.ts";
import { Impostor } from "../support/impostor.ts";
import { areReady, isKind, joined, packetOf } from "../support/road_pair.ts";
import {
  seededChance,
  type SimEstate,
  type SimOptions,
  type SimRoad,
} from "../support/sim_road.ts";

type Way = { from: SimEstate; to: SimEstate; bytes: Uint8Array };

class Attacker {
  readonly heard: Way[] = [];
  /** What each estate said of itself in a join, word by word. */
  readonly bodies = new Map<SimEstate, Body>();
  dropShare = 0;
  actions = 0;
  /** Answers to questions, with keys of its own, to whoever asked. */
  #owed: { answer: Uint8Array; from: Address; to: SimEstate }[] = [];
  readonly #impostor: Impostor;

  /** @param hasKeys whether it has keys of its own, and says so under names and roles of all kinds */
  constructor(
    readonly world: SimRoad,
    readonly pair: readonly [SimEstate, SimEstate],
    readonly chance: () => number,
    readonly isClassic: boolean,
    readonly hasKeys: boolean,
  ) {
    this.#impostor = new Impostor(world.crypto, 9);
    world.weather.drops = (from, to, bytes) => this.#onPacket(from, to, bytes);
  }

  /** Learns what the two said before: everything is on the wire. */
  learn(sent: SimRoad["sent"]): void {
    for (const { from, to, bytes } of sent) this.#onPacket(from, to, bytes);
  }

  act(): void {
    this.actions++;
    for (const { answer, from, to } of this.#owed.splice(0)) {
      this.world.inject(answer, from, to.address);
    }
    const roll = this.chance();
    if (this.hasKeys && roll < 0.2) this.#pose();
    else if (roll < 0.4) this.#replay();
    else if (roll < 0.75) this.#forgeJoin();
    else this.#forgeUnsigned();
  }

  #onPacket(fromName: string, toName: string, bytes: Uint8Array): boolean {
    const from = this.pair.find(({ name }) => name === fromName);
    const to = this.pair.find(({ name }) => name === toName);
    if (!from) return false;
    const answer = this.hasKeys ? this.#impostor.answer(bytes) : null;
    if (answer && this.#owed.length < 100) {
      this.#owed.push({ answer, from: to?.address ?? parseAddress(toName), to: from });
    }
    if (to && this.heard.length < 4000) this.heard.push({ from, to, bytes: bytes.slice() });
    const packet = parsePacket(bytes);
    if (!(packet instanceof Drop) && packet.head.transactionKind === TransactionKind.join) {
      const body = unpackBody(packet.head.bodyKind, packet.coat);
      if (!(body instanceof Drop) && "verhex" in body) this.bodies.set(from, body);
    }
    return this.chance() < this.dropShare;
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.chance() * list.length)];
  }

  #where(as: SimEstate): Address {
    return this.#pick([ATTACKER, as.address, { ...as.address, port: 9 }]);
  }

  #replay(): void {
    // What was said lately is more useful than what was said long ago.
    const lately = this.heard.slice(-40);
    const { from, to, bytes } = this.#pick(this.chance() < 0.5 ? lately : this.heard);
    const copy = bytes.slice();
    // What a classic estate says of itself in a join is not signed: changed on its way it is believed on a
    // mutable road (docs/security.md).
    const isPlain = this.isClassic && isKind(bytes, TransactionKind.join);
    if (this.chance() < 0.2 && !isPlain) copy[Math.floor(this.chance() * copy.length)] ^= 1;
    this.world.inject(copy, this.#where(from), (this.chance() < 0.9 ? to : from).address);
  }

  /** Every kind of packet of a join, with the real keys of the one whose name it bears, or with others. */
  #forgeJoin(): void {
    const [as, victim] = this.chance() < 0.5 ? this.pair : [...this.pair].reverse();
    const near = nearUidOf(victim, as.name);
    const far = nearUidOf(as, victim.name);
    const real = this.bodies.get(as) ?? {};
    const body = this.chance() < 0.7 ? { ...real } : falseBody(as.name, 9);
    const uid = this.#pick([far, 1234, near]);
    const ids = {
      sourceId: this.#pick([0, far, 77]),
      destinationId: this.#pick([0, near]),
      transactionId: 1 + Math.floor(this.chance() * 12),
      flags: this.chance() < 0.5 ? Flag.correspondent : 0,
    };
    const kinds = [
      PacketKind.request,
      PacketKind.response,
      PacketKind.ack,
      PacketKind.nack,
      PacketKind.renew,
      PacketKind.refuse,
      PacketKind.reject,
      PacketKind.pend,
    ];
    const kind = this.#pick(kinds);
    const holds = kind === PacketKind.request || kind === PacketKind.response;
    const from = this.#where(as);
    const said = holds ? { ...body, uid } : {};
    this.world.inject(forgeJoin(kind, ids, said), from, victim.address);
    if (kind === PacketKind.request && ids.sourceId !== 0 && this.chance() < 0.8) {
      this.world.run(5);
      const ack = forgeJoin(PacketKind.ack, { ...ids, flags: 0 });
      this.world.inject(ack, from, victim.address);
    }
  }

  /** Joins, or answers a join, under the name of one of them, with its own keys for one role or another. */
  #pose(): void {
    const [as, victim] = this.chance() < 0.5 ? this.pair : [...this.pair].reverse();
    const [near, far] = [nearUidOf(victim, as.name), nearUidOf(as, victim.name)];
    const from = this.#where(as);
    const role = this.#pick([as.name, "evil", "other"]);
    const isAnswer = this.chance() < 0.5;
    const transactionId = 1 + Math.floor(this.chance() * 12);
    const destinationId = this.#pick([0, near, near]);
    const ids = {
      sourceId: this.#pick(isAnswer ? [0, far] : [77, far]),
      destinationId,
      transactionId,
    };
    const join = isAnswer
      ? this.#impostor.join(as.name, role, { ...ids, flags: Flag.correspondent }, 77)
      : this.#impostor.join(as.name, role, ids);
    this.world.inject(join, from, victim.address);
    if (isAnswer) return;
    this.world.run(5);
    this.world.inject(forgeJoin(PacketKind.ack, ids), from, victim.address);
  }

  #forgeUnsigned(): void {
    const [as, victim] = this.chance() < 0.5 ? this.pair : [...this.pair].reverse();
    const isSigned = this.chance() < 0.5;
    const head = makeHead({
      transactionKind: this.#pick([
        TransactionKind.message,
        TransactionKind.allow,
        TransactionKind.alive,
      ]),
      packetKind: Math.floor(this.chance() * 16),
      sourceId: nearUidOf(as, victim.name),
      destinationId: nearUidOf(victim, as.name),
      sessionId: this.#pick([1, 2, 3, 4, 5, 0x7fff_ffff]),
      transactionId: 1 + Math.floor(this.chance() * 60),
      bodyKind: 2,
      coatKind: CoatKind.none,
      footKind: isSigned ? FootKind.nacl : FootKind.none,
      flags: this.chance() < 0.5 ? Flag.correspondent : 0,
    });
    const signer = isSigned ? this.world.crypto.signer(new Uint8Array(32).fill(4)) : null;
    const packet = packPacket(head, new Uint8Array(200).fill(0x30), signer);
    this.world.inject(packet, this.#where(as), victim.address);
  }
}

/** What an attacker must not move: who is on record, where, with which numbers and keys. */
function record(estate: SimEstate, of: string): unknown {
  const files = [...estate.store.files].filter(([path]) => /\/(remote|role)\//.test(path))
    .map(([path, bytes]) => {
      const { sid: _, ...fields } = JSON.parse(new TextDecoder().decode(bytes));
      return [path, fields];
    });
  const { address, state } = estate.remote(of)!;
  return {
    files: Object.fromEntries(files),
    address,
    state: state === "allowed" ? "joined" : state,
  };
}

/** Two estates that talked for a while, and an attacker who heard it all. */
function overheard(options: SimOptions, seed: number): [SimRoad, SimEstate, SimEstate, Attacker] {
  const [world, alpha, beta] = joined({ ...options }, { ...options }, seed);
  const attacker = new Attacker(
    world,
    [alpha, beta],
    seededChance(seed * 31),
    options.features === null,
    // Where all keys are accepted those are, too (docs/keys-and-trust.md).
    options.auto !== "always",
  );
  // The join again, so that it is heard with its bodies, in both directions.
  for (const [one, other] of [[alpha, beta], [beta, alpha]] as const) {
    one.up.begin("join", other.name, world.now);
    world.collect();
    world.run(3000);
    one.up.begin("allow", other.name, world.now);
    world.collect();
    world.run(3000);
  }
  assert.ok(world.runUntil(() => areReady(alpha, beta), 10_000));
  assert.equal(attacker.bodies.size, 2);
  return [world, alpha, beta, attacker];
}

function talk(world: SimRoad, from: SimEstate, to: SimEstate, n: number): void {
  const handle = from.send({ n }, to.name);
  world.runUntil(() => from.outcomes.has(handle), 20_000);
  assert.deepEqual(from.outcomes.get(handle), ["acknowledged"]);
}

const MODES: SimOptions[] = [
  { mutable: true, auto: "always" },
  { mutable: true, auto: "once" },
  { mutable: false, auto: "once" },
  { mutable: true, auto: "once", features: null },
];

describe("an attacker without keys but its own", () => {
  for (const mode of MODES) {
    const { mutable, auto, features } = mode;
    const about = `${mutable ? "mutable" : "immutable"}, ${auto}${
      features === null ? ", classic" : ""
    }`;

    it(`who reads, replays and forges moves nothing, and messages go on (${about})`, () => {
      for (let seed = 1; seed <= 6; seed++) {
        const [world, alpha, beta, attacker] = overheard(mode, seed);
        const before = [record(alpha, "beta"), record(beta, "alpha")];
        for (let n = 0; n < 40; n++) {
          for (let i = 0; i < 10; i++) attacker.act();
          talk(world, n % 2 ? alpha : beta, n % 2 ? beta : alpha, n);
        }
        assert.deepEqual([record(alpha, "beta"), record(beta, "alpha")], before, `seed ${seed}`);
        assert.equal(alpha.up.remotes().filter(({ state }) => state === "allowed").length, 1);
        const numbers = [...alpha.received, ...beta.received].map(({ body }) => Number(body.n));
        assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: 40 }, (_, n) => n));
      }
    });

    it(`who also drops what they say moves nothing, and all is well when it ends (${about})`, () => {
      for (let seed = 1; seed <= 6; seed++) {
        const [world, alpha, beta, attacker] = overheard(mode, seed);
        const before = [record(alpha, "beta"), record(beta, "alpha")];
        for (let round = 0; round < 4; round++) {
          attacker.dropShare = round % 2 ? 0.5 : 1;
          for (let i = 0; i < 400; i++) {
            attacker.act();
            if (i % 4 === 0) world.run(attacker.chance() * 150);
          }
          assert.deepEqual([record(alpha, "beta"), record(beta, "alpha")], before, `seed ${seed}`);
        }
        attacker.dropShare = 0;
        const isWell = () =>
          areReady(alpha, beta) && alpha.remote("beta")!.alive && beta.remote("alpha")!.alive;
        assert.ok(world.runUntil(() => isWell() === true, 70_000), `seed ${seed}`);
        talk(world, alpha, beta, 1);
        talk(world, beta, alpha, 2);
      }
    });
  }

  it("who changes what one of ours says of itself is not believed", () => {
    const [world, alpha, beta, attacker] = overheard({ mutable: true, auto: "always" }, 1);
    const real = attacker.bodies.get(beta)!;
    const unsigned = { ...real, raet: { v: 1 } };
    const ids = { sourceId: nearUidOf(beta, "alpha"), destinationId: nearUidOf(alpha, "beta") };
    for (const [n, body] of [real, unsigned].entries()) {
      const transactionId = 700 + n;
      const request = forgeJoin(PacketKind.request, { ...ids, transactionId }, {
        ...body,
        role: "admin",
      });
      world.weather.drops = (_from, _to, bytes) => isKind(bytes, TransactionKind.alive);
      world.inject(request, beta.address, alpha.address);
      world.run(3000);
      world.inject(
        forgeJoin(PacketKind.ack, { ...ids, transactionId }),
        beta.address,
        alpha.address,
      );
      world.weather.drops = null;
      world.run(3000);
      assert.equal(alpha.remote("beta")!.role, "beta");
    }
    assert.equal(alpha.up.counters.get("bad_signature"), 1);
    assert.equal(alpha.up.counters.get("joins_rejected"), 1);
  });

  it("can't take the place of an estate that is away, though its keys' public halves are known", () => {
    const [world, alpha, beta, attacker] = overheard({ mutable: true, auto: "always" }, 1);
    // The join that crosses ours goes on in the name that sorts lower, so it is alpha's that is forged.
    const before = record(beta, "alpha");
    alpha.kill();
    world.run(20_000);
    for (let n = 0; n < 20; n++) {
      const destinationId = nearUidOf(beta, "alpha");
      const ids = { sourceId: 77, destinationId, transactionId: 500 + n };
      const body = n % 2 ? attacker.bodies.get(alpha)! : falseBody("alpha", 9);
      world.inject(forgeJoin(PacketKind.request, ids, body), ATTACKER, beta.address);
      world.run(3000);
      world.inject(forgeJoin(PacketKind.ack, ids), ATTACKER, beta.address);
      // Everything that alpha ever signed, from the new place.
      for (const { from, bytes } of attacker.heard) {
        if (from === alpha) world.inject(bytes, ATTACKER, beta.address);
      }
      world.run(6000);
    }
    assert.deepEqual(record(beta, "alpha"), before);
    assert.ok(beta.up.counters.get("joins_disproved") > 0);
    alpha.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 70_000));
  });

  it("can't take it either by having whoever lives there answer for it", () => {
    const [world, alpha, beta] = overheard({ mutable: true, auto: "always" }, 1);
    const before = record(beta, "alpha");
    const questions: Uint8Array[] = [];
    let request: Uint8Array | null = null;
    world.weather.drops = (from, to, bytes) => {
      if (isKind(bytes, TransactionKind.join, PacketKind.request)) request ??= bytes.slice();
      const isForUs = to === formatAddress(ATTACKER);
      if (isForUs && isKind(bytes, TransactionKind.alive)) questions.push(bytes.slice());
      return isForUs || from === "beta";
    };
    assert.ok(world.runUntil(() => request !== null, 20_000), "alpha joins anew");
    const { sourceId, destinationId, transactionId } =
      packetOf(request!, TransactionKind.join)!.head;
    world.inject(request!, ATTACKER, beta.address);
    world.run(3000);
    const ack = forgeJoin(PacketKind.ack, { sourceId, destinationId, transactionId });
    world.inject(ack, ATTACKER, beta.address);
    for (let n = 0; n < 20; n++) {
      world.run(250);
      for (const question of questions.splice(0)) {
        world.inject(question, beta.address, alpha.address);
      }
    }
    assert.deepEqual(record(beta, "alpha"), before);
    assert.equal(beta.up.counters.get("joins_disproved"), 1);
  });
});
