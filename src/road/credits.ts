/**
 * What may still be sent to addresses that proved nothing: never more bytes than came from them. A join
 * bears no signature and the source of a datagram can be made up, so whoever answers at length floods
 * somebody who never asked.
 *
 * @module
 */
import { CREDIT_BYTES_MAX, UNPROVEN_ADDRESSES_MAX } from "../base/limits.ts";

/** Bytes that came and were not answered yet, by address. Those heard of longest ago are forgotten first. */
export class Credits {
  readonly #left = new Map<string, number>();

  /** How many addresses are remembered. */
  get size(): number {
    return this.#left.size;
  }

  /** Bytes came from an address. */
  earn(address: string, bytes: number): void {
    const left = Math.min(CREDIT_BYTES_MAX, (this.#left.get(address) ?? 0) + bytes);
    this.#left.delete(address);
    this.#left.set(address, left);
    if (this.#left.size <= UNPROVEN_ADDRESSES_MAX) return;
    const [oldest] = this.#left.keys();
    this.#left.delete(oldest);
  }

  /** Takes bytes that are about to be sent off what came; false, and nothing is taken, if it is too little. */
  spend(address: string, bytes: number): boolean {
    const left = this.#left.get(address) ?? 0;
    if (left < bytes) return false;
    this.#left.set(address, left - bytes);
    return true;
  }
}
