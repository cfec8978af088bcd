/**
 * Messages that an earlier run of this manor gave to a process of this host. Whether a process has them
 * will be heard when it attaches again; until then nobody else gets them, nor what is ordered after them.
 *
 * @module
 */
import type { Relay } from "../relay.ts";
import { keyOf, keyText } from "./book.ts";
import { Streams } from "./streams.ts";

/** What is in doubt, and until when. */
export class Doubt {
  readonly #all = new Set<Relay>();
  readonly #streams = new Streams();
  #until = Infinity;

  /** When it ends; Infinity once it has. */
  get until(): number {
    return this.#until;
  }

  /** One is in doubt. */
  add(relay: Relay): void {
    this.#all.add(relay);
    this.#streams.add(relay);
  }

  /** Those that attach before then may say what they have. */
  begin(until: number): void {
    this.#until = until;
  }

  /** Nobody is left who could say that he has one: what is in doubt is due. */
  end(): void {
    if (this.#until < Infinity) this.#until = -Infinity;
  }

  /** Whether one is in doubt. */
  has(relay: Relay): boolean {
    return this.#all.has(relay);
  }

  /** Whether one would overtake another of its order. */
  holdsBack(relay: Relay): boolean {
    return this.#streams.holdBack(relay);
  }

  /** Takes one out. */
  remove(relay: Relay): void {
    this.#all.delete(relay);
    this.#streams.remove(relay);
  }

  /** Takes out those of these keys: a process has them. */
  take(keys: ReadonlySet<string>): Relay[] {
    const taken = [...this.#all].filter((relay) => relay.kept && keys.has(keyText(keyOf(relay))));
    for (const relay of taken) this.remove(relay);
    return taken;
  }

  /**
   * Takes out all once the time is over: whoever had them is gone. In order and one at a time, as what comes
   * after one that has not gone on yet must not overtake it, and may come to wait here meanwhile.
   */
  *due(now: number): Generator<Relay> {
    if (now < this.#until) return;
    this.#until = Infinity;
    while (this.#all.size > 0) {
      const due = [...this.#all].sort((a, b) => a.number - b.number);
      for (const relay of due) {
        if (!this.#all.has(relay)) continue; // it has ended meanwhile
        this.remove(relay);
        yield relay;
      }
    }
  }
}
