/**
 * An attacker of the bench: it has joined the main as an estate among others, keeps what it sent on the
 * way, and then throws datagrams at the main, so many a second.
 *
 * @module
 */
import type { Address } from "../../src/base/address.ts";
import { UdpSocket } from "../../src/io/udp.ts";
import { systemRandom } from "../../src/io/random.ts";
import { Drop } from "../../src/base/drop.ts";
import { FOOT_BYTES } from "../../src/wire/kinds.ts";
import { parsePacket } from "../../src/wire/packet.ts";
import { serve } from "./commands.ts";
import { textBody } from "./load.ts";
import { Road } from "./road.ts";

/** What is thrown. */
export type FloodKind = "random" | "unknown" | "forged" | "replayed";

const DATAGRAM_BYTES = 300;
/** Different datagrams of a kind. */
const VARIETY = 1024;
const TICK_MS = 2;

let main: Address;
const recorded: Uint8Array[] = [];
let flooding = false;
let ended: Promise<{ sent: number; seconds: number }> | null = null;

const commands = {
  /** Joins the main and sends it some messages. */
  async open(args: { main: Address }): Promise<void> {
    main = args.main;
    const road = await Road.open("attacker", false, (datagram) => recorded.push(datagram));
    const name = await road.join(main);
    for (const bytes of [100, 3000]) {
      const sent = new Promise<void>((resolve) => {
        road.onEvent = (event) => event.type === "sent" && resolve();
      });
      road.transmit(textBody(bytes), name);
      road.driver.pump();
      await sent;
    }
  },

  /** Begins to throw. */
  async begin({ kind, perSecond }: { kind: FloodKind; perSecond: number }): Promise<void> {
    const socket = await UdpSocket.open({ host: "127.0.0.1", port: 0 }, {
      onDatagram: () => {},
      onError: () => {},
    });
    const datagrams = Array.from({ length: VARIETY }, (_, i) => make(kind, i));
    flooding = true;
    ended = flood(socket, datagrams, perSecond);
  },

  /** Stops; gives how much was thrown. */
  async end(_: Record<never, never>): Promise<{ sent: number; seconds: number }> {
    flooding = false;
    return await ended!;
  },
};

/** What this worker can be told. */
export type FloodCommands = typeof commands;

if (import.meta.main) await serve(commands);

function make(kind: FloodKind, i: number): Uint8Array {
  if (kind === "random") return systemRandom(DATAGRAM_BYTES);
  if (kind === "replayed") return recorded[i % recorded.length];
  const signed = recorded.filter(isSigned);
  const original = signed[i % signed.length];
  const datagram = original.slice();
  if (kind === "forged") {
    datagram.set(systemRandom(FOOT_BYTES), datagram.length - FOOT_BYTES);
    return datagram;
  }
  return withNumber(datagram, i);
}

function isSigned(datagram: Uint8Array): boolean {
  const packet = parsePacket(datagram);
  return !(packet instanceof Drop) && packet.footLength > 0;
}

/** The same for a number that was never given: in a head of lines `de` has it in hex. */
function withNumber(datagram: Uint8Array, i: number): Uint8Array {
  const text = Array.from(datagram, (byte) => String.fromCharCode(byte)).join("");
  const number = (0x1000 + i).toString(16);
  const changed = text.replace(
    /\nde ([0-9a-f]+)\n/,
    (_, old: string) => `\nde ${number.padStart(old.length, "0").slice(-old.length)}\n`,
  );
  return Uint8Array.from(changed, (char) => char.charCodeAt(0));
}

async function flood(socket: UdpSocket, datagrams: Uint8Array[], perSecond: number) {
  const startedAt = performance.now();
  let sent = 0;
  while (flooding) {
    const due = (performance.now() - startedAt) * perSecond / 1000;
    for (; sent < due; sent++) socket.send(datagrams[sent % datagrams.length], main);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await socket.close();
  return { sent, seconds };
}
