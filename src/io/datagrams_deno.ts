/**
 * UDP by Deno.listenDatagram (node:dgram receives five times slower in Deno). No setting of the
 * receive buffer exists here.
 *
 * @module
 */
import { DATAGRAMS_PER_TURN_MAX } from "../base/limits.ts";
import type { DatagramEvents, DatagramPort } from "./datagrams.ts";
import { tick } from "./tick.ts";

const DATAGRAM_BYTES_MAX = 65_535;
const PAUSE_MS_MIN = 10;
const PAUSE_MS_MAX = 1000;

/** What binds a socket. */
export type DenoListener = (
  options: Deno.UdpListenOptions & { transport: "udp" },
) => Deno.DatagramConn;

/** Binds a socket of Deno. @param listen another binder, in tests */
export function denoDatagrams(
  host: string,
  port: number,
  events: DatagramEvents,
  listen: DenoListener = Deno.listenDatagram,
): DatagramPort {
  return new DenoDatagrams(listen({ transport: "udp", hostname: host, port }), events);
}

class DenoDatagrams implements DatagramPort {
  readonly host: string;
  readonly port: number;
  readonly #socket: Deno.DatagramConn;
  readonly #events: DatagramEvents;
  readonly #loop: Promise<void>;
  #closed = false;
  #endPause: (() => void) | null = null;

  constructor(socket: Deno.DatagramConn, events: DatagramEvents) {
    const bound = socket.addr as Deno.NetAddr;
    this.host = bound.hostname;
    this.port = bound.port;
    this.#socket = socket;
    this.#events = events;
    this.#loop = this.#run();
  }

  send(bytes: Uint8Array, host: string, port: number): void {
    this.#socket.send(bytes, { transport: "udp", hostname: host, port })
      .then(this.#events.onSent, this.#events.onSendFailed);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#endPause?.();
    this.#socket.close();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const buffer = new Uint8Array(DATAGRAM_BYTES_MAX);
    let pauseMs = PAUSE_MS_MIN;
    for (let taken = 1;; taken++) {
      try {
        const [datagram, from] = await this.#socket.receive(buffer);
        const { hostname, port } = from as Deno.NetAddr;
        this.#events.onDatagram(datagram.slice(), hostname, port);
        pauseMs = PAUSE_MS_MIN;
      } catch (error) {
        if (this.#closed) return;
        this.#events.onReceiveFailed(error);
        await this.#pause(pauseMs);
        pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2);
      }
      this.#events.onBatch();
      if (taken % DATAGRAMS_PER_TURN_MAX === 0) await tick();
    }
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
}
