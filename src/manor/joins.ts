/**
 * The mains that a manor was told to join, by address or by host name. A name is resolved again while
 * nobody answers there: hosts move.
 *
 * @module
 */
import { type Address, formatAddress, isIpAddress, sameAddress } from "../base/address.ts";
import { JOIN_PATIENCE_MS, RESOLVE_AGAIN_MS } from "../base/limits.ts";
import { readFingerprint } from "../crypto/fingerprint.ts";
import type { Clock } from "../io/clock.ts";
import type { JoinTarget } from "./options.ts";

/** Mains to join, each with its pin as pins are compared. @throws {RaetError} usage for one that can't be */
export function joinTargets(join: readonly JoinTarget[] = []): JoinTarget[] {
  return join.map(({ pin, ...address }) =>
    pin === undefined ? address : { ...address, pin: readFingerprint(pin) }
  );
}

/** What joins need of the manor. */
export interface JoinsOwner {
  readonly clock: Clock;
  /** the address that a host name has now; null if it has none */
  resolve(host: string): Promise<string | null>;
  join(target: JoinTarget): void;
  /** nobody heard of there: moves the road's remote to where its name points now */
  move(from: Address, to: Address): void;
  isAlive(address: Address): boolean;
  /** tells an operator what is wrong, why it is, and what to do */
  warn(what: string, why: string, todo: string): void;
}

/** Joins what it was told to, and follows host names that change. */
export class Joins {
  readonly #owner: JoinsOwner;
  readonly #wanted: JoinTarget[] = [];
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
      if (address) this.#owner.join({ ...address, pin: wanted.pin });
    }
  }

  /** Follows no name any more. */
  stop(): void {
    this.#stopped = true;
    for (const callOff of this.#timers) callOff();
  }

  async #follow(wanted: JoinTarget): Promise<void> {
    const text = formatAddress(wanted);
    const before = this.#current.get(text);
    if (!before || !this.#owner.isAlive(before)) await this.#look(wanted, text, before);
    if (this.#stopped) return;
    this.#later(RESOLVE_AGAIN_MS, () => void this.#follow(wanted));
  }

  #join(target: JoinTarget): void {
    const where = formatAddress(target);
    this.#silent.add(where);
    this.#owner.join(target);
    this.#later(this.#patienceMs, () => {
      if (!this.#silent.delete(where) || this.#owner.isAlive(target)) return;
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

  async #look(wanted: JoinTarget, text: string, before: Address | undefined): Promise<void> {
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
    else this.#join({ ...address, pin: wanted.pin });
  }
}
