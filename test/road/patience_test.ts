/**
 * Two estates that send messages, half of them without a deadline, through cuts, weather, handshakes, new
 * keys and receivers without room; each seed is one world. Other tests are content with a message that ends
 * as its time runs out, however it was forgotten: here each has its outcome soon after all is well, a true
 * one, and none past its deadline. More: RAET_TEST_PATIENCES=3000 deno test -A test/road/patience_test.ts
 *
 * @module
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import process from "node:process";
import { RaetError } from "../../src/base/errors.ts";
import type { Admission } from "../../src/road/options.ts";
import { seededChance, type SimEstate, SimRoad } from "../support/sim_road.ts";

const SEEDS = Number(process.env.RAET_TEST_PATIENCES ?? 60);
/** Redos that had become rare, a question for life, a handshake. */
const SOON_MS = 25_000;
/** How exactly the time of an outcome is known. */
const LOOK_MS = 10;

interface Sent {
  readonly by: SimEstate;
  readonly to: SimEstate;
  readonly life: number;
  readonly handle: number;
  readonly deadline: number;
  readonly id: number;
  outcomes: string[];
}

class Trial {
  readonly world: SimRoad;
  readonly chance: () => number;
  readonly estates: readonly SimEstate[];
  readonly sent: Sent[] = [];
  readonly #lives = new Map<SimEstate, number>();
  readonly #cuts = new Set<string>();
  #largest = Infinity;
  #isWell = false;

  constructor(readonly seed: number) {
    this.world = new SimRoad(seed);
    this.chance = seededChance(77 * seed + 5);
    const [room, refused] = [this.pick(1, 0.9, 0.7), this.pick(0, 0, 0.1)];
    const admit = (): Admission => {
      if (this.#isWell || this.is(room)) return "take";
      return this.is(refused) ? "refuse" : "wait";
    };
    const settings = {
      sessionMs: this.pick(3_600_000, 1500, 5000),
      alivePeriodMs: this.pick(1000, 5000),
    };
    const features = this.is(0.7) ? ["receipts"] : null;
    const [alpha, beta] = this.estates = [
      this.world.add("alpha", { main: true, mutable: true, admit, settings }),
      this.world.add("beta", { mutable: true, admit, settings, features }),
    ];
    this.world.weather.drops = (from, _to, bytes) =>
      this.#cuts.has(from) || bytes.length > this.#largest;
    beta.join(alpha);
    this.#run(2000);
  }

  pick<T>(...from: T[]): T {
    return from[Math.floor(this.chance() * from.length)];
  }

  is(share: number): boolean {
    return this.chance() < share;
  }

  run(): void {
    for (let step = 0; step < 60; step++) {
      for (const estate of this.estates) if (estate.stack && this.is(0.7)) this.#send(estate);
      this.#run(200 * this.chance());
      this.#trouble(this.pick(...this.estates));
      for (const estate of this.estates) if (!estate.stack && this.is(0.3)) this.#start(estate);
    }
    for (const estate of this.estates) if (!estate.stack) this.#start(estate);
    this.#cuts.clear();
    this.#largest = Infinity;
    this.#isWell = true;
    Object.assign(this.world.weather, { lossShare: 0, doubleShare: 0, latencyMs: 1, jitterMs: 0 });
    this.#run(SOON_MS);
    this.#check();
  }

  #send(by: SimEstate): void {
    const { world, sent } = this;
    const to = this.estates.find((other) => other !== by)!;
    const fill = "z".repeat(Math.floor(this.pick(50, 50, 5000, 200_000) * this.chance()));
    const deadline = this.is(0.5) ? world.now + 3000 * this.chance() : Infinity;
    const life = this.#lives.get(by) ?? 0;
    try {
      const handle = by.send({ id: sent.length, fill }, to.name, { deadline });
      sent.push({ by, to, life, handle, deadline, id: sent.length, outcomes: [] });
    } catch (error) {
      // Not joined yet, or with keys that the other side never heard of.
      if (!(error instanceof RaetError)) throw error;
    }
  }

  #trouble(estate: SimEstate): void {
    const { world, sent } = this;
    const { weather } = world;
    const other = this.estates.find((one) => one !== estate)!;
    const troubles: (() => void)[] = [
      () => this.#cuts.add(estate.name),
      () => this.#cuts.add(estate.name).add(other.name),
      () => this.#cuts.clear(),
      () => this.#largest = this.#largest === Infinity ? 700 : Infinity,
      () => {
        weather.lossShare = this.pick(0, 0.1, 0.4);
        weather.doubleShare = this.pick(0, 0.3);
        weather.latencyMs = this.pick(0.3, 10, 100);
        weather.jitterMs = this.pick(0, 5, 100);
      },
      () => estate.remote(other.name) && estate.up.begin("allow", other.name, world.now),
      () => estate.renewKeys(),
      () => {
        const mine = sent.filter(({ by, life }) => by === estate && life === this.#life(by));
        if (mine.length > 0) estate.up.cancel(this.pick(...mine).handle, world.now);
      },
      () => this.seed % 2 === 0 && estate.kill(),
      () => {},
      () => {},
    ];
    if (estate.stack) this.pick(...troubles)();
    world.collect();
  }

  #life(estate: SimEstate): number {
    return this.#lives.get(estate) ?? 0;
  }

  #start(estate: SimEstate): void {
    this.#lives.set(estate, this.#life(estate) + 1);
    estate.start();
  }

  #run(ms: number): void {
    for (let left = ms; left > 0; left -= LOOK_MS) {
      this.world.run(Math.min(left, LOOK_MS));
      for (const estate of this.estates) this.#takeOutcomes(estate);
    }
  }

  #takeOutcomes(estate: SimEstate): void {
    for (const event of estate.events) {
      if (event.type !== "sent") continue;
      const message = this.sent.find(({ by, life, handle }) =>
        by === estate && life === this.#life(estate) && handle === event.handle
      )!;
      message.outcomes.push(event.outcome);
      const late = this.world.now - message.deadline;
      assert.ok(late <= LOOK_MS, `seed ${this.seed}: message ${message.id}, ${late} ms late`);
    }
    const messages = estate.events.filter(({ type }) => type === "message");
    estate.events.splice(0, estate.events.length, ...messages);
  }

  #check(): void {
    for (const { by, to, life, id, outcomes } of this.sent) {
      const what = `seed ${this.seed}: message ${id} of ${by.name}, ${outcomes}`;
      if (life === this.#life(by)) assert.equal(outcomes.length, 1, what);
      assert.ok(outcomes.length <= 1, what);
      const hasCome = to.received.some(({ body }) => body.id === id);
      if (outcomes[0] === "acknowledged") assert.ok(hasCome, what);
      if (outcomes[0] === "failed") assert.ok(!hasCome, what);
    }
  }
}

it("every message has its outcome once all is well again, and none past its deadline", () => {
  for (let seed = 1; seed <= SEEDS; seed++) new Trial(seed).run();
});
