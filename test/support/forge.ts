/**
 * Packets of somebody who can write any source address and holds no keys.
 *
 * @module
 */
import type { Address } from "../../src/base/address.ts";
import { toHex } from "../../src/base/bytes.ts";
import { Drop } from "../../src/base/drop.ts";
import { HALF_OPEN_JOINS_MAX, STRANGERS_PER_SECOND } from "../../src/base/limits.ts";
import { type Body, isBody } from "../../src/base/value.ts";
import { packBody, unpackBody } from "../../src/wire/body.ts";
import { type Head, makeHead } from "../../src/wire/head.ts";
import { BodyKind, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { packPacket } from "../../src/wire/packet.ts";
import { packetOf } from "./road_pair.ts";
import type { SimEstate, SimRoad } from "./sim_road.ts";

/** A packet of a join. */
export function forgeJoin(packetKind: number, fields: Partial<Head>, body: Body = {}): Uint8Array {
  const head = makeHead({
    transactionKind: TransactionKind.join,
    packetKind,
    bodyKind: BodyKind.json,
    ...fields,
  });
  return packPacket(head, packBody(BodyKind.json, body), null);
}

/** A packet of a join as a reference says it, without what signs it; null if it is none of ours. */
export function withoutHint(bytes: Uint8Array): Uint8Array | null {
  const packet = packetOf(bytes, TransactionKind.join);
  if (!packet) return null;
  const body = unpackBody(packet.head.bodyKind, packet.coat);
  if (body instanceof Drop || !isBody(body) || !("raet" in body)) return null;
  const { raet: _, ...said } = body;
  return forgeJoin(packet.head.packetKind, packet.head, said);
}

/** What an attacker says of itself in the name of an estate. */
export function falseBody(name: string, salt: number, uid?: number, role = name): Body {
  const key = (add: number) => toHex(new Uint8Array(32).fill((salt + add) & 255));
  const body: Body = { name, mode: uid === undefined ? 0 : 1, kind: 0 };
  if (uid !== undefined) body.uid = uid;
  return { ...body, verhex: key(1), pubhex: key(2), role };
}

/** A request in the name of an estate, with keys of the attacker. */
export function forgeRequest(
  name: string,
  salt: number,
  fields: Partial<Head> = {},
  role = name,
): Uint8Array {
  const ids = { sourceId: 77, transactionId: 1, ...fields };
  return forgeJoin(PacketKind.request, ids, falseBody(name, salt, undefined, role));
}

/** An ack to whatever the request above was answered with. */
export function forgeAck(fields: Partial<Head> = {}): Uint8Array {
  return forgeJoin(PacketKind.ack, { sourceId: 77, transactionId: 1, ...fields });
}

/** The number under which an estate knows another: an attacker reads it off the wire. */
export function nearUidOf(estate: SimEstate, name: string): number {
  for (const [path, bytes] of estate.store.files) {
    if (path.endsWith(`remote/estate.${name}.json`)) {
      return JSON.parse(new TextDecoder().decode(bytes)).uid;
    }
  }
  return 0;
}

/** One of many sources that an attacker writes: none of them sends enough to be limited. */
export function falseSource(n: number): Address {
  return { host: `10.${6 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`, port: 6666 };
}

/** Where an attacker is. */
export const ATTACKER: Address = { host: "10.6.6.6", port: 6666 };

/** Strangers join and never show a key, until all that are held of such have made room for others. */
export function crowd(world: SimRoad, to: SimEstate): void {
  const seconds = Math.ceil(1.2 * HALF_OPEN_JOINS_MAX / STRANGERS_PER_SECOND);
  for (let n = 0; n < seconds * 50; n++) {
    const ids = { sourceId: n + 9, transactionId: n + 9 };
    world.inject(forgeRequest(`stranger${n}`, n, ids), falseSource(n), to.address);
    world.inject(forgeAck(ids), falseSource(n), to.address);
    world.run(20);
  }
}
