/**
 * The road's socket: UDP over the runtime's own datagrams (Deno.listenDatagram; node:dgram receives
 * five times slower in Deno). Sending is fire and forget: whatever goes wrong is counted, and the
 * road's own timers do the rest. No setting of the receive buffer exists here; the road keeps so few
 * segments in flight that the default holds them.
 *
 * Invariants: nothing throws out of the receive loop, and an error does not end it; after a bounded
 * number of datagrams everything else has its turn; received bytes belong to whom they are handed to.
 *
 * @module
 */
import dns from "node:dns/promises";
import type { Address } from "../base/address.ts";
import { formatAddress, isIpAddress } from "../base/address.ts";
import { Counters } from "../base/drop.ts";
import { RaetError } from "../base/errors.ts";
import { DATAGRAMS_PER_TURN_MAX, UDP_SENDS_IN_FLIGHT_MAX } from "../base/limits.ts";
import { tick } from "./tick.ts";

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
  listen?: (options: Deno.UdpListenOptions & { transport: "udp" }) => Deno.DatagramConn;
}

const DATAGRAM_BYTES_MAX = 65_535;
const PAUSE_MS_MIN = 10;
const PAUSE_MS_MAX = 1000;
/** IPv4 seen through an IPv6 socket. */
const MAPPED = "::ffff:";

/** A bound UDP socket. Made by `open`. */
export class UdpSocket {
  /** Where it is bound: the port is the one that was given, or found for 0. */
  readonly address: Address;
  /** `datagrams_received`, `datagrams_sent`, `sends_dropped`, and `send_failed` by error. */
  readonly counters: Counters = new Counters();

  readonly #socket: Deno.DatagramConn;
  readonly #handler: UdpHandler;
  readonly #loop: Promise<void>;
  readonly #isV6: boolean;
  #inFlight = 0;
  #closed = false;
  #endPause: (() => void) | null = null;
  #allSent: (() => void) | null = null;

  private constructor(socket: Deno.DatagramConn, address: Address, handler: UdpHandler) {
    this.#socket = socket;
    this.#handler = handler;
    this.address = address;
    this.#isV6 = address.host.includes(":");
    this.#loop = this.#run();
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
    try {
      const listen = options.listen ?? Deno.listenDatagram;
      const socket = listen({ transport: "udp", hostname: host, port: address.port });
      const bound = socket.addr as Deno.NetAddr;
      return new UdpSocket(socket, { host: bound.hostname, port: bound.port }, handler);
    } catch (cause) {
      const why = cause instanceof Deno.errors.AddrInUse
        ? "the port is taken: expected a free one"
        : cause instanceof Deno.errors.PermissionDenied
        ? "it is not permitted: expected a port above 1023"
        : `${cause instanceof Error ? cause.message : cause}`;
      throw new RaetError("bad_config", `"${shown}" can't be listened on as ${why}`, { cause });
    }
  }

  /**
   * Sends a datagram to an address, or doesn't. The bytes must not change afterwards.
   *
   * @returns whether it was handed to the system
   */
  send(datagram: Uint8Array, to: Address): boolean {
    if (this.#closed || this.#inFlight >= UDP_SENDS_IN_FLIGHT_MAX) {
      this.counters.add("sends_dropped");
      return false;
    }
    this.#inFlight++;
    const hostname = this.#isV6 && !to.host.includes(":") ? MAPPED + to.host : to.host;
    this.#socket.send(datagram, { transport: "udp", hostname, port: to.port }).then(
      () => this.#sent("datagrams_sent"),
      (error) => this.#sent(`send_failed ${errorName(error)}`),
    );
    return true;
  }

  /** Ends it, once what was handed over is sent. */
  async close(): Promise<void> {
    if (this.#closed) return await this.#loop;
    this.#closed = true;
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#allSent = resolve);
    this.#endPause?.();
    this.#socket.close();
    await this.#loop;
  }

  #sent(counter: string): void {
    this.counters.add(counter);
    if (--this.#inFlight === 0) this.#allSent?.();
  }

  async #run(): Promise<void> {
    const buffer = new Uint8Array(DATAGRAM_BYTES_MAX);
    let pauseMs = PAUSE_MS_MIN;
    for (let taken = 1;; taken++) {
      try {
        const [datagram, from] = await this.#socket.receive(buffer);
        this.#take(datagram.slice(), from as Deno.NetAddr);
        pauseMs = PAUSE_MS_MIN;
      } catch (error) {
        if (this.#closed) return;
        this.counters.add(`receive_failed ${errorName(error)}`);
        this.#guard(() => this.#handler.onError(error));
        await this.#pause(pauseMs);
        pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2);
      }
      this.#guard(() => this.#handler.onBatch?.());
      if (taken % DATAGRAMS_PER_TURN_MAX === 0) await tick();
    }
  }

  #take(datagram: Uint8Array, from: Deno.NetAddr): void {
    this.counters.add("datagrams_received");
    const { hostname, port } = from;
    const host = hostname.startsWith(MAPPED) ? hostname.slice(MAPPED.length) : hostname;
    this.#guard(() => this.#handler.onDatagram(datagram, { host, port }));
  }

  async #pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#endPause = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#endPause = null;
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
 * An address stands for itself, without its brackets.
 *
 * @param family 4 or 6 to want only such, 0 for whichever comes first
 */
export async function resolveHost(host: string, family: 0 | 4 | 6 = 0): Promise<string | null> {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  if (isIpAddress(bare)) return bare;
  try {
    return (await dns.lookup(bare, { family })).address;
  } catch {
    return null;
  }
}

function errorName(error: unknown): string {
  const number = error instanceof Error && /\(os error (\d+)\)/.exec(error.message);
  if (number) return `errno ${number[1]}`;
  return error instanceof Error ? error.name : "unknown";
}
