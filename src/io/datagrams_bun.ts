/**
 * UDP by Bun.udpSocket.
 *
 * Bun asks the system to report what comes back for a datagram, such as "nobody listens there"
 * (IP_RECVERR). The report is the answer to whatever is done next with the socket: receiving, or
 * sending to somebody else, and that datagram has then not left. So a send that fails is tried again,
 * and reports while receiving say nothing: the road finds dead peers by its timers, as on Deno.
 *
 * Bun hands over all that has come, and what comes meanwhile, before anything else has its turn. So
 * what is more than a turn's share waits here, and what is more than may wait is dropped.
 *
 * Not by sendMany: of a batch that fails it doesn't tell how much has left.
 *
 * @module
 */
import { DATAGRAMS_PER_TURN_MAX, UDP_RECEIVED_MAX } from "../base/limits.ts";
import { type BunUdpBinder, type BunUdpSocket, bunUdpSocket } from "./bun.ts";
import type { DatagramEvents, DatagramPort } from "./datagrams.ts";
import { codeOf } from "./private.ts";

/** Reports about datagrams that were sent before. */
const REPORTS = new Set(
  ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENETDOWN", "EACCES", "EPROTO"]
    .concat("EMSGSIZE", "ENOPROTOOPT", "EOPNOTSUPP", "ENONET"),
);
/** A send is tried so often: each report that waits takes one try. */
const TRIES_MAX = 3;

/** Binds a socket of Bun. @param bind another binder, in tests */
export async function bunDatagrams(
  host: string,
  port: number,
  events: DatagramEvents,
  bind: BunUdpBinder = bunUdpSocket,
): Promise<DatagramPort> {
  const taking = new Turns(events);
  let bound: BunDatagrams | undefined;
  const socket = await bind({
    hostname: host,
    port,
    binaryType: "uint8array",
    socket: {
      data: (_socket, bytes, fromPort, from) => taking.take(bytes, from, fromPort),
      drain: () => bound?.drain(),
      error(error) {
        if (!REPORTS.has(codeOf(error))) events.onReceiveFailed(error);
      },
    },
  });
  return bound = new BunDatagrams(socket, events, taking);
}

/** What came, handed over in turns of a bounded number; most often it all fits the first. */
class Turns {
  readonly #events: DatagramEvents;
  readonly #waiting: Waiting[] = [];
  #left = DATAGRAMS_PER_TURN_MAX;
  #next: ReturnType<typeof setImmediate> | null = null;

  constructor(events: DatagramEvents) {
    this.#events = events;
  }

  take(bytes: Uint8Array, host: string, port: number): void {
    this.#next ??= setImmediate(() => this.#turn());
    if (this.#left > 0) this.#handOver(bytes, host, port);
    else if (this.#waiting.length < UDP_RECEIVED_MAX) this.#waiting.push({ bytes, host, port });
    else this.#events.onReceiveDropped();
  }

  end(): void {
    if (this.#next !== null) clearImmediate(this.#next);
  }

  #turn(): void {
    this.#next = null;
    this.#left = DATAGRAMS_PER_TURN_MAX;
    if (this.#waiting.length === 0) return;
    this.#next = setImmediate(() => this.#turn());
    for (const { bytes, host, port } of this.#waiting.splice(0, this.#left)) {
      this.#handOver(bytes, host, port);
    }
  }

  #handOver(bytes: Uint8Array, host: string, port: number): void {
    this.#left--;
    this.#events.onDatagram(bytes, host, port);
    this.#events.onBatch();
  }
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly host: string;
  readonly port: number;
}

class BunDatagrams implements DatagramPort {
  readonly host: string;
  readonly port: number;
  readonly #socket: BunUdpSocket;
  readonly #events: DatagramEvents;
  /** What the system had no room for. */
  #waiting: Waiting[] = [];

  readonly #taking: Turns;

  constructor(socket: BunUdpSocket, events: DatagramEvents, taking: Turns) {
    this.host = socket.address.address;
    this.port = socket.address.port;
    this.#socket = socket;
    this.#events = events;
    this.#taking = taking;
  }

  send(bytes: Uint8Array, host: string, port: number): void {
    if (this.#waiting.length > 0 || !this.#trySend(bytes, host, port)) {
      this.#waiting.push({ bytes, host, port });
    }
  }

  /** There is room again. */
  drain(): void {
    if (this.#waiting.length === 0) return;
    const sent = this.#waiting.findIndex(({ bytes, host, port }) =>
      !this.#trySend(bytes, host, port)
    );
    this.#waiting = sent < 0 ? [] : this.#waiting.slice(sent);
  }

  close(): Promise<void> {
    this.#socket.close();
    this.#taking.end();
    return Promise.resolve();
  }

  /** Whether it is dealt with: sent or failed. False if there is no room. */
  #trySend(bytes: Uint8Array, host: string, port: number): boolean {
    for (let tries = 1;; tries++) {
      try {
        if (!this.#socket.send(bytes, port, host)) return false;
        this.#events.onSent();
        return true;
      } catch (error) {
        if (REPORTS.has(codeOf(error)) && tries < TRIES_MAX) continue;
        this.#events.onSendFailed(error);
        return true;
      }
    }
  }
}
