/**
 * UDP by Bun.udpSocket.
 *
 * Bun asks the system to report what comes back for a datagram, such as "nobody listens there"
 * (IP_RECVERR). The report is the answer to whatever is done next with the socket: receiving, or
 * sending to somebody else, and that datagram has then not left. So a send that fails is tried again,
 * and reports while receiving say nothing: the road finds dead peers by its timers, as on Deno.
 *
 * Not by sendMany: of a batch that fails it doesn't tell how much has left.
 *
 * @module
 */
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
  let bound: BunDatagrams | undefined;
  const socket = await bind({
    hostname: host,
    port,
    binaryType: "uint8array",
    socket: {
      data(_socket, bytes, fromPort, from) {
        events.onDatagram(bytes, from, fromPort);
        events.onBatch();
      },
      drain: () => bound?.drain(),
      error(error) {
        if (!REPORTS.has(codeOf(error))) events.onReceiveFailed(error);
      },
    },
  });
  return bound = new BunDatagrams(socket, events);
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

  constructor(socket: BunUdpSocket, events: DatagramEvents) {
    this.host = socket.address.address;
    this.port = socket.address.port;
    this.#socket = socket;
    this.#events = events;
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
