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

/** Requests by who asked and the job that ties an answer to them. */
export class OpenRequests {
  /** By the estate that asked, so that none pushes out those of another. */
  readonly #byEstate = new Map<string, Map<string, Open>>();
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
    const open = this.#byEstate.get(asker) ?? new Map<string, Open>();
    this.#prune(open, this.#ofOneMax - 1, now);
    if (this.#size >= REQUESTS_OPEN_MAX) this.#makeRoom(now);
    this.#byEstate.set(asker, open);
    const key = keyOf(source.yard, job);
    if (!open.has(key)) this.#size++;
    open.set(key, { asked: destination.estate || ours, until });
  }

  /** Whether a message answers one of them. */
  awaits({ source, destination, job }: Envelope, ours: string, now: number): boolean {
    const open = this.#byEstate.get(destination.estate || ours)
      ?.get(keyOf(destination.yard, job));
    return open !== undefined && open.until > now && open.asked === (source.estate || ours);
  }

  /** Those of all whose time is over go; if that is not enough, the oldest of whoever has most. */
  #makeRoom(now: number): void {
    let most = new Map<string, Open>();
    for (const [estate, open] of this.#byEstate) {
      this.#prune(open, Infinity, now);
      if (open.size === 0) this.#byEstate.delete(estate);
      if (open.size > most.size) most = open;
    }
    if (this.#size >= REQUESTS_OPEN_MAX) this.#prune(most, most.size - 1, now);
  }

  /** The oldest go while their time is over, or there are more than may be left. */
  #prune(open: Map<string, Open>, left: number, now: number): void {
    for (const [key, { until }] of open) {
      if (until > now && open.size <= left) break;
      open.delete(key);
      this.#size--;
    }
  }
}

function keyOf(yard: string, job: string): string {
  return `${yard}/${job}`;
}
