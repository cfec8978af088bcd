/**
 * What goes wrong in a simulation, and when. Each seed has a subset of the faults, at rates of its
 * own: faults that hide each other get their turn alone.
 *
 * @module
 */
import type { Chance } from "./chance.ts";
import type { SimEstate } from "./estate.ts";
import type { Weather } from "./network.ts";
import type { SimProcess } from "./process.ts";
import type { World } from "./world.ts";
import type { SimYard } from "./yard.ts";

/** What can go wrong. */
export const FAULTS = [
  "weather",
  "kill manor",
  "kill manor midway",
  "power loss",
  "power loss in a write",
  "close manor",
  "stall manor",
  "kill yard",
  "kill yard midway",
  "stall yard",
  "cut",
  "cut one way",
  "clog",
  "stuck message",
  "new address",
  "clock jump",
  "date jump",
  "full disk",
] as const;

/** One of them. */
export type Fault = typeof FAULTS[number];

/** How often it is looked, once all is mended, whether a manor runs. */
const KEEP_UP_MS = 250;

/** Pages, datagrams and changes on disk that a process still makes before it is killed midway. */
const ACTS_BEFORE_END_MAX = 40;

/** Whoever brings faults about. */
export class Fate {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #faults: readonly Fault[];
  readonly #everyMs: number;
  readonly #restartYard: (yard: SimYard) => void;
  /** How many faults there were so far. */
  count = 0;
  #ended = false;
  #paused = false;
  #calm = false;
  #lastPort = 20_000;

  /**
   * @param isAttacked leaves out what needs a join: none of it is signed, so whoever sits on the network
   * can say no to every one
   * @param restartYard starts a process again, unless it runs */
  constructor(
    world: World,
    chance: Chance,
    isAttacked: boolean,
    restartYard: (yard: SimYard) => void,
  ) {
    this.#world = world;
    this.#chance = chance;
    this.#restartYard = restartYard;
    const share = chance.pick(0.15, 0.3, 0.6);
    this.#faults = FAULTS.filter(() => chance.is(share))
      .filter((fault) => !isAttacked || fault !== "new address");
    this.#everyMs = chance.pick(250, 800, 2500);
  }

  /** Which faults there are. */
  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** Begins. */
  begin(): void {
    if (this.#faults.length > 0) this.#next();
  }

  /** Brings about no more what works on long after it is over: new addresses, operators who are slow. */
  calm(): void {
    this.#calm = true;
  }

  /** Brings about no new ones for a time. */
  pause(): void {
    this.#paused = true;
  }

  /** Ends all faults: everything that is down is started, everything flows. */
  end(): void {
    this.#ended = true;
    const { network, estates, yards } = this.#world;
    network.heal();
    for (const { disk } of estates) {
      disk.full = false;
      disk.powerLossIn = Infinity;
    }
    for (const { process } of [...estates, ...yards]) if (process) process.actsLeft = Infinity;
    for (const estate of estates) this.#keepUp(estate);
    for (const yard of [...yards]) this.#restartYard(yard);
  }

  /** One that is just closing is started when it has. */
  #keepUp(estate: SimEstate): void {
    estate.start();
    this.#world.timeline.after(KEEP_UP_MS, "fate", () => this.#keepUp(estate));
  }

  #next(): void {
    this.#world.timeline.after(this.#chance.about(this.#everyMs), "fate", () => {
      if (this.#ended || this.#paused) return;
      const fault = this.#chance.pick(...this.#faults);
      this.count++;
      this.#world.timeline.note(`  fault: ${fault}`);
      this.#bring(fault);
      this.#next();
    });
  }

  #bring(fault: Fault): void {
    const { chance } = this;
    const estate = chance.pick(...this.#world.estates);
    const yard = chance.pick(...this.#world.yards);
    switch (fault) {
      case "weather":
        return void Object.assign(this.#world.network.weather, this.#weather());
      case "kill manor":
        estate.kill();
        return this.#startLater(estate);
      case "kill manor midway":
        return this.#killMidway(estate.process, () => {
          estate.kill();
          this.#startLater(estate);
        });
      case "power loss":
        this.#world.powerOff(estate);
        return this.#startLater(estate);
      case "power loss in a write":
        estate.disk.keepsTorn = chance.is(0.5);
        estate.disk.powerLossIn = 1 + chance.below(4);
        return this.#startLater(estate);
      case "close manor":
        estate.close();
        return this.#startLater(estate);
      case "stall manor":
        return estate.process?.stall(this.#stallMs());
      case "kill yard":
        yard.kill();
        return this.#later(chance.about(1000), () => this.#restartYard(yard));
      case "kill yard midway":
        return this.#killMidway(yard.process, () => {
          yard.kill();
          this.#later(chance.about(1000), () => this.#restartYard(yard));
        });
      case "stall yard":
        return yard.stall(this.#stallMs());
      case "cut":
        return this.#cut(true);
      case "cut one way":
        return this.#cut(false);
      case "clog":
        return this.#clog();
      case "stuck message":
        return this.#stick();
      case "new address":
        return this.#newAddress();
      case "clock jump":
        return estate.process?.jump(chance.pick(10, 1000, 30_000));
      case "date jump":
        return estate.process?.jumpDate(chance.between(-1, 1) * chance.pick(1e4, 1e6, 1e8));
      case "full disk":
        estate.disk.full = true;
        return this.#later(chance.about(2000), () => void (estate.disk.full = false));
    }
  }

  #killMidway(process: SimProcess | null, kill: () => void): void {
    if (!process) return;
    process.actsLeft = this.chance.below(ACTS_BEFORE_END_MAX);
    process.onLastAct = kill;
  }

  #stallMs(): number {
    const ms = this.chance.pick(50, 500, 3000, 8000);
    return this.#calm ? Math.min(ms, 500) : ms;
  }

  #weather(): Weather {
    const { chance } = this;
    return {
      latencyMs: chance.pick(0.3, 10, 60, 200),
      jitterMs: chance.pick(0, 5, 50),
      lossShare: chance.pick(0, 0, 0.05, 0.2, 0.4),
      doubleShare: chance.pick(0, 0, 0.1, 0.5),
      lateShare: chance.pick(0, 0, 0.05),
      spoilShare: chance.pick(0, 0, 0.02),
      cutShare: chance.pick(0, 0, 0.02),
    };
  }

  #cut(bothWays: boolean): void {
    const { estates, network } = this.#world;
    const [a, b] = [this.chance.pick(...estates), this.chance.pick(...estates)];
    const set = (isCut: boolean) => {
      network.setCut(a.outside, b.outside, isCut);
      if (bothWays) network.setCut(b.outside, a.outside, isCut);
    };
    set(true);
    this.#later(this.chance.pick(300, 3000, 15_000), () => set(false));
  }

  #clog(): void {
    const { estates, network } = this.#world;
    const [a, b] = [this.chance.pick(...estates), this.chance.pick(...estates)];
    network.setClogged(a.outside, b.outside, this.chance.pick(200, 2000));
    this.#later(this.chance.about(3000), () => network.setClogged(a.outside, b.outside, 0));
  }

  #stick(): void {
    const { estates, network } = this.#world;
    const [a, b] = [this.chance.pick(...estates), this.chance.pick(...estates)];
    network.stick(a.outside, b.outside, this.chance.pick(500, 3000, 8000));
  }

  /** Those that others join stay where they are. */
  #newAddress(): void {
    if (this.#calm) return;
    const movable = this.#world.estates.filter(({ traits }) => !traits.main);
    if (movable.length === 0) return;
    const estate = this.chance.pick(...movable);
    estate.move({ host: estate.outside.host, port: ++this.#lastPort });
  }

  #startLater(estate: SimEstate): void {
    this.#later(this.chance.pick(20, 500, 4000), () => {
      estate.start();
      for (const yard of [...this.#world.yards]) {
        if (yard.estate === estate) this.#restartYard(yard);
      }
    });
  }

  #later(delayMs: number, call: () => void): void {
    this.#world.timeline.after(delayMs, "fate", () => {
      if (!this.#ended) call();
    });
  }

  private get chance(): Chance {
    return this.#chance;
  }
}
