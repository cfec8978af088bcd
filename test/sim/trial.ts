/**
 * One seed from its beginning to its end: a world is drawn, lives through its faults, heals, and must
 * then be well: joined and allowed within ten seconds, every message with its outcome.
 *
 * @module
 */
import type { AutoMode } from "../../src/keep/judge.ts";
import { Attacker } from "./attacker.ts";
import { carryKeys } from "./carried.ts";
import type { Chance } from "./chance.ts";
import { type Checker, CHECKERS } from "./checkers.ts";
import type { SimEstate } from "./estate.ts";
import { addSweepers, settleDurables } from "./durable_end.ts";
import { addProbes, checkHeard, checkTaken } from "./end.ts";
import { drawKeepers, keeper } from "./durable_programs.ts";
import { Fate, type Fault } from "./faults.ts";
import { type ListenTraits, operator, targetsOf, worker, type WorkerTraits } from "./programs.ts";
import { type Finding, World } from "./world.ts";
import { drawSilence, type Silence } from "./silence.ts";
import type { Sent } from "./witness.ts";
import type { Program, SimYard } from "./yard.ts";

/** After a network has healed all must be joined and allowed within this time. */
const PROGRESS_MS = 10_000;
/** So long programs still send then: whether messages go through again shows at once. */
const TRAFFIC_MS = 3_000;
/** By then the time of the last message is over. */
const SETTLE_MS = 14_000;
/** Operators stop changing their minds so long before the end: who was rejected is asked seldom. */
const CALM_MS = 10_000;

/** So long nobody attacks. */
const PEACE_MS = 3_000;

/** How a seed ended. */
export interface Report {
  readonly seed: number;
  readonly finding: Finding | null;
  readonly digest: string;
  readonly steps: number;
  readonly virtualMs: number;
  readonly faults: readonly Fault[];
  /** how many of them came */
  readonly faultCount: number;
  readonly messages: number;
  readonly told: Readonly<Record<string, number>>;
  readonly datagrams: number;
}

/** What is other than usual. */
export interface TrialOptions {
  readonly checkers?: readonly Checker[];
  /** how long faults come; drawn from the seed unless told */
  readonly chaosMs?: number;
  /** gets each step and what happened in it */
  readonly onStep?: (text: string) => void;
  /** whether somebody attacks; drawn from the seed unless told */
  readonly attacked?: boolean;
  /** whether programs send durable and ordered messages, too */
  readonly durable?: boolean;
  /** changes the world before it begins, to plant a fault in it */
  readonly prepare?: (world: World) => void;
}

/** Runs one seed. */
export async function runSeed(seed: number, options: TrialOptions = {}): Promise<Report> {
  const trial = new Trial(seed, options);
  await trial.run();
  return trial.report();
}

/** One seed. */
export class Trial {
  readonly world: World;
  readonly #seed: number;
  readonly #chance: Chance;
  readonly #fate: Fate;
  readonly #chaosMs: number;
  readonly #silence: Silence | null;
  /** Somebody on the network, from the moment when faults begin. */
  attacker: Attacker | null = null;
  readonly #isAttacked: boolean;
  readonly #isDurable: boolean;
  /** Whether all have each other's keys from the beginning, which is when the attack begins, too. */
  readonly #isCarried: boolean;
  readonly #programs = new Map<string, Program>();
  #moody: boolean;
  #mendedAt = 0;
  #attackedSince = Infinity;
  /** Pairs that were not joined, and known to each other after a crash too, when the attack began. */
  readonly #excused = new Set<string>();
  #quiet = false;
  #isSilent = false;

  constructor(seed: number, options: TrialOptions = {}) {
    const world = new World(seed, options.checkers ?? CHECKERS);
    this.world = world;
    this.#seed = seed;
    this.#chance = world.chance;
    world.timeline.onStep = options.onStep ?? null;
    this.#chaosMs = options.chaosMs ?? this.#chance.pick(2_000, 5_000, 10_000);
    this.#moody = this.#chance.is(0.2);
    this.#isAttacked = options.attacked ?? this.#chance.is(0.2);
    this.#isDurable = options.durable ?? false;
    this.#makeEstates();
    this.#fate = new Fate(
      world,
      this.#chance.branch(),
      this.#isAttacked,
      (yard) => this.#startYard(yard),
    );
    this.#silence = drawSilence(world, this.#chance.branch());
    this.#isCarried = this.#isAttacked && this.#chance.is(0.25);
    if (this.#isCarried) carryKeys(this.#pairs());
    options.prepare?.(world);
    for (const estate of world.estates) {
      world.timeline.at(
        this.#chance.between(0, 300),
        `${estate.name} starts`,
        () => estate.start(),
      );
    }
    this.#makeYards();
  }

  /** Runs it to its end, or until something is found. */
  async run(): Promise<void> {
    const { world } = this;
    this.#fate.begin();
    // Whoever is attacked from the first packet on is not known to anybody yet: that is another matter.
    if (!this.#isCarried && !await world.run(PEACE_MS)) return;
    if (this.#isAttacked) {
      for (const [one, other] of this.#pairs()) {
        const areKnown = one.hasProven(other.name) && other.hasProven(one.name);
        if (!areKnown || !isAllowed(one, other) || !isAllowed(other, one)) {
          this.#excused.add(`${one.name} ${other.name}`);
        }
      }
      this.#attackedSince = world.timeline.now;
      this.attacker = new Attacker(world, this.#chance.branch());
      if (this.#isCarried) this.attacker.begin();
    }
    if (!await world.run(this.#chaosMs)) return;
    this.#moody = false;
    this.#fate.calm();
    if (!await world.run(CALM_MS)) return;
    if (this.#silence) {
      this.#fate.pause();
      const setQuiet = (isQuiet: boolean) => this.#quiet = this.#isSilent = isQuiet;
      if (!await this.#silence.pass(setQuiet, (...yard) => this.#addYard(...yard))) return;
    }
    world.timeline.note("  all is mended");
    this.#mendedAt = world.timeline.now;
    this.#fate.end();
    addSweepers(world);
    if (this.attacker) this.attacker.drops = false;
    if (!await world.run(TRAFFIC_MS)) return;
    this.#quiet = true;
    if (!await world.run(PROGRESS_MS - TRAFFIC_MS)) return;
    // Who was rejected is asked seldom: where an operator was at work it takes until the end.
    const since = world.timeline.now - PROGRESS_MS - CALM_MS;
    this.#checkJoined(since);
    if (world.finding) return;
    const probes = addProbes(world, isAllowed);
    if (!await world.run(SETTLE_MS)) return;
    this.#checkJoined(Infinity);
    this.#checkSettled();
    probes.check();
    checkHeard(world);
    checkTaken(world, isAllowed);
    await settleDurables(world, isAllowed);
  }

  /** How it went. */
  report(): Report {
    const { world } = this;
    const told: Record<string, number> = {};
    for (const sent of world.witness.all) {
      const how = sent.told ? sent.told.code || sent.told.status : sent.lives ? "open" : "killed";
      told[how] = (told[how] ?? 0) + 1;
      for (const word of durableWords(sent)) told[word] = (told[word] ?? 0) + 1;
    }
    return {
      seed: this.#seed,
      finding: world.finding,
      digest: world.timeline.digest,
      steps: world.timeline.steps,
      virtualMs: world.timeline.now,
      faults: this.#fate.faults,
      faultCount: this.#fate.count,
      messages: world.witness.all.length,
      told,
      datagrams: world.network.counters.get("sent"),
    };
  }

  #makeEstates(): void {
    const chance = this.#chance;
    const names = ["alpha", "beta", "gamma", "delta"].slice(0, chance.pick(2, 3, 4));
    const mains = chance.is(0.3) ? 2 : 1;
    const firstMain = chance.below(names.length - mains + 1);
    const addressOf = (i: number) => ({ host: `10.0.0.${i + 1}`, port: 7530 });
    names.forEach((name, i) => {
      const main = i >= firstMain && i < firstMain + mains;
      const join = names.map((_, other) => other)
        .filter((other) => other !== i && other >= firstMain && other < firstMain + mains)
        .filter(() => !main || chance.is(0.7));
      this.world.addEstate({
        name,
        main,
        auto: chance.pick<AutoMode>("never", "once", "always"),
        join: join.map(addressOf),
        alivePeriodMs: chance.pick(1000, 5000),
        keepFormat: chance.pick("json", "msgpack"),
        shares: new Map([["held", chance.pick(2, 50)]]),
        durableMessages: chance.pick(0, 4, 40, 1000, 1000),
      }, addressOf(i));
    });
  }

  #makeYards(): void {
    const chance = this.#chance;
    for (const estate of this.world.estates) {
      const targets = targetsOf(estate);
      const count = 1 + chance.below(3);
      for (let i = 1; i <= count; i++) {
        const traits = this.#drawWorker(targets);
        this.#addYard(estate, `w${i}`, worker(traits, () => this.#quiet));
      }
      const keepers = this.#isDurable ? drawKeepers(chance, estate, targets) : [];
      for (const [name, traits] of keepers) {
        const program = keeper(traits, () => this.#quiet, (yard) => this.#die(yard));
        this.#addYard(estate, name, program);
      }
      this.#addYard(estate, "operator", operator(estate, () => this.#moody, () => this.#isSilent));
    }
  }

  /** A process ends by itself, whatever it has in hand, and is started again. */
  #die(yard: SimYard): void {
    yard.kill();
    const backInMs = this.#chance.about(1000);
    this.world.timeline.after(backInMs, `${yard.name} comes back`, () => this.#startYard(yard));
  }

  #drawWorker(targets: WorkerTraits["targets"]): WorkerTraits {
    const chance = this.#chance;
    const listens: ListenTraits[] = ["jobs", "held", "mine", "inbox"]
      .filter(() => chance.is(0.7))
      .map((share) => ({
        share,
        observe: chance.is(0.1),
        claim: share !== "mine",
        stopsAfter: chance.pick(5, 1e9),
        slowMs: chance.pick(0, 0, 20, 800),
      }));
    return {
      sendEveryMs: chance.pick(150, 600, 2000, Infinity),
      listens,
      targets,
      askShare: chance.pick(0, 0.3),
      bigShare: chance.pick(0, 0.02, 0.1),
      answerShare: chance.pick(0.5, 1),
    };
  }

  #addYard(estate: SimEstate, name: string, program: Program): void {
    this.#programs.set(`${estate.name}/${name}`, program);
    this.world.addYard(estate, name, program);
  }

  #startYard({ estate, name }: SimYard): void {
    const now = this.world.yards.find((yard) => yard.estate === estate && yard.name === name);
    if (now?.runs) return;
    this.world.addYard(estate, name, this.#programs.get(`${estate.name}/${name}`)!);
  }

  /** Every estate with each main that it was told to join. */
  *#pairs(): Iterable<[SimEstate, SimEstate]> {
    const { estates } = this.world;
    for (const estate of estates) {
      for (const main of estates) {
        if (estate.traits.join.some(({ host }) => host === main.inside.host)) yield [estate, main];
      }
    }
  }

  /** @param calmSince pairs about which an operator decided later are left out */
  #checkJoined(calmSince: number): void {
    for (const [estate, main] of this.#pairs()) {
      const decidedAt = Math.max(estate.decidedAt(main.name), main.decidedAt(estate.name));
      // A key that was deleted under attack needs a join as much as one that was never there.
      if (decidedAt > Math.min(calmSince, this.#attackedSince)) continue;
      if (this.#excused.has(`${estate.name} ${main.name}`)) continue;
      for (const [one, other] of [[estate, main], [main, estate]]) {
        if (isAllowed(one, other)) continue;
        const row = one.facts()?.estates.find(({ name }) => name === other.name);
        const how = row ? `${row.state}${row.alive ? "" : ", silent"}` : "unknown";
        this.world.fail(
          "progress",
          `${this.#sinceMendedS()} s after all was mended ${other.name} is ${how} to ${one.name}`,
        );
      }
    }
  }

  #sinceMendedS(): string {
    return ((this.world.timeline.now - this.#mendedAt) / 1000).toFixed(0);
  }

  #checkSettled(): void {
    const { world } = this;
    const lasting = world.witness.all.filter(({ at, timeoutMs, durable }) =>
      !durable && at + timeoutMs > world.timeline.now
    );
    for (const estate of world.estates) {
      const open = estate.facts()?.open ?? 0;
      if (lasting.some((sent) => [sent.estate, sent.to.estate].includes(estate.name))) continue;
      if (open > 0) {
        world.fail("progress", `${estate.name} has ${open} messages without an outcome`);
      }
    }
    for (const sent of world.witness.open) {
      // Those whose lives are long are looked at by end.ts and durable_end.ts.
      if (sent.toldBy > world.timeline.now || sent.durable && !sent.mayBeOver()) continue;
      world.fail("one outcome", `message ${sent.n} of ${sent.estate}/${sent.yard} has none`);
    }
  }
}

/** What is counted besides how messages ended. */
function durableWords({ durable, ordered, stored, takes }: Sent): string[] {
  return [
    ...durable ? ["durable"] : [],
    ...ordered ? ["ordered"] : [],
    ...stored ? ["stored"] : [],
    ...takes.some(({ redelivered }) => redelivered) ? ["redelivered"] : [],
  ];
}

/** Whether one has a session with another that is not silent. */
function isAllowed(one: SimEstate, other: SimEstate): boolean {
  const row = one.facts()?.estates.find(({ name }) => name === other.name);
  return row?.state === "allowed" && row.alive;
}
