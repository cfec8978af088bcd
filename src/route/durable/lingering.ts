/**
 * Messages of which the road still has a sending, though they were taken back from it or have their outcome:
 * it may bring that sending once more in the next session, or after a silence, whatever became of the message
 * meanwhile.
 *
 * @module
 */
import type { Kept, Relay } from "../relay.ts";

/** A message of which the road still has a sending. Its payload is the road's only. */
interface Sent {
  readonly kept: Kept;
  readonly estate: string;
  readonly id: string;
}

/** What the road still has of messages that are not with it any more. */
export class Lingering {
  /** by the road's handle */
  readonly #all = new Map<number, Sent>();
  /** how many sendings of each */
  readonly #counts = new Map<Kept, number>();

  /** One is about to be taken back from whoever has it, or out: notes what the road goes on with. */
  note({ stage, to, id, handle, kept }: Relay): void {
    if (stage !== "moving" || to?.kind !== "estate") return;
    this.#all.set(handle, { kept: kept!, estate: to.name, id });
    this.#counts.set(kept!, this.#of(kept!) + 1);
  }

  /** Whether the road still has something of one. */
  has({ kept }: Relay): boolean {
    return this.#counts.has(kept!);
  }

  /** The road to an estate is ready anew: it sends again what it goes on with, which may be taken now. */
  sessionBegan(estate: string): void {
    for (const sent of this.#all.values()) if (sent.estate === estate) sent.kept.inDoubt = true;
  }

  /** The road is done with a sending. Gives its message if that was the last one of it; else null. */
  roadSent(handle: number): Sent | null {
    const sent = this.#all.get(handle);
    if (!sent) return null;
    this.#all.delete(handle);
    const left = this.#of(sent.kept) - 1;
    if (left > 0) this.#counts.set(sent.kept, left);
    else this.#counts.delete(sent.kept);
    return left > 0 ? null : sent;
  }

  #of(kept: Kept): number {
    return this.#counts.get(kept) ?? 0;
  }
}
