/**
 * One simulation: estates with their processes on one clock and one network, and the checkers that
 * look after every step. The first thing found ends it.
 *
 * @module
 */
import type { Address } from "../../src/base/address.ts";
import type { Log } from "../../src/base/log.ts";
import { Chance } from "./chance.ts";
import { type Checker, CHECKERS } from "./checkers.ts";
import { PowerLoss } from "./disk.ts";
import { Streams } from "./durable_checkers.ts";
import { type EstateTraits, SimEstate } from "./estate.ts";
import { Network } from "./network.ts";
import type { ProcessWorld, SimProcess } from "./process.ts";
import { Timeline } from "./timeline.ts";
import { Witness } from "./witness.ts";
import { type Program, SimYard } from "./yard.ts";

/** What a checker found. */
export interface Finding {
  readonly checker: string;
  readonly text: string;
  /** the step after which it was found, and when that was */
  readonly step: number;
  readonly at: number;
}

/** A world. */
export class World implements ProcessWorld {
  readonly chance: Chance;
  readonly timeline = new Timeline();
  readonly network: Network;
  readonly witness = new Witness(() => this.timeline.now);
  readonly estates: SimEstate[] = [];
  readonly yards: SimYard[] = [];
  finding: Finding | null = null;
  /** Where the manors' logs go. It wants all also where nobody reads it: a trace must change nothing. */
  log: Log = { wants: () => true, write: () => {} };
  #ran: SimProcess | null = null;
  readonly #checkers: readonly Checker[];

  /** @param checkers those that look; in tests also ones that must find something */
  constructor(seed: number, checkers: readonly Checker[] = CHECKERS) {
    this.chance = new Chance(seed);
    this.network = new Network(this.timeline, this.chance.branch());
    this.#checkers = checkers;
    const streams = new Streams();
    this.witness.onlookers.push({
      sent: (sent) => streams.add(sent),
      taken: (sent, take) => this.#look((checker) => checker.taken?.(sent, take)),
      told: (sent) => this.#look((checker) => checker.told?.(sent)),
    });
  }

  /** Adds an estate; it is not started. */
  addEstate(traits: EstateTraits, address: Address): SimEstate {
    const estate = new SimEstate(this, traits, address, this.chance.branch());
    this.estates.push(estate);
    return estate;
  }

  /** Starts a process. */
  addYard(estate: SimEstate, name: string, program: Program): SimYard {
    const yard = new SimYard(estate, name, this.chance.branch(), program);
    const at = this.yards.findIndex((other) => other.estate === estate && other.name === name);
    if (at < 0) this.yards.push(yard);
    else this.yards[at] = yard;
    return yard;
  }

  /** A host loses its power: all its processes end at once. */
  powerOff(estate: SimEstate): void {
    estate.kill();
    for (const yard of this.yards) if (yard.estate === estate) yard.kill();
  }

  /** Lets time pass until then, or until something is found; whether nothing was. */
  async runUntil(at: number): Promise<boolean> {
    await this.timeline.settle();
    while (this.finding === null && this.timeline.step(at)) {
      await this.timeline.settle();
      this.#afterStep();
    }
    return this.finding === null;
  }

  /** Lets time pass. */
  run(ms: number): Promise<boolean> {
    return this.runUntil(this.timeline.now + ms);
  }

  /** Something is wrong. */
  fail(checker: string, text: string): void {
    const { steps: step, now: at } = this.timeline;
    this.finding ??= { checker, text, step, at };
  }

  receipt(id: string, times: number): void {
    this.#look((checker) => checker.receipt?.(id, times));
  }

  ran(process: SimProcess): void {
    this.#ran = process;
  }

  uncaught(process: SimProcess, error: unknown): void {
    if (error instanceof PowerLoss || !process.alive) return;
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    this.fail("nothing uncaught", `${process.name} threw ${text}`);
  }

  #afterStep(): void {
    const { witness, timeline: { now } } = this;
    const ran = this.#ran;
    const estate = ran && this.estates.find(({ process }) => process === ran);
    const acted = estate?.facts() ?? null;
    this.#ran = null;
    this.#look((checker) => checker.step?.({ now, witness, acted }));
  }

  #look(ask: (checker: Checker) => string | null | undefined): void {
    for (const checker of this.#checkers) {
      const text = ask(checker);
      if (text) this.fail(checker.name, text);
    }
  }
}
