/**
 * A name goes with the keys that were shown under it: whoever else has keys, made up or accepted for
 * another estate, does not get it by naming another role, however long its estate is silent.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatAddress } from "../../src/base/address.ts";
import { toHex } from "../../src/base/bytes.ts";
import { OLD_KEYS_MS } from "../../src/base/limits.ts";
import { Keep } from "../../src/keep/keep.ts";
import { dropOldKeys } from "../../src/keep/own_keys.ts";
import { printOf } from "../../src/keep/succession.ts";
import { PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { ATTACKER, forgeAck, forgeJoin, nearUidOf } from "../support/forge.ts";
import { Impostor } from "../support/impostor.ts";
import { areReady, isKind, joined } from "../support/road_pair.ts";
import { siblings } from "../support/siblings.ts";
import { type SimEstate, type SimOptions, SimRoad } from "../support/sim_road.ts";

/** What a stack under the name of another has, with keys and a role of its own. */
const EVIL: SimOptions = { role: "evil", auto: "always", mutable: true };

/** The fingerprint of a role's key as one has it on record. */
function printAt(estate: SimEstate, role: string): string {
  return printOf(estate.up.keys.list().find((key) => key.role === role)!);
}

/** An operator of one takes over what another has on record of a role, or says of its own. */
function importKey(to: SimEstate, from: SimEstate, role: string): void {
  const { verifyKey, boxKey } = from.up.keys.list().find((key) => key.role === role)!;
  to.up.keys.merge({ role, acceptance: "accepted", verifyKey, boxKey }, to.world.now);
  to.world.collect();
}

/** A main that lets nobody in unasked, and estates that it was asked about and let in. */
function accepted(...names: string[]): [SimRoad, SimEstate, ...SimEstate[]] {
  const world = new SimRoad(1);
  const alpha = world.add("alpha", { main: true, mutable: true, auto: "never" });
  const others = names.map((name) => {
    const estate = world.add(name);
    estate.join(alpha);
    world.run(1000);
    alpha.up.keys.accept(name, world.now);
    world.collect();
    assert.ok(world.runUntil(() => areReady(alpha, estate), 10_000));
    return estate;
  });
  return [world, alpha, ...others];
}

/** All that one knows of an estate by its name: role, keys and address. */
function record(estate: SimEstate, name: string): unknown {
  const { role, address } = estate.remote(name)!;
  return [role, address, printAt(estate, role)];
}

/** Somebody takes over the numbers of an estate's pairings, which can be read off the wire, at an address. */
function posingAs(estate: SimEstate, port = 9999): SimEstate {
  const { world, name, options } = estate;
  const evil = world.add(name, { ...EVIL, main: options.main, port });
  evil.kill();
  for (const [path, bytes] of estate.store.files) {
    if (path.includes("remote/")) evil.store.files.set(path, bytes);
  }
  return evil.start();
}

/** Nothing came from or went to somebody who poses as another, and the true one is there again soon. */
function assertHeld(at: SimEstate, evil: SimEstate, before: unknown, truly: SimEstate): void {
  const { world } = at;
  world.run(60_000);
  const handle = at.send({ secret: 1 }, truly.name, { deadline: world.now + 600_000 });
  if (evil.remote(at.name)) evil.send({ cmd: "evil" }, at.name);
  world.run(1000);
  assert.deepEqual([record(at, truly.name), at.received, evil.received], [before, [], []]);
  evil.kill();
  truly.start();
  assert.ok(world.runUntil(() => areReady(at, truly), 120_000));
  world.runUntil(() => at.outcomes.has(handle), 10_000);
  assert.deepEqual(at.outcomes.get(handle), ["acknowledged"]);
}

describe("the name of an estate that is silent", () => {
  it("is not a stranger's, who names another role (once)", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true });
    const before = record(alpha, "beta");
    beta.kill();
    world.run(10_000);
    const evil = world.add("beta", { ...EVIL, port: 9999 });
    evil.join(alpha);
    world.run(10_000);
    const why = alpha.events.flatMap((event) => event.type === "rejected" ? [event.why ?? ""] : []);
    assert.match(
      why[0] ?? "",
      /^the fingerprint of its key is( [0-9a-f]{4}){16}, and on record for /,
    );
    assert.ok(
      why[0].replaceAll(" ", "").endsWith(`estate"beta"is${printAt(alpha, "beta")}`),
      why[0],
    );
    assertHeld(alpha, evil, before, beta);
  });

  it("is not that of another estate, whose keys were accepted (never)", () => {
    const [world, alpha, beta, mallory] = accepted("beta", "mallory");
    const before = record(alpha, "beta");
    beta.kill();
    mallory.kill();
    world.run(10_000);
    const evil = world.add("beta", { ...EVIL, role: "mallory", port: 9999 });
    evil.takeKeysOf(mallory);
    evil.join(alpha);
    assertHeld(alpha, evil, before, beta);
  });

  for (const [auto, isPinned] of [["once", false], ["once", true], ["always", true]] as const) {
    const how = `${auto}${isPinned ? ", pinned" : ""}`;

    it(`is not taken from a main by a join from elsewhere (${how})`, () => {
      const [world, alpha, beta] = joined({ mutable: true }, { mutable: true, auto });
      const pin = printAt(beta, "alpha");
      if (isPinned) beta.up.join(alpha.address, world.now, pin);
      const before = record(beta, "alpha");
      alpha.kill();
      world.run(10_000);
      assertHeld(beta, posingAs(alpha), before, alpha);
    });

    it(`is not taken from a main by an answer from its address (${how})`, () => {
      const [world, alpha, beta] = joined({ mutable: true }, { mutable: true, auto });
      const pin = printAt(beta, "alpha");
      if (isPinned) beta.up.join(alpha.address, world.now, pin);
      const before = record(beta, "alpha");
      alpha.kill();
      const evil = world.add("alpha", { ...EVIL, main: true, port: alpha.address.port });
      assertHeld(beta, evil, before, alpha);
    });
  }

  it("is not taken by an ack of a join that came before its estate showed its keys", () => {
    const world = new SimRoad(1);
    const alpha = world.add("alpha", { main: true, auto: "once", mutable: true });
    const beta = world.add("beta");
    const impostor = new Impostor(world.crypto, 9);
    const answers: Uint8Array[] = [];
    let isHeldUp = true;
    world.weather.drops = (_from, to, bytes) => {
      const answer = to === formatAddress(ATTACKER) ? impostor.answer(bytes) : null;
      if (answer) answers.push(answer);
      return isHeldUp && isKind(bytes, TransactionKind.allow);
    };
    beta.join(alpha);
    world.run(1000);
    beta.kill();
    world.run(6000);
    const ids = { sourceId: 77, destinationId: nearUidOf(alpha, "beta"), transactionId: 1 };
    world.inject(impostor.join("beta", "evil", ids), ATTACKER, alpha.address);
    world.run(100);
    isHeldUp = false;
    beta.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 20_000));
    const before = record(alpha, "beta");
    beta.kill();
    world.run(10_000);
    world.inject(forgeAck(ids), ATTACKER, alpha.address);
    world.run(100);
    for (const answer of answers) world.inject(answer, ATTACKER, alpha.address);
    assert.ok(answers.length > 0);
    assert.deepEqual(record(alpha, "beta"), before);
  });

  it("is no stranger's who joined in it and never showed a key, however often that is", () => {
    for (const role of ["evil", "beta"]) {
      const world = new SimRoad(1);
      const alpha = world.add("alpha", { main: true, auto: "once", mutable: true });
      const impostor = new Impostor(world.crypto, 9);
      const joinAgain = (transactionId: number) => {
        const destinationId = nearUidOf(alpha, "beta");
        const ids = { sourceId: 77, destinationId, transactionId };
        world.inject(impostor.join("beta", role, ids), ATTACKER, alpha.address);
        world.inject(forgeAck(ids), ATTACKER, alpha.address);
      };
      joinAgain(1);
      const beta = world.add("beta");
      beta.join(alpha);
      for (let n = 2; n < 30; n++) {
        world.run(4000);
        if (!areReady(alpha, beta)) joinAgain(n);
      }
      assert.ok(areReady(alpha, beta), role);
    }
  });

  it("is free again once an operator deleted it", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true });
    beta.kill();
    const other = world.add("beta", { role: "web", port: 9999 });
    other.join(alpha);
    world.run(10_000);
    assert.equal(alpha.remote("beta")!.role, "beta");
    alpha.up.keys.remove("beta", world.now);
    other.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, other), 60_000));
    assert.equal(alpha.remote("beta")!.role, "web");
  });
});

describe("the name of a role whose key was accepted, before anybody shows it", () => {
  /** Somebody joins a main under the name of beta and another role, and then beta itself. */
  function assertIsBetas(main: SimEstate, evil: SimEstate, beta: SimEstate): void {
    const { world } = main;
    evil.join(main);
    world.run(10_000);
    assert.notEqual(main.remote("beta")?.ready, true);
    evil.kill();
    beta.join(main);
    assert.ok(world.runUntil(() => areReady(main, beta), 120_000));
    assert.equal(main.remote("beta")!.role, "beta");
  }

  it("is not a stranger's, where it was imported (once)", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true });
    const main = world.add("gamma", { main: true, mutable: true, auto: "once", port: 8800 });
    importKey(main, alpha, "beta");
    assertIsBetas(main, world.add("beta", { ...EVIL, port: 9999 }), beta);
  });

  it("is not that of another estate whose key was imported, too (never)", () => {
    const [world, alpha, beta, mallory] = accepted("beta", "mallory");
    const main = world.add("gamma", { main: true, mutable: true, auto: "never", port: 8800 });
    importKey(main, alpha, "beta");
    importKey(main, alpha, "mallory");
    mallory.kill();
    const evil = world.add("beta", { ...EVIL, role: "mallory", port: 9999 });
    evil.takeKeysOf(mallory);
    assertIsBetas(main, evil, beta);
  });

  it("is not a stranger's who answers in a main's place (once)", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true });
    const gamma = world.add("gamma", { auto: "once", mutable: true, port: 8100 });
    importKey(gamma, beta, "alpha");
    alpha.kill();
    const { port } = alpha.address;
    const evil = world.add("alpha", { ...EVIL, main: true, port });
    gamma.join(evil);
    world.run(20_000);
    assert.equal(gamma.remote("alpha"), undefined);
    assert.ok(gamma.states().includes("rejected"));
    evil.kill();
    alpha.start();
    assert.ok(world.runUntil(() => areReady(alpha, gamma), 120_000));
  });

  for (const auto of ["never", "once"] as const) {
    it(`is not that of another one that was let in, though its estate left before a session (${auto})`, () => {
      const [world, alpha, mallory] = accepted("mallory");
      alpha.up.setAuto(auto);
      const beta = world.add("beta");
      world.weather.drops = (_from, _to, bytes) => isKind(bytes, TransactionKind.allow);
      beta.join(alpha);
      world.run(1000);
      alpha.up.keys.accept("beta", world.now);
      world.collect();
      world.run(1000);
      assert.equal(alpha.remote("beta")!.ready, false);
      beta.kill();
      mallory.kill();
      world.weather.drops = null;
      world.run(10_000);
      const evil = world.add("beta", { ...EVIL, role: "mallory", port: 9999 });
      evil.takeKeysOf(mallory);
      evil.join(alpha);
      world.run(10_000);
      assert.equal(alpha.remote("beta")!.role, "beta");
      evil.kill();
      beta.start();
      assert.ok(world.runUntil(() => areReady(alpha, beta), 120_000));
    });
  }

  it("is its estate's after the file about that was damaged", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true }, { mutable: true });
    beta.kill();
    alpha.kill();
    for (const path of alpha.store.files.keys()) {
      if (path.includes("remote/estate.beta")) alpha.store.files.set(path, new Uint8Array(3));
    }
    alpha.start();
    assert.equal(alpha.remote("beta"), undefined);
    const evil = world.add("beta", { ...EVIL, port: 9999 });
    evil.join(alpha);
    world.run(10_000);
    assert.equal(alpha.remote("beta"), undefined);
    evil.kill();
    beta.start();
    assert.ok(world.runUntil(() => areReady(alpha, beta), 120_000));
  });

  it("is free where estates have shown that role under other names", () => {
    const { world, alpha, one } = siblings("once");
    const web = world.add("web", { role: "gateway", port: 8100 });
    web.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, web), 60_000));
    assert.ok(areReady(alpha, one));
  });

  it("is all that is kept so: a forged join with a role's public keys keeps nobody out of another name", () => {
    const { world, alpha } = siblings("once");
    const key = alpha.up.keys.list().find(({ role }) => role === "web")!;
    const keys = { verhex: toHex(key.verifyKey), pubhex: toHex(key.boxKey) };
    const said = { name: "gamma", role: "web", mode: 0, kind: 0, ...keys };
    const ids = { sourceId: 77, transactionId: 1 };
    world.inject(forgeJoin(PacketKind.request, ids, said), ATTACKER, alpha.address);
    world.inject(forgeAck(ids), ATTACKER, alpha.address);
    assert.equal(alpha.remote("gamma")!.role, "web");
    const gamma = world.add("gamma", { port: 8100 });
    gamma.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, gamma), 120_000));
  });
});

describe("a name, and a role, that strangers come for again and again who show no key", () => {
  /** Joins under a name and a role, with a key of so many, and an ack to whatever is answered. */
  type Join = (name: string, role: string, key?: number, number?: number) => void;
  /** What comes the n-th time; at 0 it is the first. */
  const ways: Record<string, (join: Join, n: number, number: number) => void> = {
    "with a new key each time": (join, n) => join("beta", "beta", 1 + n % 250),
    "under a new name each time": (join, n) => join(`x${n}`, "beta"),
    "with another name for what they left there": (join, n, number) => {
      if (number > 0) join(`x${n}`, `x${n}`, 9, number);
      join("beta", "beta");
    },
    "with another role for what they left there": (join, n) => {
      if (n > 0) join(`x${n - 1}`, "other");
      join(`x${n}`, "beta");
    },
    "for the role with what they left in another": (join, n) => {
      join(`x${n + 1}`, "other");
      join(`x${n}`, "beta");
    },
  };
  for (const [how, comeAgain] of Object.entries(ways)) {
    it(`are their estate's, though that is ${how}`, () => {
      for (const everyMs of [200, 1000, 4000, 4900]) {
        const world = new SimRoad(1);
        const alpha = world.add("alpha", { main: true, auto: "once", mutable: true });
        let joins = 0;
        const join: Join = (name, role, key = 9, destinationId = 0) => {
          const ids = { sourceId: 77 + joins, destinationId, transactionId: ++joins };
          const impostor = new Impostor(world.crypto, key);
          world.inject(impostor.join(name, role, ids), ATTACKER, alpha.address);
          world.inject(forgeAck(ids), ATTACKER, alpha.address);
        };
        comeAgain(join, 0, 0);
        const beta = world.add("beta");
        beta.join(alpha);
        for (let n = 1; n * everyMs < 120_000 && !areReady(alpha, beta); n++) {
          world.run(everyMs);
          if (!areReady(alpha, beta)) comeAgain(join, n, nearUidOf(alpha, "beta"));
        }
        assert.ok(areReady(alpha, beta), `each ${everyMs} ms, ${joins} joins`);
      }
    });
  }
});

describe("an estate that changes", () => {
  it("keeps its name under another role, as it shows the keys that it had", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true });
    beta.kill();
    const before = printAt(alpha, "beta");
    const again = world.add("beta", { role: "web", port: 9999 });
    again.takeKeysOf(beta);
    again.join(alpha);
    assert.ok(world.runUntil(() => areReady(alpha, again), 60_000));
    assert.deepEqual([alpha.remote("beta")!.role, printAt(alpha, "web")], ["web", before]);
  });

  it("keeps it under new keys, too, before it has a session with them", () => {
    const [world, alpha, beta] = joined({ auto: "once", mutable: true });
    const before = printAt(alpha, "beta");
    alpha.kill();
    beta.renewKeys();
    dropOldKeys(new Keep(beta.store, "beta"), world.now + OLD_KEYS_MS);
    beta.kill();
    const impostor = new Impostor(world.crypto, 9);
    world.weather.drops = (_from, to, bytes) => {
      const answer = to === formatAddress(ATTACKER) ? impostor.answer(bytes) : null;
      if (answer) answers.push(answer);
      return isKind(bytes, TransactionKind.allow);
    };
    const answers: Uint8Array[] = [];
    alpha.start();
    beta.start();
    assert.ok(world.runUntil(() => printAt(alpha, "beta") !== before, 60_000));
    beta.kill();
    world.run(10_000);
    const now = record(alpha, "beta");
    const ids = { sourceId: 77, destinationId: nearUidOf(alpha, "beta"), transactionId: 1 };
    for (let n = 0; n < 20; n++) {
      world.inject(impostor.join("beta", "evil", ids), ATTACKER, alpha.address);
      world.run(1000);
      world.inject(forgeAck(ids), ATTACKER, alpha.address);
      for (const answer of answers.splice(0)) world.inject(answer, ATTACKER, alpha.address);
    }
    assert.deepEqual(record(alpha, "beta"), now);
  });
});
