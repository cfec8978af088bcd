/**
 * The way in for signed packets: signature, numbers and session are checked here, in this order, and
 * before anything moves (protocol.md 1.4). Of what only repeats, no more than a number a second.
 *
 * @module
 */
import { type Address, sameAddress } from "../base/address.ts";
import { Drop } from "../base/drop.ts";
import { Flag, PacketKind, TransactionKind } from "../wire/kinds.ts";
import type { Packet } from "../wire/packet.ts";
import type { Peer } from "./peer.ts";
import { isRepeat } from "./repeats.ts";
import { refusePacket } from "./replies.ts";

/** A packet that names a remote of ours and belongs to no join. */
export function receiveSigned(peer: Peer, packet: Packet, from: Address): Drop | null {
  const { remote, road } = peer;
  if (packet.footLength === 0) return new Drop("unsigned");
  if (isRepeat(peer, packet.head) && !remote.repeats.take(road.now)) {
    return new Drop("repeat_limit");
  }
  if (!remote.verifies(packet)) return new Drop("bad_signature");
  remote.packetsReceived++;
  remote.bytesReceived += packet.datagram.length;
  if (!remote.addressProven && sameAddress(from, remote.address)) {
    road.earn(from, packet.datagram.length);
  }
  const { head } = packet;
  const isAnswer = (head.flags & Flag.correspondent) !== 0;
  if (head.sourceId !== remote.farUid) {
    // It has another number for us than the one on record, so one of us joined without the other.
    if (!isAnswer) refusePacket(road, remote, packet, refusalOf(packet, PacketKind.unjoined));
    return new Drop("unknown_remote", `another number for us: ${head.sourceId}`);
  }
  if (isAnswer) return receiveAnswer(peer, packet);
  if (!remote.takesFarSession(head.sessionId)) {
    refusePacket(road, remote, packet);
    return new Drop("stale_session", `${head.sessionId} after ${remote.farSessionId}`);
  }
  if (peer.rejected || !remote.joined) {
    const kind = peer.rejected ? PacketKind.reject : PacketKind.unjoined;
    refusePacket(road, remote, packet, refusalOf(packet, kind));
    return new Drop("unknown_transaction", peer.rejected ? "a rejected key" : "not joined");
  }
  if (remote.farSessionId === 0) {
    peer.aliving.countsAnew();
    peer.allowing.countsAnew();
  }
  remote.farSessionId = head.sessionId;
  return receiveBegun(peer, packet);
}

/** An answer in something that we began. */
function receiveAnswer(peer: Peer, packet: Packet): Drop | null {
  switch (packet.head.transactionKind) {
    case TransactionKind.allow:
      return peer.allowing.receiveAnswer(packet);
    case TransactionKind.alive:
      return peer.aliving.receiveAnswer(packet);
  }
  return peer.outbox.receive(packet);
}

/** A packet of something that the remote began, in a session that is not an old one. */
function receiveBegun(peer: Peer, packet: Packet): Drop | null {
  const { remote, road } = peer;
  const { transactionKind, sessionId } = packet.head;
  if (transactionKind === TransactionKind.allow) return peer.allowing.receive(packet);
  const isRetired = sessionId === remote.retiredFarSessionId;
  if (remote.session && !isRetired) peer.allowing.confirm();
  if (transactionKind === TransactionKind.alive) {
    if (remote.session && isRetired && !peer.allowing.busy) {
      // Whoever goes on under that number is of an older home, and is to go on past it.
      refusePacket(road, remote, packet);
      return new Drop("stale_session", "a question of the session before");
    }
    const refusal = remote.session ? null : PacketKind.unallowed;
    return peer.aliving.receive(packet, refusal, remote.session !== null && !isRetired);
  }
  if (remote.session && isRetired) {
    return new Drop("stale_session", "a message of the session before");
  }
  if (!remote.session && peer.allowing.busy) {
    // A nack would lose it; in the session that is about to begin it will come again.
    return new Drop("unknown_transaction", "a message before its session");
  }
  return peer.inbox.receive(packet);
}

/** Only an allow and an alive can be told why: a message gets nack. */
function refusalOf(packet: Packet, kind: number): number {
  return packet.head.transactionKind === TransactionKind.message ? PacketKind.nack : kind;
}
