/**
 * The mains that a manor was told to join, by address or by host name. A name is resolved again while
 * nobody answers there: hosts move.
 *
 * @module
 */
import { type Address, formatAddress, isIpAddress, sameAddress } from "../base/address.ts";
import { JOIN_PATIENCE_MS, RESOLVE_AGAIN_MS } from "../base/limits.ts";
import type { Clock } from "../io/clock.ts";

/** What joins need of the manor. */
export interface JoinsOwner {
  readonly clock: Clock;
  /** the address that a host name has now; null if it has none */
  resolve(host: string): Promise<string | null>;
  join(address: Address): void;
  /** nobody heard of there: moves the road's remote to where its name points now */
  move(from: Address, to: Address): void;
  isAlive(address: Address): boolean;
  /** tells an operator what is wrong, why it is, and what to do */
  warn(what: string, why: string, todo: string): void;
}

/** Joins what it was told to, and follows host names that change. */
export class Joins {
  readonly #owner: JoinsOwner;
  readonly #wanted: Address[] = [];
  readonly #current = new Map<string, Address>();
  /** Addresses that were asked and from which nothing came yet, by their text. */
  readonly #silent = new Set<string>();
  readonly #patienceMs: number;
  readonly #timers = new Set<() => void>();
  #stopped = false;

  /** @param patienceMs how long somebody may take to answer before that is said */
  constructor(owner: JoinsOwner, patienceMs = JOIN_PATIENCE_MS) {
    this.#owner = owner;
    this.#patienceMs = patienceMs;
  }

  /** The addresses that it was told to join. */
  get wanted(): readonly Address[] {
    return this.#wanted;
  }

  /** Begins to join an address, unless it has begun to. */
  async begin(wanted: Address): Promise<void> {
    if (this.#wanted.some((address) => sameAddress(address, wanted))) return;
    this.#wanted.push(wanted);
    if (isIpAddress(wanted.host)) return this.#join(wanted);
    await this.#follow(wanted);
  }

  /** Somebody answered from there, whatever it was. */
  heard(address: Address): void {
    if (this.#silent.size > 0) this.#silent.delete(formatAddress(address));
  }

  /**
   * Joins anew whoever is known no more, as an operator deleted its key: what it was told to join stays
   * told. Who is known or being joined is left alone by the road.
   */
  again(): void {
    for (const wanted of this.#wanted) {
      const address = isIpAddress(wanted.host) ? wanted : this.#current.get(formatAddress(wanted));
      if (address) this.#owner.join(address);
    }
  }

  /** Follows no name any more. */
  stop(): void {
    this.#stopped = true;
    for (const callOff of this.#timers) callOff();
  }

  async #follow(wanted: Address): Promise<void> {
    const text = formatAddress(wanted);
    const before = this.#current.get(text);
    if (!before || !this.#owner.isAlive(before)) await this.#look(wanted, text, before);
    if (this.#stopped) return;
    this.#later(RESOLVE_AGAIN_MS, () => void this.#follow(wanted));
  }

  #join(address: Address): void {
    const where = formatAddress(address);
    this.#silent.add(where);
    this.#owner.join(address);
    this.#later(this.#patienceMs, () => {
      if (!this.#silent.delete(where) || this.#owner.isAlive(address)) return;
      this.#owner.warn(
        "no answer",
        `nobody answers at ${where}, and it goes on asking`,
        "look whether raet up --main runs there, at that address and port, and whether UDP gets through",
      );
    });
  }

  #later(ms: number, call: () => void): void {
    const callOff = this.#owner.clock.after(ms, () => {
      this.#timers.delete(callOff);
      call();
    });
    this.#timers.add(callOff);
  }

  async #look(wanted: Address, text: string, before: Address | undefined): Promise<void> {
    const host = await this.#owner.resolve(wanted.host);
    if (host === null) {
      this.#owner.warn(
        "host name",
        `the host name of ${text} can't be resolved, and is tried again`,
        "look at the name and at this host's resolver",
      );
      return;
    }
    const address = { host, port: wanted.port };
    if (this.#stopped || (before && sameAddress(before, address))) return;
    this.#current.set(text, address);
    if (before) this.#owner.move(before, address);
    else this.#join(address);
  }
}
