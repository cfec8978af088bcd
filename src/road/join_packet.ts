/**
 * Packets of a join: not signed and not sealed, because neither side may know the other's keys yet
 * (protocol.md 2). Whoever sends one can be anybody.
 *
 * @module
 */
import { type Address, sameAddress } from "../base/address.ts";
import { toHex, utf8 } from "../base/bytes.ts";
import { Drop } from "../base/drop.ts";
import { JOIN_REQUEST_BYTES } from "../base/limits.ts";
import type { Body } from "../base/value.ts";
import { packBody, unpackBody } from "../wire/body.ts";
import { makeHead } from "../wire/head.ts";
import {
  type JoinRequest,
  type JoinResponse,
  makeJoinRequest,
  makeJoinResponse,
  readJoinRequest,
  readJoinResponse,
} from "../wire/joinbody.ts";
import { CoatKind, Flag, isRefusal, PacketKind, TransactionKind } from "../wire/kinds.ts";
import { type Packet, packPacket } from "../wire/packet.ts";
import { fillHint, hintedSignature, joinHint } from "./capabilities.ts";
import type { Identity } from "./identity.ts";
import type { Remote } from "./remote.ts";
import { EMPTY, type Road } from "./road.ts";

/** What names a join on the wire. In a vacuous one the joinent's number is 0. */
export interface JoinIds {
  readonly sourceId: number;
  readonly destinationId: number;
  readonly transactionId: number;
  /** Whether we are the joinent. */
  readonly asJoinent: boolean;
}

/** Where a packet of a join goes. */
export interface JoinPlace {
  readonly address: Address;
  /** As `Road.send` has it. */
  readonly isProven: boolean;
}

/** Where a packet came from, in a join that may be of a remote on record. */
export function placeOf(from: Address, remote: Remote | null | undefined): JoinPlace {
  const isProven = remote?.addressProven === true && sameAddress(remote.address, from);
  return { address: from, isProven };
}

/** Sends a packet of a join and returns it. */
export function sendJoin(
  road: Road,
  to: JoinPlace,
  ids: JoinIds,
  packetKind: number,
  body: Uint8Array = EMPTY,
): Uint8Array {
  const head = makeHead({
    headKind: road.headKind,
    packetKind,
    transactionKind: TransactionKind.join,
    sourceId: ids.sourceId,
    destinationId: ids.destinationId,
    transactionId: ids.transactionId,
    bodyKind: road.bodyKind,
    flags: ids.asJoinent ? Flag.correspondent : 0,
  });
  const bytes = packPacket(head, body, null);
  road.send(bytes, to.address, to.isProven);
  return bytes;
}

/** The ids of an answer to a packet of a join. */
export function answerIds(packet: Packet): JoinIds {
  const { head } = packet;
  return {
    sourceId: head.destinationId,
    destinationId: head.sourceId,
    transactionId: head.transactionId,
    asJoinent: (head.flags & Flag.correspondent) === 0,
  };
}

/** Refuses a packet of a join that is not going on; nothing is said to a refusal. */
export function refuseJoin(road: Road, to: JoinPlace, packet: Packet, packetKind: number): void {
  if (isRefusal(packet.head.packetKind)) return;
  sendJoin(road, to, answerIds(packet), packetKind);
}

/**
 * The body of our request. It is filled up, as the answer to somebody who proved nothing yet is never
 * longer than what came.
 *
 * @param knows fingerprint of the keys that the other side has, as far as we know; empty if we don't
 */
export function packRequest(road: Road, shown: Identity, knows: string): Uint8Array {
  const said = ourselves(road, shown);
  const extra = hintOf(road, shown, said, 0, knows);
  const pack = (more: Body) => packBody(road.bodyKind, makeJoinRequest({ ...said, extra: more }));
  const bare = pack(extra);
  return road.capabilities ? pack(fillHint(extra, JOIN_REQUEST_BYTES - bare.length)) : bare;
}

/** The body of our response. @param hinted whether the joiner is one of ours: no other reads our hint */
export function packResponse(
  road: Road,
  uid: number,
  hinted: boolean,
  shown: Identity,
): Uint8Array {
  const said = ourselves(road, shown);
  const extra = hinted ? hintOf(road, shown, said, uid) : {};
  return packBody(road.bodyKind, makeJoinResponse({ ...said, extra, uid }));
}

/** Reads a request. */
export function readRequest(road: Road, packet: Packet): JoinRequest | Drop {
  const body = plainBody(packet);
  if (body instanceof Drop) return body;
  const request = readJoinRequest(body);
  return request instanceof Drop ? request : checked(road, request, 0);
}

/** Reads a response. */
export function readResponse(road: Road, packet: Packet): JoinResponse | Drop {
  const body = plainBody(packet);
  if (body instanceof Drop) return body;
  const response = readJoinResponse(body);
  return response instanceof Drop ? response : checked(road, response, response.uid);
}

/** Whether a packet is from the joinent's side. */
export function isFromJoinent(packet: Packet): boolean {
  return (packet.head.flags & Flag.correspondent) !== 0;
}

/** Whether a packet begins a join. */
export function isRequest(packet: Packet): boolean {
  return packet.head.packetKind === PacketKind.request;
}

function plainBody(packet: Packet) {
  if (packet.head.coatKind !== CoatKind.none) return new Drop("bad_join", "a join is not sealed");
  return unpackBody(packet.head.bodyKind, packet.coat);
}

/** What a joiner or joinent of ours signs of what it says of itself; nothing else of a join is signed. */
function statement(said: Omit<JoinRequest, "extra">, uid: number): Uint8Array {
  const { name, role, main, kind, verifyKey, boxKey } = said;
  const facts = [name, role, main, kind, uid, toHex(verifyKey), toHex(boxKey)];
  return utf8(`raet join 1 ${JSON.stringify(facts)}`);
}

function hintOf(
  road: Road,
  shown: Identity,
  said: Omit<JoinRequest, "extra">,
  uid: number,
  knows = "",
): Body {
  const { newest, lastStep } = road.identities;
  const sign = () => shown.signer.sign(statement(said, uid));
  return joinHint(road.capabilities, sign, { knows, next: shown === newest ? lastStep : null });
}

/** A body whose signature is wrong was changed on its way; one without is a reference's. */
function checked<T extends JoinRequest>(road: Road, said: T, uid: number): T | Drop {
  const signature = hintedSignature(said.extra);
  if (signature === null) return said;
  const isRight = road.crypto.verifier(said.verifyKey).verify(statement(said, uid), signature);
  return isRight ? said : new Drop("bad_signature", "a join that was changed on its way");
}

function ourselves(road: Road, shown: Identity): Omit<JoinRequest, "extra"> {
  const { name, role, main, kind } = road.local;
  return {
    name,
    role,
    main,
    kind,
    verifyKey: shown.verifyKey,
    boxKey: shown.boxKey,
  };
}
