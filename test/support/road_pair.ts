/**
 * Two estates of a simulated road that are joined, and ways to tell packets apart.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Drop } from "../../src/base/drop.ts";
import { TransactionKind } from "../../src/wire/kinds.ts";
import { type Packet, parsePacket } from "../../src/wire/packet.ts";
import { type SimEstate, type SimOptions, SimRoad } from "./sim_road.ts";

/** Whether messages may flow both ways. */
export function areReady(a: SimEstate, b: SimEstate): boolean {
  return a.remote(b.name)?.ready === true && b.remote(a.name)?.ready === true;
}

/** A main `alpha` and a `beta` that joined it, a moment after messages may flow. */
export function joined(
  main: SimOptions = {},
  other: SimOptions = {},
  seed = 1,
): [SimRoad, SimEstate, SimEstate] {
  const world = new SimRoad(seed);
  const alpha = world.add("alpha", { main: true, ...main });
  const beta = world.add("beta", other);
  beta.join(alpha);
  assert.ok(world.runUntil(() => areReady(alpha, beta), 3000), "they join");
  world.run(50);
  return [world, alpha, beta];
}

/** The packet in a datagram if it is of that kind of transaction. */
export function packetOf(datagram: Uint8Array, transactionKind: number): Packet | null {
  const packet = parsePacket(datagram);
  if (packet instanceof Drop) return null;
  return packet.head.transactionKind === transactionKind ? packet : null;
}

/** Whether a datagram is a packet of that kind, and of one of those within it if any are named. */
export function isKind(
  datagram: Uint8Array,
  transactionKind: number,
  ...packetKinds: number[]
): boolean {
  const packet = packetOf(datagram, transactionKind);
  return packet !== null &&
    (packetKinds.length === 0 || packetKinds.includes(packet.head.packetKind));
}

/** Whether a datagram is that kind of packet of a message. */
export function isOfMessage(datagram: Uint8Array, packetKind: number): boolean {
  return isKind(datagram, TransactionKind.message, packetKind);
}
