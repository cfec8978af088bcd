/**
 * All messages of ours to one remote: queue, window, order of sending, and what the answers mean
 * (protocol.md 5).
 *
 * - At most `window` segments are on the way, over all messages: a receiver's socket buffer is small.
 * - Nothing is sent while the outbox is closed; what was on the way is asked about when it opens.
 * - Every message ends in exactly one `sent` event.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import type { ErrorCode } from "../base/errors.ts";
import { unpackBody } from "../wire/body.ts";
import { openCoat } from "../wire/coat.ts";
import { CoatKind, PacketKind } from "../wire/kinds.ts";
import type { Head } from "../wire/head.ts";
import type { Packet } from "../wire/packet.ts";
import { readMisseds } from "../wire/segments.ts";
import { DoneWindow } from "./done_window.ts";
import type { Ending } from "./endings.ts";
import { checkRoom, type Letter } from "./letter.ts";
import { endingOfFailure, Messenger } from "./messenger.ts";
import type { Remote } from "./remote.ts";
import { refusePacket } from "./replies.ts";
import type { Road } from "./road.ts";
import { SendQueues } from "./send_queues.ts";

/** Whom an outbox reports to. */
export interface OutboxOwner {
  /** The remote answered. */
  heard(): void;
  /** Several redos went unanswered, or a message was nacked: somebody should ask for life. */
  suspicious(): void;
}

/** The messages of ours to one remote. */
export class Outbox {
  /** When the remote last answered something. */
  answeredAt = -Infinity;
  /** Every message without an outcome, oldest first. */
  readonly #all = new Map<number, Messenger>();
  readonly #begun = new Map<number, Messenger>();
  readonly #queues = new SendQueues();
  #inFlight = 0;
  #bytes = 0;
  #doubtful = 0;
  #open = false;
  #ackedIds = new DoneWindow();

  constructor(
    private readonly road: Road,
    private readonly remote: Remote,
    private readonly owner: OutboxOwner,
  ) {}

  /** Messages without an outcome. */
  get count(): number {
    return this.#all.size;
  }

  /** Messages that have a transaction. */
  get begunCount(): number {
    return this.#begun.size;
  }

  /** Messages that were nacked, and an alive will tell why. */
  get doubtfulCount(): number {
    return this.#doubtful;
  }

  /** Bytes of the packed bodies without an outcome. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Messages of which something was sent, for an operator. */
  *transactions(): Iterable<Messenger> {
    for (const messenger of this.#all.values()) if (messenger.packets > 0) yield messenger;
  }

  /**
   * Takes a message.
   *
   * @throws {RaetError} `too_large`, `queue_full`
   */
  add(letter: Letter): void {
    const { road, remote } = this;
    checkRoom(letter, remote.label, this.#all.size, this.#bytes);
    const messenger = new Messenger(road, remote, letter, this.#onTime);
    this.#all.set(letter.handle, messenger);
    this.#bytes += messenger.bodyBytes;
    this.#queues.add(messenger);
    if (letter.deadline < Infinity) road.timers.set(messenger, letter.deadline);
    this.pump();
  }

  /** Gives a message up; false if there is none of that handle. */
  cancel(handle: number): boolean {
    const messenger = this.#all.get(handle);
    if (!messenger) return false;
    this.#giveUp(messenger, "expired", "the message was called back");
    this.pump();
    return true;
  }

  /** Lets messages flow, or holds them. Whether any is begun anew that may have come, as in a new session. */
  setOpen(open: boolean): boolean {
    if (this.#open === open) return false;
    this.#open = open;
    const isAny = open && this.#beginAnew();
    // Once it opens: answers may have been lost meanwhile, or their questions.
    for (const messenger of this.#begun.values()) this.#arm(messenger, this.road.now);
    this.pump();
    return isAny;
  }

  /** The session ended: every transaction is given up, the far side told, the messages kept. */
  sessionEnded(): void {
    this.resolveDoubts(false);
    for (const messenger of this.#all.values()) {
      if (messenger.state === "begun") messenger.sendNack();
      // Also one whose turn has not come since it was sent in a session before.
      if (messenger.everSent) messenger.suspend();
    }
    this.#begun.clear();
    this.#ackedIds.clear();
    this.#inFlight = 0;
    this.#queues.rebuild(this.#all.values());
  }

  /**
   * A new session is ready: says what becomes of messages that were sent in an earlier one.
   *
   * @param again whether the far side is the same run as before: then they may be sent again
   * @param beganAt when its run began at the latest. Of those that were sent only what it refused at their
   * first sending, which was after that, is sent again: a copy on the way may have got there before
   */
  settle(again: boolean, beganAt: number): void {
    for (const messenger of [...this.#all.values()]) {
      if (messenger.state !== "suspended") continue;
      const isRefusedForSure = messenger.refusedAtFirst && messenger.firstSentAt > beganAt;
      if (!again && messenger.everSent && !isRefusedForSure) {
        this.#unknown(messenger, "the far side was started anew with the message on its way");
      } else {
        messenger.state = "queued";
      }
    }
    this.#queues.rebuild(this.#all.values());
    this.pump();
  }

  /**
   * An alive told why messages were nacked: the session is well, or it is lost.
   *
   * @param askedAt what was nacked later waits on: that the session was well then says nothing of it
   */
  resolveDoubts(sessionIsWell: boolean, askedAt = Infinity): void {
    if (this.#doubtful === 0) return;
    for (const messenger of [...this.#all.values()]) {
      if (messenger.state !== "doubtful") continue;
      if (!sessionIsWell) {
        this.#doubtful--;
        messenger.state = "suspended";
      } else if (messenger.doubtfulAt > askedAt) {
        continue;
      } else if (!messenger.refusedAtFirst) {
        this.#unknown(messenger, "the far side refused a redo: it may have had the message before");
      } else {
        this.#fail(messenger, "denied", "the far side did not take the message");
      }
    }
    this.pump();
  }

  /** Ends all with an outcome: what was never sent has failed. */
  failAll(code: ErrorCode, why: string): void {
    for (const messenger of [...this.#all.values()]) this.#giveUp(messenger, code, why);
  }

  /** Whether an answer is to something that is under way. */
  awaits({ sessionId, transactionId }: Head): boolean {
    return this.#begun.get(transactionId)?.sessionId === sessionId;
  }

  /** A packet of the remote that answers a message of ours. */
  receive(packet: Packet): Drop | null {
    const { sessionId, transactionId, packetKind } = packet.head;
    const messenger = this.#begun.get(transactionId);
    if (!messenger || messenger.sessionId !== sessionId) {
      if (packetKind === PacketKind.done && this.#ackedIds.get(packet.head) === "done") {
        return new Drop("repeated", "done");
      }
      refusePacket(this.road, this.remote, packet);
      return new Drop("unknown_transaction", "an answer to no message of ours");
    }
    const drop = this.#answer(messenger, packet);
    if (drop === null) {
      this.answeredAt = this.road.now;
      this.owner.heard();
    }
    this.pump();
    return drop;
  }

  /** Sends what may be sent. */
  pump(): void {
    if (!this.#open) return;
    while (this.#inFlight < this.road.settings.window) {
      const messenger = this.#queues.next();
      if (!messenger) return;
      this.#sendTurn(messenger);
    }
  }

  /**
   * After a silence: long messages of which perhaps nothing has arrived begin anew where they have a shorter life
   * by now. One packet needs a redo only, and of what was answered the far side knows how long it has been coming.
   */
  #beginAnew(): boolean {
    const old = [...this.#begun.values()]
      .filter(({ answered, isOld, ledger }) => !answered && isOld && ledger.count > 1);
    for (const messenger of old) {
      messenger.sendNack();
      this.#forget(messenger);
      messenger.suspend();
      messenger.state = "queued";
    }
    if (old.length > 0) this.#queues.rebuild(this.#all.values());
    return old.length > 0;
  }

  #answer(messenger: Messenger, packet: Packet): Drop | null {
    const { head } = packet;
    messenger.noteReceived(packet.datagram);
    switch (head.packetKind) {
      case PacketKind.done:
        messenger.sampleRoundTrip(messenger.ledger.count - 1);
        this.#ackedIds.add(head, "done");
        this.#acknowledge(messenger);
        return null;
      case PacketKind.ack:
        if (head.segmentNumber >= messenger.ledger.count) {
          return new Drop("bad_segment", "an ack past the end");
        }
        messenger.sampleRoundTrip(head.segmentNumber);
        this.#noteAnswer(messenger);
        this.#account(messenger, () => messenger.ledger.arrivedThrough(head.segmentNumber));
        return null;
      case PacketKind.resend:
        return this.#receiveResend(messenger, packet);
    }
    this.#receiveNack(messenger);
    return null;
  }

  #receiveResend(messenger: Messenger, packet: Packet): Drop | null {
    const plain = packet.head.coatKind === CoatKind.nacl && this.remote.session
      ? openCoat(packet.coat, this.remote.session.box)
      : null;
    if (!plain) return new Drop("bad_box", "resend");
    const body = unpackBody(packet.head.bodyKind, plain);
    if (body instanceof Drop) return body;
    const numbers = readMisseds(body, messenger.ledger.count);
    if (numbers instanceof Drop) return numbers;
    this.#noteAnswer(messenger);
    const { road, remote } = this;
    // With a window of 64 a receiver can miss no more than one packet names.
    const complete = road.settings.window <= 64;
    const justSent = road.now - (remote.roundTrip.ms ?? 0) * JUST_SENT_SHARE;
    this.#account(messenger, () => messenger.ledger.missing(numbers, complete, justSent));
    if (messenger.ledger.hasLost) this.#queues.addUrgent(messenger);
    return null;
  }

  /**
   * A nack never says why. To a first sending it means that the message was not taken, as long as the
   * session is well. Whether the far side lost it, so that the message is worth another try, an alive will tell.
   */
  #receiveNack(messenger: Messenger): void {
    this.#forget(messenger);
    messenger.suspend();
    messenger.refusedAtFirst = !messenger.sentAgain;
    messenger.state = "doubtful";
    messenger.doubtfulAt = this.road.now;
    this.#doubtful++;
    this.owner.suspicious();
  }

  #noteAnswer(messenger: Messenger): void {
    messenger.noteAnswer();
    messenger.redoMs = this.remote.roundTrip.timeout(this.road.settings);
    this.#arm(messenger, this.road.now + messenger.redoMs);
  }

  /** Lets the window follow what a step changes in a message's ledger. */
  #account(messenger: Messenger, step: () => void): void {
    const before = messenger.ledger.inFlight;
    step();
    this.#inFlight += messenger.ledger.inFlight - before;
  }

  /** Sends some segments of a message, the last with a question if one is due. */
  #sendTurn(messenger: Messenger): void {
    if (messenger.state !== "begun") {
      messenger.begin();
      this.#begun.set(messenger.transactionId, messenger);
    }
    const { road } = this;
    const { ledger } = messenger;
    const { window, burst } = road.settings;
    const again = ledger.hasLost;
    const before = ledger.inFlight;
    let room = Math.min(burst, window - this.#inFlight);
    while (room-- > 0 && (again ? ledger.hasLost : ledger.hasNew)) {
      const segment = again ? ledger.takeLost(road.now) : ledger.takeNew();
      const isLast = again ? !ledger.hasLost : !ledger.hasNew;
      const wait = isLast || messenger.sinceWait + 1 >= burst ||
        room === 0 && !messenger.waitPending;
      messenger.send(segment, wait, again);
    }
    this.#inFlight += ledger.inFlight - before;
    messenger.redoMs = this.remote.roundTrip.timeout(this.road.settings);
    this.#arm(messenger, road.now + messenger.redoMs);
  }

  /** A message's timer ran out: its deadline, or its redo. */
  readonly #onTime = (messenger: Messenger): void => {
    if (this.road.now >= messenger.deadline) {
      this.#giveUp(messenger, "expired", "its time ran out");
      return this.pump();
    }
    if (messenger.state !== "begun") return;
    const { ledger } = messenger;
    messenger.noteRedo();
    // The highest that was sent: the receiver answers with all that it misses below.
    messenger.send(ledger.sent - 1, true, true);
    const { road, remote } = this;
    messenger.redoMs = Math.min(2 * messenger.redoMs, remote.roundTrip.longest(road.settings));
    this.#arm(messenger, this.road.now + messenger.redoMs * this.road.jitter());
    if (++messenger.unanswered >= SUSPICIOUS_REDOS) this.owner.suspicious();
  };

  /** Sets its timer; while the outbox is closed nothing is due but its deadline. */
  #arm(messenger: Messenger, redoAt: number): void {
    const at = this.#open ? Math.min(redoAt, messenger.deadline) : messenger.deadline;
    this.road.timers.set(messenger, at);
  }

  #acknowledge(messenger: Messenger): void {
    this.#finish(messenger, "done");
    this.remote.messagesSent++;
    const { handle } = messenger;
    this.road.emit({ type: "sent", handle, estate: this.remote.name, outcome: "acknowledged" });
  }

  #fail(messenger: Messenger, code: ErrorCode, why: string): void {
    this.#finish(messenger, endingOfFailure(code), why);
    const estate = this.remote.name;
    const message = `a message to "${estate}" failed: ${why}`;
    const { handle } = messenger;
    this.road.emit({ type: "sent", handle, estate, outcome: "failed", code, message });
  }

  #unknown(messenger: Messenger, why: string): void {
    this.#finish(messenger, "unknown", why);
    const estate = this.remote.name;
    const message = `a message to "${estate}" may have arrived or not: ${why}`;
    const { handle } = messenger;
    this.road.emit({ type: "sent", handle, estate, outcome: "outcome_unknown", message });
  }

  /** Ends a message from our side. */
  #giveUp(messenger: Messenger, code: ErrorCode, why: string): void {
    if (messenger.state === "begun") messenger.sendNack();
    if (messenger.everSent) this.#unknown(messenger, why);
    else this.#fail(messenger, code, why);
  }

  #finish(messenger: Messenger, ending: Ending, why?: string): void {
    this.#forget(messenger);
    this.#all.delete(messenger.handle);
    this.#bytes -= messenger.bodyBytes;
    messenger.end(ending, why);
    this.#queues.noteEnded(messenger);
  }

  /** Takes a message out of the transactions and the window, or out of those in doubt. */
  #forget(messenger: Messenger): void {
    if (messenger.state === "doubtful") this.#doubtful--;
    if (messenger.state !== "begun") return;
    this.#begun.delete(messenger.transactionId);
    this.#inFlight -= messenger.ledger.inFlight;
    messenger.state = "queued";
  }
}

/** After this many redos without an answer the remote is asked for life. */
const SUSPICIOUS_REDOS = 4;
/** A segment that went again within this share of a round trip can't have been missed yet. */
const JUST_SENT_SHARE = 0.8;
