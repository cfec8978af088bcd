/**
 * What this machine can do at all: sockets without a stack over them, and the ciphers of a message.
 *
 * @module
 */
import { loadCrypto } from "../../src/crypto/load.ts";
import { KEY_BYTES, NONCE_BYTES } from "../../src/crypto/port.ts";
import { bindDatagrams } from "../../src/io/backends.ts";
import type { DatagramEvents, DatagramPort } from "../../src/io/datagrams.ts";
import { systemRandom } from "../../src/io/random.ts";
import { UnixDatagramSocket } from "../../src/io/unix_datagram.ts";
import { serve } from "./commands.ts";
import { type Latency, type Load, oneAtATime, pour } from "./load.ts";

/** Bytes of a datagram in which a message of 100 bytes travels. */
const PACKET_BYTES = 300;

const LOOPBACK = "127.0.0.1";

let udp: DatagramPort;
let onDatagram: DatagramEvents["onDatagram"] = () => {};
let unix: UnixDatagramSocket;
let onPage: (page: Uint8Array, from: string) => void = () => {};
let onRoom: () => void = () => {};

const commands = {
  /** Binds a UDP socket that sends back what comes. */
  async openUdp(_: Record<never, never>): Promise<{ port: number }> {
    const ignore = () => {};
    const fail = (error: unknown) => {
      throw error;
    };
    udp = await bindDatagrams(LOOPBACK, 0, {
      onDatagram: (datagram, host, port) => onDatagram(datagram, host, port),
      onBatch: ignore,
      onReceiveDropped: ignore,
      onSent: ignore,
      onReceiveFailed: fail,
      onSendFailed: fail,
    });
    onDatagram = (datagram, host, port) => udp.send(datagram, host, port);
    return { port: udp.port };
  },

  /** Datagrams to an echo and back, many under way at once; gives seconds. */
  pourUdp({ port, load }: { port: number; load: Load }): Promise<number> {
    const datagram = new Uint8Array(load.bytes);
    const waiting: (() => void)[] = [];
    onDatagram = () => waiting.shift()?.();
    return pour(load, (ended) => {
      waiting.push(ended);
      udp.send(datagram, LOOPBACK, port);
    });
  },

  /** Datagrams to an echo and back, one at a time. */
  pingUdp({ port, count }: { port: number; count: number }): Promise<Latency> {
    const datagram = new Uint8Array(PACKET_BYTES);
    return oneAtATime(count, () =>
      new Promise((resolve) => {
        onDatagram = () => resolve();
        udp.send(datagram, LOOPBACK, port);
      }));
  },

  /** Binds a yard's socket that counts pages, and answers each that fills the count. */
  async openUnix({ path }: { path: string }): Promise<void> {
    unix = await UnixDatagramSocket.open(path, {
      onDatagram: (page, from) => onPage(page, from),
      onWritable: () => onRoom(),
      onError: (error) => {
        throw error;
      },
    });
  },

  countUnix({ count }: { count: number }): void {
    let come = 0;
    onPage = (_, from) => {
      if (++come % count === 0) unix.send(from, new Uint8Array(1));
    };
  },

  /** Pages to a socket that counts; gives the seconds until it has them all. */
  async pourUnix({ to, count, bytes }: { to: string; count: number; bytes: number }) {
    const page = new Uint8Array(bytes);
    const told = new Promise<void>((resolve) => onPage = () => resolve());
    const startedAt = performance.now();
    for (let sent = 0; sent < count;) {
      if (unix.send(to, page) === "sent") sent++;
      else await new Promise<void>((resolve) => (onRoom = resolve, unix.watch(to)));
    }
    await told;
    return (performance.now() - startedAt) / 1000;
  },

  /** What each side computes per message: sign, verify, and seal or open. Gives seconds per message. */
  async ciphers({ count }: { count: number }): Promise<{ name: string; seconds: number }> {
    const crypto = await loadCrypto();
    const signer = crypto.signer(systemRandom(KEY_BYTES));
    const verifier = crypto.verifier(signer.verifyKey);
    const box = crypto.box(
      systemRandom(KEY_BYTES),
      crypto.boxPublicKey(systemRandom(KEY_BYTES)),
    );
    const [packet, plain] = [new Uint8Array(PACKET_BYTES), new Uint8Array(100)];
    const startedAt = performance.now();
    for (let i = 0; i < count; i++) {
      packet[0] = i;
      if (!verifier.verify(packet, signer.sign(packet))) throw new Error("a good signature fails");
      box.seal(plain, systemRandom(NONCE_BYTES));
    }
    return { name: crypto.name, seconds: (performance.now() - startedAt) / 1000 / count };
  },
};

/** What this worker can be told. */
export type FloorCommands = typeof commands;

if (import.meta.main) await serve(commands);
