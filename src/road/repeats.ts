/**
 * Packets that can bring nothing new, as their heads say: of something that has ended, or of a session
 * before. Most are redos whose answer was lost, and are answered again. But whoever can read the road can
 * send them by the thousand, and each costs a check of its signature and often a signed answer. So only so
 * many of one remote are looked at in a second, and that is decided before the signature is checked.
 *
 * Who forges such heads can so keep real redos from being answered, and nothing else: what is new is
 * always looked at.
 *
 * @module
 */
import { Flag, PacketKind, TransactionKind } from "../wire/kinds.ts";
import type { Head } from "../wire/head.ts";
import type { Peer } from "./peer.ts";

/** Whether a signed packet of a remote can bring nothing new. */
export function isRepeat({ remote, outbox, inbox, allowing, aliving }: Peer, head: Head): boolean {
  const { transactionKind, packetKind, sessionId } = head;
  if (head.flags & Flag.correspondent) {
    if (transactionKind === TransactionKind.allow) return !allowing.awaits(head);
    if (transactionKind === TransactionKind.alive) return !aliving.awaits(head);
    return !outbox.awaits(head);
  }
  if (!remote.takesFarSession(sessionId)) return true;
  if (transactionKind === TransactionKind.alive) return aliving.hasAnswered(head);
  if (transactionKind !== TransactionKind.allow) return inbox.hasEnded(head);
  return packetKind === PacketKind.hello && allowing.hasAnswered(head);
}
