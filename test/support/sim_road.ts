/**
 * A small world for road stacks: a virtual clock, a seeded network between addresses that delays,
 * loses, doubles and reorders, and estates that can be killed and started again from their keep.
 *
 * @module
 */
import { type Address, formatAddress } from "../../src/base/address.ts";
import type { Body } from "../../src/base/value.ts";
import type { Crypto } from "../../src/crypto/port.ts";
import { Keep } from "../../src/keep/keep.ts";
import { loadKeys, renewKeys } from "../../src/keep/own_keys.ts";
import type { AutoMode } from "../../src/keep/judge.ts";
import type { RoadEvent } from "../../src/road/events.ts";
import type { Admission, RoadSettings } from "../../src/road/options.ts";
import { RoadStack, type TransmitOptions } from "../../src/road/stack.ts";
import { fastCrypto } from "./fast_crypto.ts";
import { MemoryStore } from "./memory_store.ts";

/** A stream of numbers from 0 to 1 that depends on the seed alone. */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What an estate of the simulation is like. */
export interface SimOptions {
  readonly main?: boolean;
  readonly mutable?: boolean;
  readonly auto?: AutoMode;
  readonly role?: string;
  readonly port?: number;
  /** Null for one that speaks the classic protocol only. */
  readonly features?: readonly string[] | null;
  readonly settings?: Partial<RoadSettings>;
  readonly admit?: (estate: string, body: Body, waitedMs: number) => Admission;
  readonly isWanted?: (estate: string) => boolean;
}

/** How the network behaves. May be changed at any time. */
export interface Weather {
  latencyMs: number;
  /** Added to the latency, at random. */
  jitterMs: number;
  lossShare: number;
  doubleShare: number;
  /** Says for each datagram whether it is lost, besides the share above. */
  drops: ((from: string, to: string, bytes: Uint8Array) => boolean) | null;
}

interface Flight {
  readonly at: number;
  readonly order: number;
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** One estate of the simulation. */
export class SimEstate {
  stack: RoadStack | null = null;
  readonly store = new MemoryStore();
  readonly events: RoadEvent[] = [];
  address: Address;
  #starts = 0;
  #renewals = 0;
  #keys: { signSeed: Uint8Array; boxSecret: Uint8Array };

  constructor(readonly world: SimRoad, readonly name: string, readonly options: SimOptions) {
    this.address = { host: "10.0.0.1", port: options.port ?? 7000 + world.estates.length };
    const seed = (salt: number) =>
      Uint8Array.from({ length: 32 }, (_, i) => (i * 7 + salt + 31 * world.estates.length) & 255);
    this.#keys = { signSeed: seed(3), boxSecret: seed(101) };
  }

  /** The running stack. */
  get up(): RoadStack {
    if (!this.stack) throw new Error(`${this.name} is down`);
    return this.stack;
  }

  /** Starts it, or starts it again from its keep. */
  start(): this {
    const { world, options, name } = this;
    const role = options.role ?? name;
    const keep = new Keep(this.store, name);
    if (!keep.loadLocal()) {
      keep.saveLocal({
        name,
        uid: 1,
        address: this.address,
        listenAddress: this.address,
        internalAddress: null,
        natted: null,
        fqdn: "localhost",
        dynamicIp: null,
        sessionId: 0,
        lastUid: 1 + 16 * world.estates.indexOf(this),
        role,
      });
    }
    const start = ++this.#starts;
    const chance = seededChance(world.seed * 7919 + world.estates.indexOf(this) * 104729 + start);
    const random = (n: number) => Uint8Array.from({ length: n }, () => Math.floor(256 * chance()));
    const features = options.features === undefined ? ["receipts"] : options.features;
    const held = keep.loadOwnKeys() ? loadKeys(keep, world.crypto)! : this.#keys;
    this.stack = new RoadStack({
      local: {
        name,
        role,
        uid: 1,
        address: this.address,
        main: options.main ?? false,
        kind: 0,
        mutable: options.mutable ?? false,
        auto: options.auto ?? "always",
        fqdn: "localhost",
        ...held,
      },
      keep,
      crypto: world.crypto,
      random,
      now: world.now,
      settings: options.settings,
      admit: options.admit,
      isWanted: options.isWanted,
      capabilities: features && {
        version: 1,
        epoch: start.toString(16).padStart(32, "0"),
        features,
      },
    });
    world.collect();
    return this;
  }

  /** Stops it as a kill -9 does. */
  kill(): void {
    this.stack = null;
  }

  /** New keys, as after a lost home. */
  loseHome(): void {
    this.store.files.clear();
    this.#keys.signSeed[31]++;
    this.#keys.boxSecret[15]++;
  }

  /** Its home is as it was when these files were copied. */
  putBack(files: ReadonlyMap<string, Uint8Array>): void {
    this.store.files.clear();
    for (const [path, bytes] of files) this.store.files.set(path, bytes);
  }

  /** New keys, signed by the old ones. */
  renewKeys(): void {
    const { world, name, options, store } = this;
    const keep = new Keep(store, name);
    const role = options.role ?? name;
    if (!keep.loadOwnKeys()) keep.saveLocalRole({ role, ...this.#keys });
    const salt = 17 * ++this.#renewals + 29 * world.estates.indexOf(this);
    const random = (n: number) => Uint8Array.from({ length: n }, (_, i) => (i * 5 + salt) & 255);
    const renewed = renewKeys(keep, world.crypto, random, role, Math.round(world.now));
    this.up.succeed(renewed, renewed.step, world.now);
    world.collect();
  }

  /** Bears the same keys as another from now on, as estates of one role do. */
  takeKeysOf(other: SimEstate): void {
    this.#keys = other.#keys;
    this.start();
  }

  /** The messages that came in, oldest first. */
  get received(): { estate: string; body: Body }[] {
    return this.events.flatMap((event) =>
      event.type === "message" ? [{ estate: event.estate, body: event.body }] : []
    );
  }

  /** The outcomes of its messages, by handle. */
  get outcomes(): Map<number, string[]> {
    const outcomes = new Map<number, string[]>();
    for (const event of this.events) {
      if (event.type !== "sent") continue;
      outcomes.set(event.handle, [...outcomes.get(event.handle) ?? [], event.outcome]);
    }
    return outcomes;
  }

  /** The types of its events about an estate, without messages and transactions. */
  states(estate?: string): string[] {
    return this.events.flatMap((event) =>
      "role" in event && (estate === undefined || event.estate === estate) ? [event.type] : []
    );
  }

  /** Its view of a remote. */
  remote(name: string) {
    return this.up.remotes().find((view) => view.name === name);
  }

  /** Sends a message. */
  send(body: Body, to: string, options: TransmitOptions = {}): number {
    const handle = this.up.transmit(body, to, this.world.now, options);
    this.world.collect();
    return handle;
  }

  /** Joins the estate at an address. */
  join(other: SimEstate): void {
    this.up.join(other.address, this.world.now);
    this.world.collect();
  }
}

/** The world. */
export class SimRoad {
  now = 1000;
  readonly estates: SimEstate[] = [];
  readonly weather: Weather = {
    latencyMs: 0.5,
    jitterMs: 0,
    lossShare: 0,
    doubleShare: 0,
    drops: null,
  };
  /** Datagrams that were sent, whatever became of them. */
  readonly sent: { from: string; to: string; bytes: Uint8Array; at: number }[] = [];
  recording = false;
  packets = 0;
  #flights: Flight[] = [];
  #order = 0;
  readonly #chance: () => number;

  constructor(readonly seed = 1, readonly crypto: Crypto = fastCrypto) {
    this.#chance = seededChance(seed);
  }

  /** Adds an estate and starts it. */
  add(name: string, options: SimOptions = {}): SimEstate {
    const estate = new SimEstate(this, name, options);
    this.estates.push(estate);
    return estate.start();
  }

  /** Takes what the stacks have to send, and their events. */
  collect(): void {
    for (const estate of this.estates) {
      if (!estate.stack) continue;
      for (const { bytes, to } of estate.stack.outgoing()) this.#fly(bytes, estate.address, to);
      estate.events.push(...estate.stack.events());
    }
  }

  /** Puts a datagram on the network as if it came from an address. */
  inject(bytes: Uint8Array, from: Address, to: Address): void {
    this.#land({ at: this.now, order: 0, from, to, bytes });
    this.collect();
  }

  /** Lets time pass. */
  run(ms: number): void {
    this.runUntil(() => false, ms);
  }

  /** Lets time pass until something is so; whether it came to be within the time. */
  runUntil(isSo: () => boolean, ms: number): boolean {
    const end = this.now + ms;
    for (;;) {
      if (isSo()) return true;
      const flight = this.#next();
      const wake = Math.min(...this.estates.map(({ stack }) => stack?.deadline() ?? Infinity));
      const at = Math.min(flight?.at ?? Infinity, wake);
      if (at > end) break;
      this.now = Math.max(this.now, at);
      if (flight && flight.at <= wake) {
        this.#flights.shift();
        this.#land(flight);
      } else {
        for (const { stack } of this.estates) {
          if (stack && stack.deadline() <= this.now) stack.advance(this.now);
        }
      }
      this.collect();
    }
    this.now = end;
    return isSo();
  }

  #next(): Flight | undefined {
    return this.#flights[0];
  }

  #fly(bytes: Uint8Array, from: Address, to: Address): void {
    const { weather } = this;
    this.packets++;
    if (this.recording) {
      this.sent.push({ from: this.#nameOf(from), to: this.#nameOf(to), bytes, at: this.now });
    }
    if (weather.drops?.(this.#nameOf(from), this.#nameOf(to), bytes)) return;
    const copies = this.#chance() < weather.doubleShare ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (this.#chance() < weather.lossShare) continue;
      const at = this.now + weather.latencyMs + weather.jitterMs * this.#chance();
      this.#queue({ at, order: this.#order++, from, to, bytes });
    }
  }

  #queue(flight: Flight): void {
    const flights = this.#flights;
    let low = 0;
    let high = flights.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = flights[middle];
      if (other.at < flight.at || other.at === flight.at && other.order < flight.order) {
        low = middle + 1;
      } else high = middle;
    }
    flights.splice(low, 0, flight);
  }

  #land({ from, to, bytes }: Flight): void {
    const key = formatAddress(to);
    const estate = this.estates.find((one) => one.stack && formatAddress(one.address) === key);
    estate?.stack?.receive(bytes.slice(), from, this.now);
  }

  #nameOf(address: Address): string {
    const key = formatAddress(address);
    return this.estates.find((one) => formatAddress(one.address) === key)?.name ?? key;
  }
}
