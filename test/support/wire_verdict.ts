/**
 * How far a datagram gets on the wire's own rules, before anybody asks who sent it: shared by the
 * tables of malformed packets and pages.
 *
 * @module
 */
import { Drop, type DropReason } from "../../src/base/drop.ts";
import type { Crypto } from "../../src/crypto/port.ts";
import { unpackBody } from "../../src/wire/body.ts";
import { COAT_OVERHEAD_BYTES } from "../../src/wire/coat.ts";
import { openHello } from "../../src/wire/handshake.ts";
import { readJoinRequest } from "../../src/wire/joinbody.ts";
import { CoatKind, PacketKind, TransactionKind } from "../../src/wire/kinds.ts";
import { bodyKindOf, parsePage } from "../../src/wire/page.ts";
import { parsePacket, verifyPacket } from "../../src/wire/packet.ts";

/** Why the wire drops it, or that the stack's state decides. */
export type WireVerdict = DropReason | "parses";

/** Whom the packets were sent to and who may have sent them. */
export interface Parties {
  readonly crypto: Crypto;
  /** The receiver's long-term box secret. */
  readonly boxSecret: Uint8Array;
  /** The receiver's number for the one sender that it knows, and that sender's verify key. */
  readonly knownId: number;
  readonly knownVerifyKey: Uint8Array;
}

/** The verdict on a packet; sealed coats are not opened, as a session would have to be known. */
export function packetVerdict(datagram: Uint8Array, parties: Parties): WireVerdict {
  const { crypto, boxSecret, knownId, knownVerifyKey } = parties;
  const packet = parsePacket(datagram);
  if (packet instanceof Drop) return packet.reason;
  const { head, coat, footLength } = packet;
  if (footLength > 0 && head.destinationId === knownId) {
    if (!verifyPacket(packet, crypto.verifier(knownVerifyKey))) return "bad_signature";
  }
  if (head.coatKind === CoatKind.nacl) {
    return coat.length > 0 && coat.length <= COAT_OVERHEAD_BYTES ? "bad_box" : "parses";
  }
  if (head.transactionKind === TransactionKind.allow) {
    const hello = openHello(coat, (shortPublic) => crypto.box(boxSecret, shortPublic));
    return hello instanceof Drop ? hello.reason : "parses";
  }
  const body = unpackBody(head.bodyKind, coat);
  if (body instanceof Drop) return body.reason;
  if (head.transactionKind === TransactionKind.join && head.packetKind === PacketKind.request) {
    const request = readJoinRequest(body);
    if (request instanceof Drop) return request.reason;
  }
  return "parses";
}

/** The verdict on a page: the body of one that stands alone is unpacked. */
export function pageVerdict(datagram: Uint8Array): WireVerdict {
  const page = parsePage(datagram);
  if (page instanceof Drop) return page.reason;
  if (page.pageCount > 1) return "parses";
  const body = unpackBody(bodyKindOf(page.packing), page.section);
  return body instanceof Drop ? body.reason : "parses";
}
