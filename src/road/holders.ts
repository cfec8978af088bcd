/**
 * What the unfinished messages of all remotes take in memory together. Once that is too much whoever holds
 * most gives way: it gets nothing more while that is what it asks for, and loses its youngest message when
 * another one does. So no remote keeps the others from getting their messages through.
 *
 * @module
 */
import { UNFINISHED_BYTES_MAX } from "../base/limits.ts";

/** The unfinished messages of one remote. */
export interface Holder {
  /** Roughly what they take in memory. */
  readonly heldBytes: number;
  /** Refuses one of them. */
  giveWay(): void;
}

/** All remotes that have unfinished messages. */
export class Holders {
  readonly #holders = new Set<Holder>();
  #bytes = 0;

  /** A remote holds so many bytes more than before, or less. */
  changed(holder: Holder, bytes: number): void {
    this.#bytes += bytes;
    if (holder.heldBytes > 0) this.#holders.add(holder);
    else this.#holders.delete(holder);
  }

  /** Makes room for so many bytes more of a remote; false if there is none for it. */
  makeRoom(holder: Holder, bytes: number): boolean {
    while (this.#bytes + bytes > UNFINISHED_BYTES_MAX) {
      const most = this.#whoHoldsMost();
      if (most === null || most === holder) return false;
      most.giveWay();
    }
    return true;
  }

  #whoHoldsMost(): Holder | null {
    let most: Holder | null = null;
    for (const one of this.#holders) if (!most || one.heldBytes > most.heldBytes) most = one;
    return most;
  }
}
