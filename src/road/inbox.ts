/**
 * All messages of one remote that come in: putting segments together, asking for what is missing,
 * admission, and never handing over the same one twice in a session (protocol.md 5).
 *
 * - `done` is said when the owner has the message, and neither while it has no room for it nor during
 *   a handshake: a reference sends what was not done again in the next session.
 * - Over a limit a packet is dropped in silence: a nack would lose the sender's message. Only one that
 *   takes all there is by itself, in tiny segments, is refused, as it could never be whole, and those of the
 *   remote that holds most while another one needs room (holders.ts).
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { UNFINISHED_BYTES_PER_REMOTE_MAX, UNFINISHED_PER_REMOTE_MAX } from "../base/limits.ts";
import type { Body } from "../base/value.ts";
import { packBody, unpackBody } from "../wire/body.ts";
import { openCoat, sealCoat } from "../wire/coat.ts";
import { CoatKind, Flag, PacketKind, TransactionKind } from "../wire/kinds.ts";
import type { Head } from "../wire/head.ts";
import type { Packet } from "../wire/packet.ts";
import { makeMisseds } from "../wire/segments.ts";
import { DoneWindow } from "./done_window.ts";
import type { Holder } from "./holders.ts";
import { Messengent } from "./messengent.ts";
import type { Remote } from "./remote.ts";
import { refusePacket } from "./replies.ts";
import type { Road } from "./road.ts";
import { Timer } from "./timers.ts";

/** Whom an inbox reports to. */
export interface InboxOwner {
  /** Something new of a message came. */
  heard(): void;
}

/** The incoming messages of one remote. */
export class Inbox implements Holder {
  readonly #unfinished = new Map<number, Messengent>();
  /** Those of them that have all arrived and wait to be admitted. */
  readonly #waiting = new Set<Messengent>();
  readonly #ended = new DoneWindow();
  readonly #admitTimer: Timer;
  #heldBytes = 0;
  #holding = false;

  constructor(
    private readonly road: Road,
    private readonly remote: Remote,
    private readonly owner: InboxOwner,
  ) {
    this.#admitTimer = new Timer(() => this.admitAgain());
  }

  /** Messages that have not all arrived or wait to be admitted. */
  get unfinishedCount(): number {
    return this.#unfinished.size;
  }

  /** Roughly what those take in memory. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Those, for an operator. */
  transactions(): Iterable<Messengent> {
    return this.#unfinished.values();
  }

  /** During a handshake nothing is answered or handed over; afterwards it is made up for. */
  setHolding(holding: boolean): void {
    if (this.#holding === holding) return;
    this.#holding = holding;
    if (!holding) this.admitAgain();
  }

  /** The session ended: what is not done will be sent again in the next one, or was given up. */
  sessionEnded(): void {
    for (const messengent of this.#unfinished.values()) {
      messengent.end("stopped", "the session ended");
    }
    this.#unfinished.clear();
    this.#waiting.clear();
    this.#hold(-this.#heldBytes);
    this.#ended.clear();
    this.road.timers.clear(this.#admitTimer);
  }

  /** Nobody waits for the remote any more: what has not all arrived is not asked for, and takes no memory. */
  remoteGivenUp(): void {
    for (const messengent of [...this.#unfinished.values()]) {
      if (messengent.packed === null) {
        this.#forget(messengent, "its sender is not heard of any more");
      }
    }
  }

  /** Others need room, and this remote holds most: its youngest message is refused. */
  giveWay(): void {
    const youngest = [...this.#unfinished.values()].at(-1);
    if (!youngest) return;
    this.road.counters.add("messages_gave_way");
    this.#refuse(youngest, "other estates need the room for it");
  }

  /** Whether a packet is of a message that has ended in the session in use. */
  hasEnded(head: Head): boolean {
    return !this.#unfinished.has(head.transactionId) && this.#ended.get(head) !== null;
  }

  /** A packet of a message that the remote began. */
  receive(packet: Packet): Drop | null {
    const { head } = packet;
    const unfinished = this.#unfinished.get(head.transactionId);
    if (unfinished && unfinished.sessionId === head.sessionId) {
      if (head.packetKind === PacketKind.message) return this.#receiveMore(unfinished, packet);
      return this.#receiveRefusal(unfinished, packet);
    }
    if (head.packetKind !== PacketKind.message) {
      return new Drop("unknown_transaction", "part of no message");
    }
    if (unfinished) this.#drop(unfinished, "a newer session began");
    if (!this.remote.session) {
      this.#answer(head.sessionId, head.transactionId, PacketKind.nack, answerFlags(packet));
      return new Drop("unknown_transaction", "a message without a session");
    }
    if (head.coatKind !== CoatKind.nacl && packet.coat.length > 0) {
      // The reference takes it; nothing would bind it to this session.
      this.#answer(head.sessionId, head.transactionId, PacketKind.nack, answerFlags(packet));
      return new Drop("bad_box", "a message that is not sealed");
    }
    const ending = this.#ended.get(head);
    if (ending) return this.#receiveEnded(packet, ending);
    if (head.flags & Flag.again) {
      refusePacket(this.road, this.remote, packet);
      return new Drop("unknown_transaction", "a redo of a message that never came");
    }
    return this.#receiveFirst(packet);
  }

  /** Asks again whether messages that wait may be taken. */
  admitAgain(): void {
    if (this.#holding) return;
    const full = new Set<string>();
    for (const messengent of [...this.#waiting]) {
      if (full.has(messengent.waitsFor)) continue; // behind another
      messengent.body ??= unpackBody(messengent.bodyKind, messengent.packed!) as Body; // it was read once
      if (this.#tryAdmit(messengent, messengent.body, messengent.completeAt)) continue;
      const { waitsFor } = messengent;
      if (waitsFor === "") break;
      if (full.has(waitsFor) || full.size >= BODIES_KEPT_MAX) messengent.body = null;
      full.add(waitsFor);
    }
    this.#armAdmit();
  }

  #receiveFirst(packet: Packet): Drop | null {
    const { head } = packet;
    if (
      this.#unfinished.size >= UNFINISHED_PER_REMOTE_MAX ||
      this.#heldBytes + packet.coat.length > UNFINISHED_BYTES_PER_REMOTE_MAX
    ) {
      return new Drop("unfinished_limit", `${this.#unfinished.size} messages`);
    }
    if (!this.road.holders.makeRoom(this, packet.coat.length)) return NO_ROOM;
    const messengent = new Messengent(
      this.road,
      this.remote,
      packet,
      answerFlags(packet),
      this.#onAsk,
    );
    if (head.segmentCount === 1) {
      messengent.noteReceived(packet.datagram);
      return this.#complete(messengent, packet.coat);
    }
    this.owner.heard();
    this.#unfinished.set(head.transactionId, messengent);
    this.#hold(messengent.heldBytes);
    return this.#take(messengent, packet);
  }

  #receiveMore(messengent: Messengent, packet: Packet): Drop | null {
    if (messengent.packed) return new Drop("repeated", "a message that waits for room");
    if (!messengent.fits(packet)) return new Drop("bad_segment", "of another message");
    const { length } = packet.coat;
    if (messengent.heldBytes + length > UNFINISHED_BYTES_PER_REMOTE_MAX) {
      this.#refuse(messengent, "its segments take too much memory");
      return new Drop("unfinished_limit", "a message of too many segments");
    }
    const isOver = this.#heldBytes + length > UNFINISHED_BYTES_PER_REMOTE_MAX;
    // The oldest goes on all the same: if all stopped at the limit none would ever be whole.
    if (isOver && !this.#isOldest(messengent)) {
      return new Drop("unfinished_limit", `${this.#heldBytes} bytes`);
    }
    if (!this.road.holders.makeRoom(this, length)) return NO_ROOM;
    return this.#take(messengent, packet);
  }

  /** Whether it is the first of those that have not all arrived. */
  #isOldest(messengent: Messengent): boolean {
    for (const other of this.#unfinished.values()) {
      if (other.packed === null) return other === messengent;
    }
    return true;
  }

  #take(messengent: Messengent, packet: Packet): Drop | null {
    const before = messengent.heldBytes;
    const added = messengent.add(packet);
    if (added instanceof Drop) {
      // Of one that begins so nothing would ever ask for the rest.
      if (messengent.highest < 0) this.#refuse(messengent, "its first segment doesn't fit");
      return added;
    }
    this.#hold(messengent.heldBytes - before);
    if (added) this.owner.heard();
    if (messengent.complete) {
      const coat = messengent.join();
      if (coat instanceof Drop) {
        this.#refuse(messengent, "its segments don't fit together");
        return coat;
      }
      return this.#complete(messengent, coat);
    }
    if (packet.head.flags & Flag.wait) this.#ask(messengent);
    messengent.waitForMore(added);
    return null;
  }

  /** All has arrived: opens it, and asks whether it may be taken. */
  #complete(messengent: Messengent, coat: Uint8Array): Drop | null {
    const plain = openCoat(coat, this.remote.session!.box);
    const body = plain ? unpackBody(messengent.bodyKind, plain) : new Drop("bad_box", "message");
    if (body instanceof Drop) {
      this.#refuse(messengent, "it can't be opened or read");
      return body;
    }
    this.owner.heard();
    if (this.#tryAdmit(messengent, body, this.road.now)) return null;
    const before = this.#unfinished.has(messengent.transactionId) ? messengent.heldBytes : 0;
    messengent.waitForRoom(plain!);
    this.#hold(messengent.heldBytes - before);
    this.road.timers.clear(messengent);
    this.#unfinished.set(messengent.transactionId, messengent);
    this.#waiting.add(messengent);
    this.#armAdmit();
    return null;
  }

  /** Whether it could be ended. */
  #tryAdmit(messengent: Messengent, body: Body, completeAt: number): boolean {
    if (this.#holding) return false;
    const { road, remote } = this;
    const admission = road.admit(remote.name, body, road.now - completeAt);
    messengent.waitsFor = typeof admission === "object" ? admission.waitsFor : "";
    if (admission === "wait" || typeof admission === "object") return false;
    if (admission === "refuse") {
      road.counters.add("messages_not_admitted");
      this.#refuse(messengent, "there is no room for it");
      return true;
    }
    remote.messagesReceived++;
    const { id: transaction, beganAt } = messengent;
    road.emit({ type: "message", estate: remote.name, body, transaction, beganAt });
    this.#done(messengent);
    return true;
  }

  /** Answers done. */
  #done(messengent: Messengent): void {
    this.#finish(messengent, "done", PacketKind.done);
    messengent.end("done");
  }

  /** Answers nack. */
  #refuse(messengent: Messengent, why: string): void {
    this.#finish(messengent, "nacked", PacketKind.nack);
    messengent.end("refused", why);
  }

  #finish(messengent: Messengent, ending: "done" | "nacked", packetKind: number): void {
    const { sessionId, transactionId } = messengent;
    if (this.#unfinished.delete(transactionId)) {
      this.#waiting.delete(messengent);
      this.#hold(-messengent.heldBytes);
    }
    this.#ended.add(messengent, ending);
    const bytes = this.#answer(sessionId, transactionId, packetKind, messengent.flags);
    messengent.noteSent(bytes);
  }

  /** The sender gave it up. */
  #receiveRefusal(messengent: Messengent, packet: Packet): Drop | null {
    if (packet.head.packetKind !== PacketKind.nack) {
      return new Drop("packet_kind", "not part of a message");
    }
    messengent.noteReceived(packet.datagram);
    this.#forget(messengent, "given up by the sender");
    return null;
  }

  /** What comes of it later is refused. */
  #forget(messengent: Messengent, why: string): void {
    this.#ended.add(messengent, "nacked");
    this.#drop(messengent, why);
  }

  #drop(messengent: Messengent, why: string): void {
    this.#unfinished.delete(messengent.transactionId);
    this.#waiting.delete(messengent);
    this.#hold(-messengent.heldBytes);
    messengent.end("stopped", why);
  }

  /** A redo: our `done` was lost. The reference says nack, and its sender counts a failure. */
  #receiveEnded(packet: Packet, ending: "done" | "nacked"): Drop {
    if (!this.#holding) {
      if (ending === "done") {
        const { sessionId, transactionId } = packet.head;
        this.#answer(sessionId, transactionId, PacketKind.done, answerFlags(packet));
      } else {
        refusePacket(this.road, this.remote, packet);
      }
    }
    return new Drop("repeated", "message");
  }

  readonly #onAsk = (messengent: Messengent): void => {
    // Whatever its sender says of it would be taken for a replay, as this may have been: nothing ends it.
    const isOld = !this.remote.takesFarSession(messengent.sessionId);
    if (isOld) return this.#drop(messengent, "it is of an earlier session");
    messengent.noteRedo();
    this.#ask(messengent);
    messengent.waitForMore(false);
  };

  /** Tells the sender what is missing, or to go on. */
  #ask(messengent: Messengent): void {
    if (this.#holding || !this.remote.session) return;
    const { sessionId, transactionId, flags, highest } = messengent;
    const missing = messengent.missing();
    if (missing.length === 0) {
      const { ack } = PacketKind;
      return messengent.noteSent(this.#answer(sessionId, transactionId, ack, flags, highest));
    }
    const { road, remote } = this;
    const body = packBody(road.bodyKind, makeMisseds(missing));
    const bytes = road.sendSigned(remote, {
      transactionKind: TransactionKind.message,
      packetKind: PacketKind.resend,
      sessionId,
      transactionId,
      flags,
      bodyKind: road.bodyKind,
      coatKind: CoatKind.nacl,
      segmentNumber: 0,
    }, sealCoat(body, remote.session!.box, road.random));
    messengent.noteSent(bytes);
  }

  #answer(
    sessionId: number,
    transactionId: number,
    packetKind: number,
    flags: number,
    segmentNumber = 0,
  ): Uint8Array {
    return this.road.sendEmpty(
      this.remote,
      TransactionKind.message,
      packetKind,
      sessionId,
      transactionId,
      flags,
      segmentNumber,
    );
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.road.holders.changed(this, bytes);
  }

  #armAdmit(): void {
    if (this.#waiting.size === 0) this.road.timers.clear(this.#admitTimer);
    else this.road.timers.set(this.#admitTimer, this.road.now + ADMIT_AGAIN_MS);
  }
}

const NO_ROOM = new Drop("unfinished_limit", "this remote holds most of what all hold");

/** Bodies of one remote that stay unpacked while they are the next of those that wait for the same. */
const BODIES_KEPT_MAX = 4;
/** How often a message that had no room is offered again, if nobody calls `admitAgain`. */
const ADMIT_AGAIN_MS = 250;

/** The reference copies `wait` into its answers; it has no meaning there. */
function answerFlags(packet: Packet): number {
  return Flag.correspondent | packet.head.flags & Flag.wait;
}
