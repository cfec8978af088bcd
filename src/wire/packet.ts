/**
 * A packet: head, coat and foot in one datagram (protocol.md 1). Reading checks everything that
 * needs no state, so that what comes out is a packet that *can* mean something; whom it is from and
 * whether it is welcome is the road's to say. Writing makes one buffer and signs it in place.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { assert, RaetError } from "../base/errors.ts";
import {
  COAT_BYTES_MAX,
  HEAD_BYTES_MAX,
  PACKET_BYTES_MAX,
  PACKET_RECEIVE_BYTES_MAX,
} from "../base/limits.ts";
import type { Signer, Verifier } from "../crypto/port.ts";
import type { Head } from "./head.ts";
import { HEAD_SCRATCH_BYTES, parseHead, writeHead } from "./heads.ts";
import {
  BodyKind,
  CoatKind,
  Flag,
  FOOT_BYTES,
  FootKind,
  isRefusal,
  PacketKind,
  packetKindName,
  TransactionKind,
  transactionKindName,
} from "./kinds.ts";

/** A packet that was read from a socket. */
export interface Packet {
  /** What the head says. */
  readonly head: Head;
  /** The bytes between head and foot: a view of the datagram. */
  readonly coat: Uint8Array;
  /** The whole packet, as it came. */
  readonly datagram: Uint8Array;
  /** 64 if the packet is signed, else 0. */
  readonly footLength: number;
}

/**
 * Reads a datagram with a head of either style. Checked here: sizes, form of the head, version,
 * kinds, which ids may be 0, foot, segment numbers of a message; broadcasts are dropped. Not checked:
 * the signature (`verifyPacket`), and all that needs to know the sender.
 */
export function parsePacket(datagram: Uint8Array): Packet | Drop {
  if (datagram.length === 0 || datagram.length > PACKET_RECEIVE_BYTES_MAX) {
    return new Drop("packet_size", `${datagram.length} bytes`);
  }
  const parsed = parseHead(datagram);
  if (parsed instanceof Drop) return parsed;
  const { head, headLength, footLength } = parsed;
  const footExpected = head.footKind === FootKind.nacl ? FOOT_BYTES : 0;
  if (head.footKind > FootKind.nacl || footLength !== footExpected) {
    return new Drop("packet_foot", `kind ${head.footKind} of ${footLength} bytes`);
  }
  const coatEnd = datagram.length - footLength;
  if (coatEnd < headLength) return new Drop("packet_size", "no room for the foot");
  const drop = checkMeaning(head, coatEnd - headLength);
  if (drop) return drop;
  return { head, coat: datagram.subarray(headLength, coatEnd), datagram, footLength };
}

/**
 * Puts a packet together, and signs it if there is a signer: the foot's kind follows from that, not
 * from the head. The head is only read, so one object may serve many packets.
 *
 * @returns a buffer of its own that nothing else refers to
 * @throws {RaetError} `too_large` if the head passes 255 bytes or the packet 1024
 */
export function packPacket(head: Head, coat: Uint8Array, signer: Signer | null): Uint8Array {
  const footLength = signer ? FOOT_BYTES : 0;
  const headLength = writeHead(head, coat.length, footLength, scratch);
  const length = headLength + coat.length + footLength;
  if (headLength > HEAD_BYTES_MAX || length > PACKET_BYTES_MAX) {
    throw new RaetError(
      "too_large",
      `a packet of ${length} bytes with a head of ${headLength} can't be sent: expected at most ${PACKET_BYTES_MAX} and ${HEAD_BYTES_MAX}`,
    );
  }
  const datagram = new Uint8Array(length);
  for (let i = 0; i < headLength; i++) datagram[i] = scratch[i];
  datagram.set(coat, headLength);
  if (signer) {
    // The signature covers its own place, which is still zero.
    const signature = signer.sign(datagram);
    assert(signature.length === FOOT_BYTES, "a signature is 64 bytes long");
    datagram.set(signature, length - FOOT_BYTES);
  }
  return datagram;
}

/** Whether a packet is signed and the signature is right; false if it has none. */
export function verifyPacket(packet: Packet, verifier: Verifier): boolean {
  const { datagram, footLength } = packet;
  if (footLength !== FOOT_BYTES) return false;
  const coatEnd = datagram.length - FOOT_BYTES;
  // Verification is synchronous, so one buffer serves all of them.
  scratch.set(datagram);
  scratch.fill(0, coatEnd, datagram.length);
  return verifier.verify(scratch.subarray(0, datagram.length), datagram.subarray(coatEnd));
}

const scratch = new Uint8Array(Math.max(PACKET_RECEIVE_BYTES_MAX, HEAD_SCRATCH_BYTES));

/** The packet kinds of each transaction kind, as bits; refusals may stand in all of them. */
const KINDS_OF: readonly number[] = [
  bits(PacketKind.message, PacketKind.ack, PacketKind.resend, PacketKind.done),
  bits(PacketKind.request, PacketKind.response, PacketKind.ack, PacketKind.pend),
  0, // bind is reserved
  bits(PacketKind.hello, PacketKind.cookie, PacketKind.initiate, PacketKind.ack),
  bits(PacketKind.request, PacketKind.ack),
];

function checkMeaning(head: Head, coatLength: number): Drop | null {
  if (head.flags & Flag.broadcast) return new Drop("broadcast");
  const { packetKind, transactionKind } = head;
  const kinds = transactionKind < KINDS_OF.length ? KINDS_OF[transactionKind] : 0;
  if (
    kinds === 0 || packetKind > PacketKind.done ||
    !(kinds & 1 << packetKind) && !isRefusal(packetKind)
  ) {
    return new Drop(
      "packet_kind",
      `${packetKindName(packetKind)} in ${transactionKindName(transactionKind)}`,
    );
  }
  if (head.bodyKind > BodyKind.msgpack || head.coatKind > CoatKind.nacl) {
    return new Drop("packet_kind", `body kind ${head.bodyKind}, coat kind ${head.coatKind}`);
  }
  if (!idsFit(head)) return new Drop("packet_ids");
  if (
    transactionKind === TransactionKind.message && packetKind === PacketKind.message &&
    !segmentFits(head, coatLength)
  ) {
    const { segmentNumber, segmentCount, messageLength } = head;
    return new Drop("bad_segment", `${segmentNumber} of ${segmentCount}, ${messageLength} bytes`);
  }
  return null;
}

/** Which of the ids may be 0 (protocol.md 1.1). */
function idsFit(head: Head): boolean {
  if (head.transactionId === 0) return false;
  if (head.transactionKind === TransactionKind.join) {
    // The joiner's number is in every packet of a join: the joinent's may be unknown to both.
    const joinersNumber = head.flags & Flag.correspondent ? head.destinationId : head.sourceId;
    return head.sessionId === 0 && joinersNumber !== 0;
  }
  return head.sourceId !== 0 && head.destinationId !== 0 && head.sessionId !== 0;
}

/** Whether a message's packet can be a part of the message that it announces. */
function segmentFits(head: Head, coatLength: number): boolean {
  const { segmentNumber, segmentCount, messageLength } = head;
  if (segmentCount === 1) {
    return segmentNumber === 0 && (messageLength === 0 || messageLength === coatLength);
  }
  return segmentNumber < segmentCount && coatLength > 0 && coatLength < messageLength &&
    messageLength <= COAT_BYTES_MAX && segmentCount <= messageLength;
}

function bits(...kinds: number[]): number {
  return kinds.reduce((all, kind) => all | 1 << kind, 0);
}
