/**
 * The mains that a manor was told to join, by address or by host name. A name is resolved again while
 * nobody answers there: hosts move.
 *
 * @module
 */
import {
  type Address,
  canonicalHost,
  formatAddress,
  isIpAddress,
  sameAddress,
} from "../base/address.ts";
import { JOIN_PATIENCE_MS, RESOLVE_AGAIN_MS } from "../base/limits.ts";
import { readFingerprint } from "../crypto/fingerprint.ts";
import type { Clock } from "../io/clock.ts";
import type { JoinTarget } from "./options.ts";

/** Mains to join, each with its address and pin as those are compared. @throws {RaetError} usage for one that can't be */
export function joinTargets(join: readonly JoinTarget[] = []): JoinTarget[] {
  return join.map(({ pin, host, port }) => {
    const address = { host: canonicalHost(host) ?? host, port };
    return pin === undefined ? address : { ...address, pin: readFingerprint(pin) };
  });
}

/** What joins need of the manor. */
export interface JoinsOwner {
  readonly clock: Clock;
  /** the address that a host name has now; null if it has none */
  resolve(host: string): Promise<string | null>;
  /** joins whoever is there; the pin that it bears, or none, is what holds there from now on */
  join(target: JoinTarget): void;
  /** it was told to join there no more: what is joined stays, and no pin holds there */
  leave(address: Address): void;
  /** nobody heard of there: moves the road's remote to where its name points now */
  move(from: Address, to: Address): void;
  isAlive(address: Address): boolean;
  /** tells an operator what is wrong, why it is, and what to do */
  warn(what: string, why: string, todo: string): void;
  /** something failed that should not, as on a full disk: it is tried again */
  onError(error: unknown): void;
}

/** Joins what it was told to, and follows host names that change. */
export class Joins {
  readonly #owner: JoinsOwner;
  /** By the text of the address that was told. */
  readonly #mains = new Map<string, Main>();
  readonly #patienceMs: number;

  /** @param patienceMs how long somebody may take to answer before that is said */
  constructor(owner: JoinsOwner, patienceMs = JOIN_PATIENCE_MS) {
    this.#owner = owner;
    this.#patienceMs = patienceMs;
  }

  /** The addresses that it was told to join. */
  get wanted(): readonly JoinTarget[] {
    return [...this.#mains.values()].map(({ target }) => target);
  }

  /**
   * These are all that it is to join from now on: begins those that are new, leaves those that are gone,
   * and puts the pins in force.
   */
  tell(targets: readonly JoinTarget[]): void {
    const told = new Map<string, JoinTarget>();
    for (const target of targets) {
      const text = formatAddress(target);
      if (target.pin !== undefined || !told.has(text)) told.set(text, target);
    }
    for (const [text, main] of this.#mains) if (!told.has(text)) this.#leave(text, main);
    for (const [text, target] of told) {
      const known = this.#mains.get(text);
      if (!known) this.#begin(text, target);
      else if (known.target.pin !== target.pin) {
        known.target = target;
        this.#join(known);
      }
    }
  }

  /** Somebody answered from there, whatever it was. */
  heard(address: Address): void {
    for (const main of this.#mains.values()) {
      if (main.silent && main.address && sameAddress(main.address, address)) main.silent = false;
    }
  }

  /**
   * Joins anew whoever is known no more, as an operator deleted its key: what it was told to join stays
   * told. Who is known or being joined is left alone by the road.
   */
  again(): void {
    for (const main of this.#mains.values()) this.#join(main);
  }

  /** Follows no name any more. */
  stop(): void {
    for (const main of this.#mains.values()) main.stop();
  }

  #begin(text: string, target: JoinTarget): void {
    const main = new Main(target, this.#owner.clock);
    this.#mains.set(text, main);
    if (main.address === null) return void this.#follow(main);
    this.#join(main);
    this.#listenFor(main);
  }

  #leave(text: string, main: Main): void {
    main.stop();
    this.#mains.delete(text);
    if (main.address === null) return;
    const other = this.#leadingTo(main.address);
    if (other) this.#join(other);
    else this.#owner.leave(main.address);
  }

  /** A name and an address, or two names, may lead to the same place. */
  #leadingTo(address: Address): Main | undefined {
    return [...this.#mains.values()].find((main) => main.leadsTo(address));
  }

  #join({ address }: Main): void {
    if (address !== null) this.#owner.join({ ...address, pin: this.#pinAt(address) });
  }

  /** The pin of any that lead to an address holds for all of them. */
  #pinAt(address: Address): string | undefined {
    for (const main of this.#mains.values()) {
      if (main.target.pin !== undefined && main.leadsTo(address)) return main.target.pin;
    }
  }

  async #follow(main: Main): Promise<void> {
    try {
      if (!main.address || !this.#owner.isAlive(main.address)) await this.#look(main);
    } catch (error) {
      // Nobody waits for this: what it throws would end the manor.
      this.#owner.onError(error);
    }
    main.later(RESOLVE_AGAIN_MS, () => void this.#follow(main));
  }

  #listenFor(main: Main): void {
    main.silent = true;
    main.later(this.#patienceMs, () => {
      if (!main.silent || this.#owner.isAlive(main.address!)) return;
      main.silent = false;
      const where = formatAddress(main.address!);
      this.#owner.warn(
        "no answer",
        `nobody answers at ${where}, and it goes on asking`,
        "look whether raet up --main runs there, at that address and port, and whether UDP gets through",
      );
    });
  }

  async #look(main: Main): Promise<void> {
    const { host: name, port } = main.target;
    const host = await this.#owner.resolve(name);
    if (main.stopped) return;
    if (host === null) {
      this.#owner.warn(
        "host name",
        `the host name of ${formatAddress(main.target)} can't be resolved, and is tried again`,
        "look at the name and at this host's resolver",
      );
      return;
    }
    const [before, address] = [main.address, { host, port }];
    if (before && sameAddress(before, address)) return;
    main.address = address;
    if (before) this.#owner.move(before, address);
    this.#join(main);
    if (!before) return this.#listenFor(main);
    // The pin went along, whosever it was.
    const left = this.#leadingTo(before);
    if (left) this.#join(left);
  }
}

/** One of them. */
class Main {
  /** Where it leads; null while a host name has led nowhere yet. */
  address: Address | null;
  /** Asked, and nothing came from there yet. */
  silent = false;
  stopped = false;
  readonly #timers = new Set<() => void>();

  constructor(public target: JoinTarget, private readonly clock: Clock) {
    const { host, port } = target;
    this.address = isIpAddress(host) ? { host, port } : null;
  }

  leadsTo(address: Address): boolean {
    return this.address !== null && sameAddress(this.address, address);
  }

  later(ms: number, call: () => void): void {
    if (this.stopped) return;
    const callOff = this.clock.after(ms, () => {
      this.#timers.delete(callOff);
      call();
    });
    this.#timers.add(callOff);
  }

  /** Nothing of it happens any more. */
  stop(): void {
    this.stopped = true;
    for (const callOff of this.#timers) callOff();
  }
}
