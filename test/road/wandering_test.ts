/**
 * Two or three estates that are killed, moved, cut off from each other and forgotten, and whose disks
 * fill up, are lost or put back, at any moment; each seed is one world. Once that is over all have sessions soon,
 * and messages go both ways, whatever somebody says again of what was said before. The simulator (test/sim)
 * does the same with whole manors; here a world takes milliseconds, so that many can be tried:
 * RAET_TEST_WANDERINGS=501..5000 deno test -A test/road/wandering_test.ts
 *
 * @module
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import process from "node:process";
import { readSeeds } from "../../scripts/sim/seeds.ts";
import { RaetError } from "../../src/base/errors.ts";
import { withoutHint } from "../support/forge.ts";
import { fillDisk, goOnAfterFaults } from "../support/full_disk.ts";
import { seededChance, type SimEstate, SimRoad } from "../support/sim_road.ts";

/** A handshake that goes nowhere, a join after it, a probe, and a handshake more. */
const SOON_MS = 10_000;
const SEEDS = readSeeds(process.env.RAET_TEST_WANDERINGS ?? "1..500");
if (typeof SEEDS === "string") throw new Error(SEEDS);

const FAULTS = [
  "kill",
  "cut",
  "cut one way",
  "move",
  "forget",
  "begin",
  "weather",
  "send",
  "full disk",
  "lose home",
  "restore home",
  "renew keys",
  "classic joins",
] as const;

class Wanderers {
  readonly world: SimRoad;
  readonly chance: () => number;
  readonly estates: SimEstate[];
  /** Mains that each was told to join. */
  readonly mains: ReadonlyMap<SimEstate, SimEstate[]>;
  readonly #cuts = new Set<string>();
  #later: { readonly at: number; readonly call: () => void }[] = [];
  readonly #full = new Map<SimEstate, () => void>();
  /** Whether somebody takes the hints out of joins. */
  #makesClassic = false;
  /** How many rejections there had been as somebody first did. */
  #rejectedBefore = Infinity;
  #lastPort = 20_000;
  /** Mains that lost their keys, or their addresses: one that loses both is another one. */
  readonly #lost = new Map<SimEstate, "lose home" | "move">();
  readonly #renewed = new Set<SimEstate>();
  /** Homes as they were at some time. */
  readonly #copies = new Map<SimEstate, ReadonlyMap<string, Uint8Array>>();

  constructor(readonly seed: number) {
    this.world = new SimRoad(seed);
    this.chance = seededChance(31 * seed + 7);
    const auto = this.pick("always" as const, "once" as const);
    const settings = { alivePeriodMs: this.pick(1000, 5000) };
    const names = ["alpha", "beta", "gamma"].slice(0, this.pick(2, 3));
    const isMain = names.map((_, i) => i === seed % names.length || this.is(0.2));
    this.estates = names.map((name, i) =>
      this.world.add(name, { main: isMain[i], mutable: true, auto, settings })
    );
    this.mains = new Map(
      this.estates.map((estate) => [
        estate,
        this.estates.filter((other) => other !== estate && other.options.main),
      ]),
    );
    this.world.weather.drops = (from, to, bytes) =>
      this.#cuts.has(`${from} ${to}`) || this.#makesClassic && this.#makeClassic(from, to, bytes);
    for (const estate of this.estates) {
      goOnAfterFaults(estate);
      this.#join(estate);
    }
  }

  pick<T>(...from: T[]): T {
    return from[Math.floor(this.chance() * from.length)];
  }

  is(share: number): boolean {
    return this.chance() < share;
  }

  wander(): void {
    const { world } = this;
    const faults = FAULTS.filter(() => this.is(0.5));
    const everyMs = this.pick(50, 250, 1000);
    const end = world.now + this.pick(2000, 5000, 15_000);
    while (world.now < end) {
      world.run(2 * everyMs * this.chance());
      const due = this.#later.filter(({ at }) => at <= world.now);
      this.#later = this.#later.filter(({ at }) => at > world.now);
      for (const { call } of due) call();
      if (faults.length > 0) this.#bring(this.pick(...faults));
    }
  }

  mend(): void {
    this.#cuts.clear();
    this.#makesClassic = false;
    for (const estate of this.estates) this.#free(estate);
    Object.assign(this.world.weather, {
      lossShare: 0,
      doubleShare: 0,
      latencyMs: 0.5,
      jitterMs: 0,
    });
    for (const estate of this.estates) this.#start(estate);
  }

  /** Has a join go on as a reference says it, now and then, without what signs it. Whether it did. */
  #makeClassic(fromName: string, toName: string, bytes: Uint8Array): boolean {
    const [from, to] = [fromName, toName].map((name) =>
      this.estates.find((one) => one.name === name)
    );
    const classic = from && to ? withoutHint(bytes) : null;
    if (!classic || this.is(0.5)) return false;
    this.world.inject(classic, from!.address, to!.address);
    return true;
  }

  /** Whether anybody was rejected since a hint was taken out, perhaps as that said that it has new keys. */
  get wasRejected(): boolean {
    return this.#rejections > this.#rejectedBefore;
  }

  get #rejections(): number {
    return this.estates.flatMap((one) => one.states()).filter((state) => state === "rejected")
      .length;
  }

  /** Somebody on the network says again some of what was said. */
  sayAgain(count: number): void {
    const { world } = this;
    const addressOf = (name: string) => this.estates.find((one) => one.name === name)?.address;
    for (let i = 0; i < count; i++) {
      const { from, to, bytes } = world.sent[Math.floor(this.chance() * world.sent.length)];
      const [source, target] = [addressOf(from), addressOf(to)];
      if (source && target) world.inject(bytes, source, target);
    }
  }

  /** Each estate with each main that it was told to join, both ways. */
  pairs(): [SimEstate, SimEstate][] {
    return [...this.mains].flatMap(([one, mains]) =>
      mains.flatMap((main): [SimEstate, SimEstate][] => [[one, main], [main, one]])
    );
  }

  #bring(fault: typeof FAULTS[number]): void {
    const { world } = this;
    const estate = this.pick(...this.estates);
    const other = this.pick(...this.estates.filter((one) => one !== estate));
    if (fault === "weather") {
      world.weather.lossShare = this.pick(0, 0.1, 0.4);
      world.weather.doubleShare = this.pick(0, 0.3);
      world.weather.latencyMs = this.pick(0.3, 10, 100);
      world.weather.jitterMs = this.pick(0, 5, 100);
    } else if (fault === "cut" || fault === "cut one way") {
      const ways = [`${estate.name} ${other.name}`, `${other.name} ${estate.name}`];
      const cut = fault === "cut" ? ways : ways.slice(1);
      for (const way of cut) this.#cuts.add(way);
      this.#after(this.pick(300, 3000, 15_000), () => cut.forEach((way) => this.#cuts.delete(way)));
    } else if (fault === "full disk") {
      if (!this.#full.has(estate)) this.#full.set(estate, fillDisk(estate));
      this.#after(this.pick(300, 3000), () => this.#free(estate));
    } else if (fault === "classic joins") {
      this.#makesClassic = true;
      this.#rejectedBefore = Math.min(this.#rejectedBefore, this.#rejections);
      this.#after(this.pick(300, 3000, 15_000), () => this.#makesClassic = false);
    } else if (fault === "move") {
      if (!estate.options.main || this.#mayChange(estate, fault)) this.#move(estate);
    } else if (fault === "renew keys") {
      if (!estate.stack || this.#full.has(estate)) return;
      if (!this.#renewed.has(estate)) estate.renewKeys();
      this.#renewed.add(estate);
      this.#copies.delete(estate); // keys that are in no home any more are lost
    } else if (estate.stack) {
      this.#disturb(fault, estate, other);
    }
  }

  #disturb(
    fault: "kill" | "lose home" | "restore home" | "forget" | "begin" | "send",
    estate: SimEstate,
    other: SimEstate,
  ): void {
    const { world } = this;
    if (fault === "restore home") {
      const copy = this.#copies.get(estate);
      this.#copies.set(estate, new Map(estate.store.files));
      if (!copy) return;
      estate.kill();
      estate.putBack(copy);
      this.#after(this.pick(20, 500, 4000), () => this.#start(estate));
    } else if (fault === "kill" || fault === "lose home") {
      // Where others hold to the first keys that they saw an operator has to help.
      if (fault === "lose home" && estate.options.auto !== "always") return;
      if (fault === "lose home" && estate.options.main && !this.#mayChange(estate, fault)) return;
      estate.kill();
      if (fault === "lose home") {
        estate.loseHome();
        this.#copies.delete(estate);
      }
      this.#after(this.pick(20, 500, 4000), () => this.#start(estate));
    } else if (fault === "forget") {
      if (!estate.up.keys.list().some(({ role }) => role === other.name)) return;
      estate.up.keys.remove(other.name, world.now);
      this.#join(estate);
    } else if (estate.remote(other.name)?.role === other.name && this.#isOnRecord(estate, other)) {
      if (fault === "send") estate.send({ fill: "z".repeat(3000 * this.chance()) }, other.name);
      else estate.up.begin(this.pick("join", "allow", "alive"), other.name, world.now);
      world.collect();
    }
  }

  #mayChange(main: SimEstate, how: "lose home" | "move"): boolean {
    if (!this.#lost.has(main)) this.#lost.set(main, how);
    return this.#lost.get(main) === how;
  }

  /** Whoever runs learns from the name of its host where a main is, others as they start. */
  #move(estate: SimEstate): void {
    const before = estate.address;
    estate.address = { ...before, port: ++this.#lastPort };
    if (!estate.options.main) return;
    for (const other of this.estates) {
      if (other !== estate) other.stack?.setAddress(before, estate.address, this.world.now);
    }
    this.world.collect();
  }

  #isOnRecord(estate: SimEstate, other: SimEstate): boolean {
    const state = estate.remote(other.name)?.state;
    return state === "joined" || state === "allowed";
  }

  #start(estate: SimEstate): void {
    if (estate.stack) return;
    if (estate.store.files.size === 0) this.#free(estate); // a home is begun where there is room
    try {
      estate.start();
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      this.#free(estate); // and so is what a crash left half done completed
      estate.start();
    }
    goOnAfterFaults(estate);
    this.#join(estate);
  }

  #free(estate: SimEstate): void {
    this.#full.get(estate)?.();
    this.#full.delete(estate);
  }

  /** As a manor does at its start, and when an operator deleted a key. */
  #join(estate: SimEstate): void {
    for (const main of this.mains.get(estate)!) estate.join(main);
  }

  #after(ms: number, call: () => void): void {
    this.#later.push({ at: this.world.now + ms, call });
  }
}

type Sent = { readonly how: string; readonly from: SimEstate; readonly handle: number };

/** Each sends a message to each that it is joined with. */
function sendAll(wanderers: Wanderers, fill: string): Sent[] {
  return wanderers.pairs().map(([from, to]) => {
    const how = `seed ${wanderers.seed}, ${fill.length} of ${from.name} to ${to.name}`;
    return { how, from, handle: from.send({ fill }, to.name) };
  });
}

function assertAcknowledged(sent: readonly Sent[]): void {
  for (const { how, from, handle } of sent) {
    assert.equal(from.outcomes.get(handle)?.at(-1), "acknowledged", how);
  }
}

it("estates talk again soon, whatever they forgot, wherever they are", () => {
  for (let seed = SEEDS.from; seed <= SEEDS.to; seed++) {
    const wanderers = new Wanderers(seed);
    const { world } = wanderers;
    world.recording = true;
    wanderers.wander();
    wanderers.mend();
    world.run(SOON_MS);
    // Who is rejected asks again after as long.
    if (wanderers.wasRejected) world.run(SOON_MS);
    for (const [from, to] of wanderers.pairs()) {
      const remote = from.remote(to.name);
      const isWell = remote?.ready === true && remote.alive === true &&
        remote.capabilities !== null;
      assert.ok(isWell, `seed ${seed}, ${from.name} to ${to.name}`);
    }
    world.recording = false;
    // Stacks that were started again counted their handles anew.
    for (const estate of wanderers.estates) estate.events.length = 0;
    const first = sendAll(wanderers, "");
    world.run(2000);
    assertAcknowledged(first);
    const others = [500, 1000, 1500, 2000, 3000].flatMap((length) => {
      wanderers.sayAgain(20);
      world.run(200);
      return sendAll(wanderers, "z".repeat(length));
    });
    world.run(SOON_MS);
    assertAcknowledged(others);
  }
});
