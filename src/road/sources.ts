/**
 * How many unsigned packets one source may send: a burst, and then so many a second, for each IPv4
 * address and each /64 of IPv6. A join costs signatures and files, and nobody has shown who asks.
 *
 * @module
 */
import { networkOf } from "../base/address.ts";
import { SOURCE_BURST, SOURCE_PER_SECOND, SOURCES_MAX } from "../base/limits.ts";
import { Budget } from "./budget.ts";

/** The budgets of all sources. That of whoever was silent longest is forgotten first. */
export class Sources {
  readonly #budgets = new Map<string, Budget>();

  /** How many are remembered. */
  get size(): number {
    return this.#budgets.size;
  }

  /**
   * Counts a packet; false if its source has used up what it may send. Processes of this host are not
   * limited: nobody else can write their address.
   *
   * @param now milliseconds
   */
  take(host: string, now: number): boolean {
    const network = networkOf(host);
    if (network === LOOPBACK) return true;
    const budget = this.#budgets.get(network) ?? new Budget(SOURCE_BURST, SOURCE_PER_SECOND);
    this.#budgets.delete(network);
    this.#budgets.set(network, budget);
    if (this.#budgets.size > SOURCES_MAX) {
      const [oldest] = this.#budgets.keys();
      this.#budgets.delete(oldest);
    }
    return budget.take(now);
  }
}

const LOOPBACK = networkOf("127.0.0.1");
