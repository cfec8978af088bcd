/**
 * The mains that a manor was told to join, by address or by host name. A name is resolved again while
 * nobody answers there: hosts move.
 *
 * @module
 */
import type { JoinTarget } from "./options.ts";
import { type Address, formatAddress, isIpAddress, sameAddress } from "../base/address.ts";
import { RESOLVE_AGAIN_MS } from "../base/limits.ts";

/** What joins need of the manor. */
export interface JoinsOwner {
  /** the address that a host name has now; null if it has none */
  resolve(host: string): Promise<string | null>;
  join(target: JoinTarget): void;
  /** nobody heard of there: moves the road's remote to where its name points now */
  move(from: Address, to: Address): void;
  isAlive(address: Address): boolean;
  warn(message: string): void;
}

/** Joins what it was told to, and follows host names that change. */
export class Joins {
  readonly #owner: JoinsOwner;
  readonly #wanted: JoinTarget[] = [];
  readonly #current = new Map<string, Address>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #stopped = false;

  constructor(owner: JoinsOwner) {
    this.#owner = owner;
  }

  /** The addresses that it was told to join. */
  get wanted(): readonly JoinTarget[] {
    return this.#wanted;
  }

  /** Begins to join an address, unless it has begun to; a pin that is new holds from now on. */
  async begin(wanted: JoinTarget): Promise<void> {
    const known = this.#wanted.findIndex((address) => sameAddress(address, wanted));
    if (known >= 0) {
      if (wanted.pin === this.#wanted[known].pin) return;
      this.#wanted[known] = wanted;
      return this.again();
    }
    this.#wanted.push(wanted);
    if (isIpAddress(wanted.host)) return this.#owner.join(wanted);
    await this.#follow(wanted);
  }

  /** Joins whoever is not on record any more, as after its key was deleted. */
  again(): void {
    for (const { pin, ...address } of this.#wanted) {
      const current = isIpAddress(address.host)
        ? address
        : this.#current.get(formatAddress(address));
      if (current) this.#owner.join({ ...current, pin });
    }
  }

  /** Follows no name any more. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #follow(wanted: JoinTarget): Promise<void> {
    const text = formatAddress(wanted);
    const before = this.#current.get(text);
    if (!before || !this.#owner.isAlive(before)) await this.#look(wanted, text, before);
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#follow(wanted);
    }, RESOLVE_AGAIN_MS);
    this.#timers.add(timer);
  }

  async #look(wanted: JoinTarget, text: string, before: Address | undefined): Promise<void> {
    const host = await this.#owner.resolve(wanted.host);
    if (host === null) {
      this.#owner.warn(`the host name of ${text} can't be resolved; it is tried again`);
      return;
    }
    const address = { host, port: wanted.port };
    if (this.#stopped || (before && sameAddress(before, address))) return;
    this.#current.set(text, address);
    if (before) this.#owner.move(before, address);
    else this.#owner.join({ ...address, pin: wanted.pin });
  }
}
