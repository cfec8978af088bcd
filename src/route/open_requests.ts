/**
 * Requests that passed and may still be answered. An answer goes the other way than its request, where
 * rules may let nothing through: who was let ask is let hear, and only from whom it asked.
 *
 * @module
 */
import { REQUESTS_OPEN_MAX } from "../base/limits.ts";
import type { Envelope } from "./envelope.ts";

interface Open {
  /** the estate that was asked */
  readonly asked: string;
  readonly until: number;
}

/** Requests of one estate, the oldest first. */
interface Asked {
  readonly open: Map<string, Open>;
  /** none of them is over before that */
  soonest: number;
}

/** Requests by who asked and the job that ties an answer to them. */
export class OpenRequests {
  /** By the estate that asked, so that none pushes out those of another. */
  readonly #byEstate = new Map<string, Asked>();
  readonly #ofOneMax: number;
  #size = 0;

  /** @param ofOneMax how many one estate may have */
  constructor(ofOneMax: number) {
    this.#ofOneMax = ofOneMax;
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** A request passed. @param ours our own estate's name, for ends that name none */
  note({ source, destination, job }: Envelope, ours: string, until: number, now: number): void {
    const asker = source.estate || ours;
    const asked = this.#byEstate.get(asker) ?? { open: new Map(), soonest: Infinity };
    this.#prune(asked, this.#ofOneMax - 1, now);
    if (this.#size >= REQUESTS_OPEN_MAX) this.#makeRoom(now);
    this.#byEstate.set(asker, asked);
    const key = keyOf(source.yard, job);
    if (!asked.open.has(key)) this.#size++;
    asked.open.set(key, { asked: destination.estate || ours, until });
    asked.soonest = Math.min(asked.soonest, until);
  }

  /** Whether a message answers one of them. */
  awaits({ source, destination, job }: Envelope, ours: string, now: number): boolean {
    const open = this.#byEstate.get(destination.estate || ours)?.open
      .get(keyOf(destination.yard, job));
    return open !== undefined && open.until > now && open.asked === (source.estate || ours);
  }

  /** Those of all whose time is over go; if that is not enough, the oldest of whoever has most. */
  #makeRoom(now: number): void {
    let most: Asked | undefined;
    for (const [estate, asked] of this.#byEstate) {
      this.#dropOver(asked, now);
      if (asked.open.size === 0) this.#byEstate.delete(estate);
      else if (asked.open.size > (most?.open.size ?? 0)) most = asked;
    }
    if (most && this.#size >= REQUESTS_OPEN_MAX) this.#prune(most, most.open.size - 1, now);
  }

  /** Those whose time is over go; where too many are left that are not, the oldest. */
  #prune(asked: Asked, left: number, now: number): void {
    const { open } = asked;
    for (const [key, { until }] of open) {
      if (until > now) break;
      this.#drop(open, key);
    }
    if (open.size > left) this.#dropOver(asked, now);
    for (const key of open.keys()) {
      if (open.size <= left) return;
      this.#drop(open, key);
    }
  }

  /** All whose time is over go: one that may take long stands before many that are over sooner. */
  #dropOver(asked: Asked, now: number): void {
    if (now < asked.soonest) return;
    asked.soonest = Infinity;
    for (const [key, { until }] of asked.open) {
      if (until <= now) this.#drop(asked.open, key);
      else asked.soonest = Math.min(asked.soonest, until);
    }
  }

  #drop(open: Map<string, Open>, key: string): void {
    open.delete(key);
    this.#size--;
  }
}

function keyOf(yard: string, job: string): string {
  return `${yard}/${job}`;
}
