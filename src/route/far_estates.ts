/**
 * What a manor remembers of other estates: in which run of each it is, and the last ids of its
 * messages. Names come from the network, so those that the road knows no more are forgotten.
 *
 * @module
 */
import { LateIds, SeenIds } from "./seen.ts";

/** Names that are kept before it is looked whether they are still known. */
const NAMES_MIN = 1024;

/** Estates by name. */
export class FarEstates {
  readonly seen: SeenIds = new SeenIds();
  /** ids of ordered messages that have gone on, or never will */
  readonly passed: SeenIds = new SeenIds();
  /** ids with which their manor is done, as it said, or was told: a copy of a durable one may be on its way yet */
  readonly over: LateIds = new LateIds();
  readonly #epochs = new Map<string, string>();
  readonly #isKnown: (estate: string) => boolean;
  #lookAt = NAMES_MIN;

  /** @param isKnown whether the road knows an estate of that name */
  constructor(isKnown: (estate: string) => boolean) {
    this.#isKnown = isKnown;
  }

  /** How many names are kept. */
  get size(): number {
    return this.#epochs.size;
  }

  /** Notes in which run an estate is; which it was in before, "" if that is not known. */
  note(estate: string, epoch: string): string {
    const before = this.#epochs.get(estate) ?? "";
    this.#epochs.set(estate, epoch);
    if (this.#epochs.size > this.#lookAt) this.#forgetUnknown();
    return before;
  }

  /** Its manor is done with a message: no copy of that is taken on. */
  noteOver(estate: string, id: string, now: number): void {
    this.seen.add(estate, id);
    this.over.add(estate, id, now);
  }

  /** The run that an estate was last known to be in; "" if that is not known. */
  runOf(estate: string): string {
    return this.#epochs.get(estate) ?? "";
  }

  #forgetUnknown(): void {
    for (const name of [...this.#epochs.keys()]) {
      if (this.#isKnown(name)) continue;
      this.#epochs.delete(name);
      this.seen.forget(name);
      this.passed.forget(name);
      this.over.forget(name);
    }
    // As often as their number doubles: to look at thousands for each that comes would be too much.
    this.#lookAt = Math.max(NAMES_MIN, 2 * this.#epochs.size);
  }
}
