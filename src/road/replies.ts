/**
 * Signed refusals to packets that no transaction of ours is about (protocol.md 5, last paragraph):
 * they copy the ids of the packet that they answer, and are never given to another refusal.
 *
 * @module
 */
import { BodyKind, Flag, isRefusal, PacketKind, TransactionKind } from "../wire/kinds.ts";
import type { Packet } from "../wire/packet.ts";
import { EMPTY, type Road } from "./road.ts";
import type { Remote } from "./remote.ts";

/**
 * Answers a verified packet of a remote with a refusal. The ids are those of the packet: the far side
 * looks its transaction up by them.
 *
 * @returns the refusal, which is on its way; null if the packet is one itself
 */
export function refusePacket(
  road: Road,
  remote: Remote,
  packet: Packet,
  packetKind: number = PacketKind.nack,
): Uint8Array | null {
  const { head } = packet;
  if (isRefusal(head.packetKind)) return null;
  const isAllow = head.transactionKind === TransactionKind.allow;
  return road.sendSigned(remote, {
    transactionKind: head.transactionKind,
    packetKind,
    sessionId: head.sessionId,
    transactionId: head.transactionId,
    // Who gets an answer of a correspondent is an initiator, and the other way round.
    flags: ~head.flags & Flag.correspondent,
    bodyKind: isAllow && packetKind !== PacketKind.nack ? BodyKind.raw : road.bodyKind,
    coatKind: head.coatKind,
    segmentNumber: 0,
    destinationId: head.sourceId,
  }, EMPTY);
}
