/**
 * Whether a message that has arrived whole on the road would find room here, so that the road may complete
 * it. Those that it was told to complete come with the end of its batch, dozens at once: until then they
 * are counted here, as nothing else knows of them.
 *
 * @module
 */
import type { Body } from "../base/value.ts";
import { needsRoom, shareOf } from "./intake.ts";
import type { Relay, RelayTable } from "./relay.ts";
import type { ShareTable } from "./shares.ts";

/** The room for messages of other estates. */
export class Room {
  /** Messages that were told to come, in all, by estate and by share. */
  #coming = 0;
  readonly #ofEstate = new Map<string, number>();
  readonly #toShare = new Map<string, number>();
  /** how many messages had been taken from shares when one found no room; null if none did */
  #fullAt: number | null = null;

  constructor(
    private readonly relays: RelayTable,
    private readonly shares: ShareTable<Relay>,
  ) {}

  /** Whether a message of an estate would find some. If so it counts as coming. */
  take(estate: string, body: Body): boolean {
    if (!needsRoom(body)) return true;
    const share = shareOf(body);
    const coming = { all: this.#coming, own: this.#ofEstate.get(estate) ?? 0 };
    const toShare = share === null ? 0 : this.#toShare.get(share) ?? 0;
    const fits = this.relays.refusal({ kind: "estate", name: estate }, coming) === null &&
      (share === null || !this.shares.takes(share) || this.shares.hasRoom(share, toShare));
    if (!fits) {
      this.#fullAt = this.shares.taken;
      return false;
    }
    this.#coming++;
    this.#ofEstate.set(estate, coming.own + 1);
    if (share !== null) this.#toShare.set(share, toShare + 1);
    return true;
  }

  /** The share that has none for a message; "" where it is not for want of that. */
  shareWithout(body: Body): string {
    const share = shareOf(body);
    if (share === null || !this.shares.takes(share)) return "";
    return this.shares.hasRoom(share, this.#toShare.get(share)) ? "" : share;
  }

  /** Those that were told to come are here. */
  came(): void {
    if (this.#coming === 0) return;
    this.#coming = 0;
    this.#ofEstate.clear();
    this.#toShare.clear();
    // Perhaps there was no room for others only because of them, and a claimant has them by now.
    if (this.#fullAt !== null) this.#fullAt = -1;
  }

  /** Whether a message that found no room may find some now. Says so once. */
  hasAgain(): boolean {
    if (this.#fullAt === null || this.#fullAt === this.shares.taken) return false;
    this.#fullAt = null;
    return true;
  }
}
