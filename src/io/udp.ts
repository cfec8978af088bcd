/**
 * The road's socket: UDP over the runtime's own datagrams (`datagrams.ts`). Sending is fire and
 * forget: whatever goes wrong is counted, and the road's own timers do the rest. No setting of the
 * receive buffer exists here; the road keeps so few segments in flight that the default holds them.
 *
 * Invariants: nothing throws out of the receive loop, and an error does not end it; after a bounded
 * number of datagrams everything else has its turn; received bytes belong to whom they are handed to.
 *
 * @module
 */
import dns from "node:dns/promises";
import type { Address } from "../base/address.ts";
import { canonicalHost, formatAddress, isIpAddress } from "../base/address.ts";
import { Counters } from "../base/drop.ts";
import { RaetError } from "../base/errors.ts";
import { UDP_CLOSE_MS_MAX, UDP_SENDS_IN_FLIGHT_MAX } from "../base/limits.ts";
import { bindDatagrams } from "./backends.ts";
import { settlesWithin, systemClock } from "./clock.ts";
import type { DatagramBinder, DatagramEvents, DatagramPort } from "./datagrams.ts";
import { codeOf } from "./private.ts";

/** Whom a socket tells. */
export interface UdpHandler {
  /** A datagram came; the bytes are the handler's. */
  onDatagram(datagram: Uint8Array, from: Address): void;
  /** What came was handed over, one datagram or some: time for what is done once for all. */
  onBatch?(): void;
  /** Something failed that should not, not a single send: the socket goes on. */
  onError(error: unknown): void;
}

/** Settings of a socket. */
export interface UdpOptions {
  /** What binds it, in tests. */
  bind?: DatagramBinder;
}

/** IPv4 seen through an IPv6 socket. */
const MAPPED = "::ffff:";

/** A bound UDP socket. Made by `open`. */
export class UdpSocket {
  /**
   * `datagrams_received`, `datagrams_sent`, `datagrams_dropped` (they came and there was no room),
   * `sends_dropped`, `send_failed` and `receive_failed` by error.
   */
  readonly counters: Counters = new Counters();

  readonly #handler: UdpHandler;
  #port!: DatagramPort;
  #isV6 = false;
  #inFlight = 0;
  #allSent: (() => void) | null = null;
  #closing: Promise<void> | null = null;

  private constructor(handler: UdpHandler) {
    this.#handler = handler;
  }

  /** Where it is bound: the port is the one that was given, or found for 0. */
  get address(): Address {
    return { host: this.#port.host, port: this.#port.port };
  }

  /**
   * Binds a socket. The host is an address of this machine, with or without brackets, or a name of one;
   * "0.0.0.0" is all of IPv4, "::" all of IPv6 and IPv4. Port 0 picks a free one.
   *
   * @throws {RaetError} `bad_config` if it can't be bound
   */
  static async open(
    address: Address,
    handler: UdpHandler,
    options: UdpOptions = {},
  ): Promise<UdpSocket> {
    const host = await resolveHost(address.host);
    const shown = formatAddress(address);
    if (host === null) {
      throw new RaetError(
        "bad_config",
        `"${shown}" can't be listened on: expected a host that can be resolved`,
      );
    }
    const socket = new UdpSocket(handler);
    try {
      const bind = options.bind ?? bindDatagrams;
      socket.#port = await bind(host, address.port, socket.#events);
    } catch (cause) {
      const why = REASONS[codeOf(cause)] ?? `${cause instanceof Error ? cause.message : cause}`;
      throw new RaetError("bad_config", `"${shown}" can't be listened on as ${why}`, { cause });
    }
    socket.#isV6 = socket.#port.host.includes(":");
    return socket;
  }

  /**
   * Sends a datagram to an address, or doesn't. The bytes must not change afterwards.
   *
   * @returns whether it was handed to the system
   */
  send(datagram: Uint8Array, to: Address): boolean {
    if (this.#closing !== null || this.#inFlight >= UDP_SENDS_IN_FLIGHT_MAX) {
      this.counters.add("sends_dropped");
      return false;
    }
    this.#inFlight++;
    const hostname = this.#isV6 && !to.host.includes(":") ? MAPPED + to.host : to.host;
    this.#port.send(datagram, hostname, to.port);
    return true;
  }

  /** The first address of a host, in `resolveHost`'s words, of those that this socket can send to. */
  resolve(host: string): Promise<string | null> {
    return resolveHost(host, familyFrom(this.address.host));
  }

  /** Ends it, once what was handed over is sent, or lost as the system has had no room for too long. */
  close(): Promise<void> {
    return this.#closing ??= this.#end();
  }

  readonly #events: DatagramEvents = {
    onDatagram: (bytes, hostname, port) => {
      this.counters.add("datagrams_received");
      const host = hostname.startsWith(MAPPED) ? hostname.slice(MAPPED.length) : hostname;
      this.#guard(() => this.#handler.onDatagram(bytes, { host, port }));
    },
    onBatch: () => this.#guard(() => this.#handler.onBatch?.()),
    onReceiveFailed: (error) => {
      this.counters.add(`receive_failed ${errorName(error)}`);
      this.#guard(() => this.#handler.onError(error));
    },
    onReceiveDropped: () => this.counters.add("datagrams_dropped"),
    onSent: () => this.#sent("datagrams_sent"),
    onSendFailed: (error) => this.#sent(`send_failed ${errorName(error)}`),
  };

  #sent(counter: string): void {
    if (this.#inFlight === 0) return; // given up as the socket closed, and counted then
    this.counters.add(counter);
    if (--this.#inFlight === 0) this.#allSent?.();
  }

  async #end(): Promise<void> {
    if (this.#inFlight > 0) {
      const allSent = new Promise<void>((resolve) => this.#allSent = resolve);
      if (!await settlesWithin(systemClock, allSent, UDP_CLOSE_MS_MAX)) {
        this.counters.add("sends_dropped", this.#inFlight);
        this.#inFlight = 0;
      }
    }
    await this.#port.close();
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      try {
        this.#handler.onError(error);
      } catch {
        // A handler that fails at being told of its failure has nobody left to tell.
      }
    }
  }
}

/**
 * The first IP address of a host as the system finds it, `/etc/hosts` included; null if there is none.
 * An address stands for itself, without its brackets, in the text that what comes from there bears.
 *
 * @param family 4 or 6 to want only such, 0 for whichever comes first
 */
export async function resolveHost(host: string, family: 0 | 4 | 6 = 0): Promise<string | null> {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  if (isIpAddress(bare)) return canonicalHost(bare);
  try {
    return canonicalHost((await dns.lookup(bare, { family })).address);
  } catch {
    return null;
  }
}

/** The family of the addresses that can be reached from one, for `resolveHost`: from IPv6 all can. */
export function familyFrom(host: string): 0 | 4 {
  return host.includes(":") ? 0 : 4;
}

/** Why a socket can't be bound, by the system's name for it. */
const REASONS: Record<string, string> = {
  EADDRINUSE: "the port is taken: expected a free one",
  EACCES: "it is not permitted: expected a port above 1023",
};

/** Deno tells the number in its message, Bun (below zero) beside it. */
function errorName(error: unknown): string {
  const number = error instanceof Error &&
    (/\(os error (\d+)\)/.exec(error.message)?.[1] ?? (error as NodeJS.ErrnoException).errno);
  if (number) return `errno ${Math.abs(Number(number))}`;
  return error instanceof Error ? error.name : "unknown";
}
