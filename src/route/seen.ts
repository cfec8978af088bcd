/**
 * The last message ids of each estate, so that none is handed over twice.
 *
 * @module
 */
import { LATE_COPY_MS, SEEN_IDS_PER_ESTATE_MAX } from "../base/limits.ts";

/** Remembers a bounded number of ids per estate, the oldest forgotten first. */
export class SeenIds {
  readonly #byEstate = new Map<string, { ids: Set<string>; older: Set<string> }>();

  /** Whether an id was noted lately. */
  has(estate: string, id: string): boolean {
    const seen = this.#byEstate.get(estate);
    return seen !== undefined && (seen.ids.has(id) || seen.older.has(id));
  }

  /** Notes an id; false if it was there already. */
  add(estate: string, id: string): boolean {
    let seen = this.#byEstate.get(estate);
    if (!seen) this.#byEstate.set(estate, seen = { ids: new Set(), older: new Set() });
    if (seen.ids.has(id) || seen.older.has(id)) return false;
    seen.ids.add(id);
    // Two generations: cheaper than a queue beside a set, and never fewer than the limit says.
    if (seen.ids.size >= SEEN_IDS_PER_ESTATE_MAX) {
      seen.older = seen.ids;
      seen.ids = new Set();
    }
    return true;
  }

  /** Forgets an estate that is known no more. */
  forget(estate: string): void {
    this.#byEstate.delete(estate);
  }
}

/**
 * The same for as long as a copy of a message that is over may still be on its way, and for twice that at most:
 * after that an id may be another message's.
 */
export class LateIds {
  #ids = new SeenIds();
  #older = new SeenIds();
  /** when the older ones are forgotten */
  #turnAt = -Infinity;

  /** Whether an id was noted lately. */
  has(estate: string, id: string, now: number): boolean {
    this.#turn(now);
    return this.#ids.has(estate, id) || this.#older.has(estate, id);
  }

  /** Notes an id. */
  add(estate: string, id: string, now: number): void {
    this.#turn(now);
    this.#ids.add(estate, id);
  }

  /** Forgets an estate that is known no more. */
  forget(estate: string): void {
    this.#ids.forget(estate);
    this.#older.forget(estate);
  }

  #turn(now: number): void {
    if (now < this.#turnAt) return;
    const isNext = now < this.#turnAt + LATE_COPY_MS;
    this.#older = isNext ? this.#ids : new SeenIds();
    this.#ids = new SeenIds();
    this.#turnAt = LATE_COPY_MS + (isNext ? this.#turnAt : now);
  }
}
