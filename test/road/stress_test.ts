/**
 * Two estates that talk in any weather, killed and started again at any moment; each seed is one
 * world. Whatever happens, every message of a sender that lives has one outcome and it is true.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededChance, type SimEstate, SimRoad } from "../support/sim_road.ts";

interface Sent {
  readonly by: SimEstate;
  readonly to: SimEstate;
  readonly handle: number;
  readonly id: number;
  /** Which start of the sender it belongs to. */
  readonly life: number;
}

class Trial {
  readonly world: SimRoad;
  readonly alpha: SimEstate;
  readonly beta: SimEstate;
  readonly chance: () => number;
  readonly sent: Sent[] = [];
  readonly lives = new Map<SimEstate, number>();
  readonly outcomes = new Map<string, string[]>();

  constructor(readonly seed: number, readonly classic: boolean, readonly restarts: boolean) {
    this.world = new SimRoad(seed);
    this.chance = seededChance(31 * seed + 7);
    Object.assign(this.world.weather, {
      lossShare: this.pick(0, 0.1, 0.3),
      doubleShare: this.pick(0, 0.1),
      jitterMs: this.pick(0, 5, 40),
      latencyMs: this.pick(0.3, 10, 60),
    });
    const features = classic ? null : ["receipts"];
    this.alpha = this.world.add("alpha", { main: true, mutable: this.chance() < 0.5, features });
    this.beta = this.world.add("beta", { mutable: this.chance() < 0.5 });
    for (const estate of [this.alpha, this.beta]) this.lives.set(estate, 0);
  }

  pick(...values: number[]): number {
    return values[Math.floor(this.chance() * values.length)];
  }

  run(): this {
    const { world, alpha, beta } = this;
    beta.join(alpha);
    const isReady = () =>
      alpha.remote("beta")?.ready === true && beta.remote("alpha")?.ready === true;
    assert.ok(world.runUntil(isReady, 60_000), `seed ${this.seed}: not ready`);
    for (let step = 0; step < 40; step++) this.#step();
    for (const estate of [alpha, beta]) if (!estate.stack) this.#start(estate);
    world.run(60_000);
    this.#collect();
    return this;
  }

  #step(): void {
    const { alpha, beta, chance, world } = this;
    for (const [by, to] of [[alpha, beta], [beta, alpha]]) {
      for (let n = Math.floor(6 * chance()); by.stack && n > 0; n--) {
        const fill = "z".repeat(Math.floor(this.pick(50, 50, 5000, 5000, 100_000) * chance()));
        const id = this.sent.length;
        const handle = by.send({ id, fill }, to.name);
        this.sent.push({ by, to, handle, id, life: this.lives.get(by)! });
      }
    }
    world.run(300 * chance());
    this.#collect();
    for (const estate of [alpha, beta]) {
      if (this.restarts && estate.stack && chance() < 0.04) estate.kill();
      else if (!estate.stack && chance() < 0.3) this.#start(estate);
    }
  }

  #start(estate: SimEstate): void {
    this.lives.set(estate, this.lives.get(estate)! + 1);
    estate.start();
  }

  /** Handles begin anew with each start, so outcomes are filed by life. */
  #collect(): void {
    for (const estate of [this.alpha, this.beta]) {
      for (const event of estate.events) {
        if (event.type !== "sent") continue;
        const key = `${estate.name} ${this.lives.get(estate)} ${event.handle}`;
        this.outcomes.set(key, [...this.outcomes.get(key) ?? [], event.outcome]);
      }
      const others = estate.events.filter(({ type }) => type !== "sent");
      estate.events.splice(0, estate.events.length, ...others);
    }
  }

  check(): void {
    const counts = new Map<SimEstate, Map<number, number>>();
    for (const estate of [this.alpha, this.beta]) {
      const count = new Map<number, number>();
      for (const { body } of estate.received) {
        count.set(Number(body.id), (count.get(Number(body.id)) ?? 0) + 1);
      }
      counts.set(estate, count);
    }
    for (const { by, to, handle, id, life } of this.sent) {
      const outcomes = this.outcomes.get(`${by.name} ${life} ${handle}`) ?? [];
      const times = counts.get(to)!.get(id) ?? 0;
      const what =
        `seed ${this.seed}: message ${id} of ${by.name}, ${outcomes}, came ${times} times`;
      if (life === this.lives.get(by)) assert.equal(outcomes.length, 1, what);
      assert.ok(outcomes.length <= 1, what);
      if (outcomes[0] === "acknowledged") assert.ok(times >= 1, what);
      if (outcomes[0] === "failed") assert.equal(times, 0, what);
      // A classic peer that was started anew gets messages once more, as from the reference.
      if (!this.classic || !this.restarts) assert.ok(times <= 1, what);
      if (!this.restarts) assert.equal(outcomes[0], "acknowledged", what);
    }
  }
}

describe("in any weather", () => {
  it("every message arrives once and is acknowledged while nobody is killed", () => {
    for (let seed = 1; seed <= 12; seed++) new Trial(seed, seed % 3 === 0, false).run().check();
  });

  it("every message of a living sender has one true outcome, whoever is killed and started", () => {
    for (let seed = 101; seed <= 125; seed++) new Trial(seed, seed % 4 === 0, true).run().check();
  });
});
