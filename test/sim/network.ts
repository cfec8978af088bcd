/**
 * The network between hosts: it delays, loses, doubles, reorders, spoils and cuts datagrams, by chance
 * or because it is cut; whoever sits on it may see, hold and send anything.
 *
 * An address is where others reach a socket: behind a NAT it changes without the socket knowing.
 *
 * @module
 */
import { type Address, formatAddress } from "../../src/base/address.ts";
import { Counters, Drop } from "../../src/base/drop.ts";
import { guard } from "../../src/base/guard.ts";
import { DATAGRAMS_PER_TURN_MAX } from "../../src/base/limits.ts";
import { Flag, TransactionKind } from "../../src/wire/kinds.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import type { Chance } from "./chance.ts";
import type { SimProcess } from "./process.ts";
import type { Timeline } from "./timeline.ts";

/** How the network behaves towards every datagram. May change at any time. */
export interface Weather {
  latencyMs: number;
  /** added at random */
  jitterMs: number;
  lossShare: number;
  doubleShare: number;
  /** share that comes up to a second later than it should */
  lateShare: number;
  /** share of which one bit is turned */
  spoilShare: number;
  /** share of which the end is missing */
  cutShare: number;
}

/** A network that does its best. */
export const FAIR: Weather = {
  latencyMs: 0.5,
  jitterMs: 0.2,
  lossShare: 0,
  doubleShare: 0,
  lateShare: 0,
  spoilShare: 0,
  cutShare: 0,
};

/** A datagram on its way. */
export interface Flight {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** What whoever sits on the network does about a datagram. */
export type Eavesdropper = (flight: Flight) => "passes" | "is held";

/** A datagram of 1 KiB takes about 2300 bytes of a socket's buffer of 208 KiB. */
const DATAGRAMS_WAITING_MAX = 90;
const LATE_MS_MAX = 1000;

/** A bound socket. */
export class SimSocket {
  readonly counters = new Counters();
  readonly #queue: { bytes: Uint8Array; from: Address }[] = [];
  #woken = false;
  #closed = false;

  constructor(
    private readonly network: Network,
    private readonly process: SimProcess,
    /** where it believes to be */
    readonly address: Address,
    /** where others reach it */
    public outside: Address,
    private readonly handler: {
      onDatagram(bytes: Uint8Array, from: Address): void;
      onBatch(): void;
      onError(error: unknown): void;
    },
  ) {}

  send(bytes: Uint8Array, to: Address): void {
    if (this.#closed || !this.process.acts()) return;
    this.counters.add("datagrams_sent");
    this.network.send({ from: this.outside, to, bytes });
  }

  close(): Promise<void> {
    this.#closed = true;
    this.network.unbind(this);
    return Promise.resolve();
  }

  /** For the network: something arrived. */
  arrive(bytes: Uint8Array, from: Address): void {
    if (this.#queue.length >= DATAGRAMS_WAITING_MAX) {
      this.network.counters.add("lost to a full queue");
      return;
    }
    this.#queue.push({ bytes, from });
    this.#wake();
  }

  /** As the real socket does: what one datagram leads to ends nothing else. */
  #guard(call: () => void): void {
    guard(call, (error) => this.handler.onError(error));
  }

  #wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    this.process.later(0.02, "datagrams", () => {
      this.#woken = false;
      if (this.#closed) return;
      for (const { bytes, from } of this.#queue.splice(0, DATAGRAMS_PER_TURN_MAX)) {
        this.counters.add("datagrams_received");
        this.#guard(() => this.handler.onDatagram(bytes, from));
      }
      this.#guard(() => this.handler.onBatch());
      if (this.#queue.length > 0) this.#wake();
    });
  }
}

/** The network. */
export class Network {
  readonly weather: Weather = { ...FAIR };
  readonly counters = new Counters();
  eavesdropper: Eavesdropper | null = null;
  /** Gets every datagram as it is sent, for a trace. */
  onSend: ((flight: Flight) => void) | null = null;
  readonly #sockets = new Map<string, SimSocket>();
  /** Ways that are cut, each one direction: "from>to" by host. */
  readonly #cut = new Set<string>();
  /** Ways that are clogged, and how much later what goes there comes. */
  readonly #clogged = new Map<string, number>();

  #isHealed = false;
  /** Ways on which the next message is lost for so long, with all that it is sent again. */
  readonly #stuck = new Map<
    string,
    { readonly ms: number; transactionId: number; until: number }
  >();

  constructor(private readonly timeline: Timeline, private readonly chance: Chance) {}

  bind(socket: SimSocket): void {
    this.#sockets.set(formatAddress(socket.outside), socket);
  }

  unbind(socket: SimSocket): void {
    const key = formatAddress(socket.outside);
    if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
  }

  /** Others reach a socket elsewhere from now on; nothing that is sent to the old place arrives. */
  move(socket: SimSocket, outside: Address): void {
    this.unbind(socket);
    socket.outside = outside;
    this.bind(socket);
  }

  /** Cuts a way, or mends it. */
  setCut(from: Address, to: Address, isCut: boolean): void {
    if (isCut) this.#cut.add(wayOf(from, to));
    else this.#cut.delete(wayOf(from, to));
  }

  /** Clogs a way; 0 frees it. */
  setClogged(from: Address, to: Address, ms: number): void {
    if (ms > 0) this.#clogged.set(wayOf(from, to), ms);
    else this.#clogged.delete(wayOf(from, to));
  }

  /** Has the next message of a way lost for a time, while those after it come; not once all flows again. */
  stick(from: Address, to: Address, ms: number): void {
    if (this.#isHealed) return;
    this.#stuck.set(wayOf(from, to), { ms, transactionId: 0, until: Infinity });
  }

  /** Everything flows again. */
  heal(): void {
    this.#isHealed = true;
    this.#stuck.clear();
    this.#cut.clear();
    this.#clogged.clear();
    Object.assign(this.weather, FAIR);
  }

  /** A socket sends. */
  send(flight: Flight): void {
    this.timeline.noteBytes(flight.bytes);
    this.counters.add("sent");
    if (this.eavesdropper?.(flight) === "is held") return;
    this.carry(flight);
  }

  /** Carries a datagram, whoever sent it. */
  carry({ from, to, bytes }: Flight): void {
    const { weather, chance } = this;
    this.onSend?.({ from, to, bytes });
    const way = wayOf(from, to);
    if (this.#cut.has(way)) return this.counters.add("cut off");
    if (this.#stuck.size > 0 && this.#isStuck(way, bytes)) return this.counters.add("stuck");
    const copies = chance.is(weather.doubleShare) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (chance.is(weather.lossShare)) {
        this.counters.add("lost");
        continue;
      }
      let delayMs = weather.latencyMs + chance.between(0, weather.jitterMs);
      if (chance.is(weather.lateShare)) delayMs += chance.between(0, LATE_MS_MAX);
      delayMs += this.#clogged.get(way) ?? 0;
      const arriving = this.#spoil(bytes);
      const label = () => `${formatAddress(from)} > ${formatAddress(to)} ${arriving.length} bytes`;
      this.timeline.after(delayMs, label, () => {
        this.#sockets.get(formatAddress(to))?.arrive(arriving, from);
      });
    }
  }

  #isStuck(way: string, bytes: Uint8Array): boolean {
    const stuck = this.#stuck.get(way);
    const packet = stuck && parsePacket(bytes);
    if (!packet || packet instanceof Drop) return false;
    const { transactionKind, transactionId, flags } = packet.head;
    if (transactionKind !== TransactionKind.message || (flags & Flag.correspondent) !== 0) {
      return false;
    }
    const { now } = this.timeline;
    if (stuck.transactionId === 0) {
      Object.assign(stuck, { transactionId, until: now + stuck.ms });
    }
    if (now >= stuck.until) this.#stuck.delete(way);
    return stuck.transactionId === transactionId && now < stuck.until;
  }

  #spoil(bytes: Uint8Array): Uint8Array {
    const { weather, chance } = this;
    const copy = bytes.slice();
    if (chance.is(weather.cutShare)) return copy.subarray(0, chance.below(copy.length));
    if (chance.is(weather.spoilShare)) copy[chance.below(copy.length)] ^= 1 << chance.below(8);
    return copy;
  }
}

function wayOf(from: Address, to: Address): string {
  return `${from.host}>${to.host}`;
}
