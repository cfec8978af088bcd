/**
 * A process of the simulation, as its code sees the world: a clock that may jump, timers that are
 * somewhat late, and times in which it does not run at all. One that was killed never runs again, and
 * what it had under way is seen by nobody.
 *
 * @module
 */
import type { Clock } from "../../src/io/clock.ts";
import type { Chance } from "./chance.ts";
import { HostClock } from "./host_clock.ts";
import type { Timeline } from "./timeline.ts";

/** What a world is asked by its processes. */
export interface ProcessWorld {
  readonly timeline: Timeline;
  /** a process does something in this step */
  ran(process: SimProcess): void;
  /** a process threw where nothing could catch it */
  uncaught(process: SimProcess, error: unknown): void;
}

/** Whoever says nothing for that long may be taken to be gone (DURABLE_RECLAIM_MS, less what attaching takes). */
const AWAY_MS = 1000;

interface Waiting {
  readonly dueAt: number;
  readonly call: () => void;
  callOff: () => void;
}

/** A process. */
export class SimProcess implements Clock {
  alive = true;
  readonly #world: ProcessWorld;
  readonly #chance: Chance;
  readonly #timers = new Set<Waiting>();
  #stalledUntil = 0;
  /** What came to be done while it was stalled. */
  #backlog: { label: string; call: () => void }[] = [];
  #offset: number;
  readonly #host: HostClock;
  /** What others see of it until it is killed, in the middle of whatever it does then. */
  actsLeft = Infinity;
  /** Called when that is used up. */
  onLastAct: () => void = () => {};

  constructor(world: ProcessWorld, readonly name: string, chance: Chance, host?: HostClock) {
    this.#world = world;
    this.#chance = chance;
    this.#offset = chance.between(0, 1e6);
    this.#host = host ?? new HostClock(chance);
  }

  now(): number {
    return this.#world.timeline.now + this.#offset;
  }

  /** The time of the world: one for all processes. */
  get worldNow(): number {
    return this.#world.timeline.now;
  }

  date(): number {
    return this.#world.timeline.now + this.#host.dateOffset;
  }

  after(delayMs: number, call: () => void): () => void {
    const dueAt = this.now() + Math.max(0, Math.ceil(delayMs)) + this.#chance.between(0, 0.3);
    const waiting: Waiting = { dueAt, call, callOff: () => {} };
    this.#timers.add(waiting);
    this.#arm(waiting);
    return () => {
      waiting.callOff();
      this.#timers.delete(waiting);
    };
  }

  soon(call: () => void): void {
    this.later(0.002, "turn", call);
  }

  /** Has something done by it after a time of the world. */
  later(delayMs: number, what: string, call: () => void): () => void {
    const label = `${this.name} ${what}`;
    return this.#world.timeline.after(delayMs, label, () => this.#run(label, call));
  }

  /** It is about to do what others see: a page, a datagram, a change on disk. Whether it still can. */
  acts(): boolean {
    if (this.alive && this.actsLeft-- <= 0) this.onLastAct();
    return this.alive;
  }

  /** Whether it does not run now. */
  get stalled(): boolean {
    return this.#world.timeline.now < this.#stalledUntil;
  }

  /** Until when others may have taken it to be gone; that does not end with its next run on the host. */
  get awayUntil(): number {
    return this.#host.awayUntil;
  }

  /** Ends it at once, as kill -9 does. */
  kill(): void {
    this.alive = false;
    for (const { callOff } of this.#timers) callOff();
    this.#timers.clear();
    this.#backlog = [];
  }

  /** Stops it for a time, as SIGSTOP or a busy host does. */
  stall(ms: number): void {
    const { timeline } = this.#world;
    const until = timeline.now + ms;
    if (until <= this.#stalledUntil) return;
    this.#stalledUntil = until;
    if (ms >= AWAY_MS) this.#host.awayUntil = until;
    timeline.at(until, `${this.name} goes on`, () => this.#goOn());
  }

  /** Moves its clock forwards: timers come early. */
  jump(ms: number): void {
    this.#offset += ms;
    this.#host.jump(ms);
    if (ms >= AWAY_MS) this.#host.awayUntil = this.#world.timeline.now;
    for (const waiting of this.#timers) {
      waiting.callOff();
      this.#arm(waiting);
    }
  }

  /** Moves its date, either way. */
  jumpDate(ms: number): void {
    this.#host.jump(ms);
  }

  #arm(waiting: Waiting): void {
    const delayMs = Math.max(0, waiting.dueAt - this.now());
    waiting.callOff = this.later(delayMs, "timer", () => {
      this.#timers.delete(waiting);
      waiting.call();
    });
  }

  #run(label: string, call: () => void): void {
    if (!this.alive) return;
    if (this.stalled) {
      this.#backlog.push({ label, call });
      return;
    }
    this.#world.ran(this);
    try {
      call();
    } catch (error) {
      this.#world.uncaught(this, error);
    }
  }

  #goOn(): void {
    if (this.stalled || !this.alive) return;
    const { timeline } = this.#world;
    for (const { label, call } of this.#backlog.splice(0)) {
      timeline.at(timeline.now, label, () => this.#run(label, call));
    }
  }
}
