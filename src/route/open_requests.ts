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
  readonly #open = new Map<string, Open>();

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** A request passed. @param ours our own estate's name, for ends that name none */
  note({ source, destination, job }: Envelope, ours: string, until: number, now: number): void {
    for (const [key, { until }] of this.#open) {
      if (until > now && this.#open.size < REQUESTS_OPEN_MAX) break;
      this.#open.delete(key);
    }
    const asked = destination.estate || ours;
    this.#open.set(keyOf(source.estate || ours, source.yard, job), { asked, until });
  }

  /** Whether a message answers one of them. */
  awaits({ source, destination, job }: Envelope, ours: string, now: number): boolean {
    const open = this.#open.get(keyOf(destination.estate || ours, destination.yard, job));
    return open !== undefined && open.until > now && open.asked === (source.estate || ours);
  }
}

function keyOf(estate: string, yard: string, job: string): string {
  return `${estate}/${yard}/${job}`;
}
