/**
 * The order in which messages to one remote are sent: lost segments first, then small messages and
 * turns of long ones alternate, so that a small one never waits for a long one to be done.
 *
 * @module
 */
import { Fifo } from "./fifo.ts";
import type { Messenger } from "./messenger.ts";
import { TRANSACTION_BYTES } from "./transaction.ts";

/** The messages of one remote that have something to send. Those that have not are passed over. */
export class SendQueues {
  readonly #urgent = new Fifo<Messenger>();
  #small = new Fifo<Messenger>();
  #long = new Fifo<Messenger>();
  /** Long ones that take turns. */
  #turns: Messenger[] = [];
  #longIsNext = false;
  #endedBytes = 0;

  /** Adds a message at the end. */
  add(messenger: Messenger): void {
    (messenger.isSmall ? this.#small : this.#long).push(messenger);
  }

  /** Segments of a message were lost. */
  addUrgent(messenger: Messenger): void {
    this.#urgent.push(messenger);
  }

  /** A message ended. Nobody's turn may come for long, and those that ended would take memory all the while. */
  noteEnded({ bodyBytes }: Messenger): void {
    this.#endedBytes += bodyBytes + TRANSACTION_BYTES;
    if (this.#endedBytes < ENDED_BYTES_MAX) return;
    this.#endedBytes = 0;
    keepThose(this.#urgent, canSendLost);
    keepThose(this.#small, canSendNew);
    keepThose(this.#long, canSendNew);
    this.#turns = this.#turns.filter(canSendNew);
  }

  /** Begins anew with those of the messages that have something to send, in their order. */
  rebuild(messengers: Iterable<Messenger>): void {
    this.#urgent.drain();
    this.#small = new Fifo();
    this.#long = new Fifo();
    this.#turns = [];
    for (const messenger of messengers) {
      if (canSendNew(messenger)) this.add(messenger);
      if (canSendLost(messenger)) this.addUrgent(messenger);
    }
  }

  /** Whose turn it is; null if nobody has anything to send. */
  next(): Messenger | null {
    for (let urgent = this.#urgent.first; urgent; urgent = this.#urgent.first) {
      if (canSendLost(urgent)) return urgent;
      this.#urgent.shift();
    }
    this.#longIsNext = !this.#longIsNext;
    return this.#longIsNext
      ? this.#nextLong() ?? this.#nextSmall()
      : this.#nextSmall() ?? this.#nextLong();
  }

  #nextSmall(): Messenger | null {
    for (let small = this.#small.first; small; small = this.#small.first) {
      if (canSendNew(small)) return small;
      this.#small.shift();
    }
    return null;
  }

  #nextLong(): Messenger | null {
    if (this.#turns.length === 0 && this.#long.length === 0) return null;
    this.#turns = this.#turns.filter(canSendNew);
    let bytes = 0;
    for (const turn of this.#turns) bytes += turn.bodyBytes;
    for (let long = this.#long.first; long; long = this.#long.first) {
      if (canSendNew(long)) {
        bytes += long.bodyBytes;
        if (this.#turns.length >= TURNS_MAX) break;
        if (this.#turns.length > 0 && bytes > TURNS_BYTES_MAX) break;
        this.#turns.push(long);
      }
      this.#long.shift();
    }
    const turn = this.#turns.shift();
    if (turn) this.#turns.push(turn);
    return turn ?? null;
  }
}

/** Long messages that take turns; the others wait. */
const TURNS_MAX = 4;
/** Bytes of those that take turns: a receiver holds only so much that is not whole. */
const TURNS_BYTES_MAX = 64 * 1024 * 1024;
/** About the memory of messages that have ended and still stand in a queue. */
const ENDED_BYTES_MAX = 1024 * 1024;

function keepThose(queue: Fifo<Messenger>, isKept: (messenger: Messenger) => boolean): void {
  for (const messenger of queue.drain()) if (isKept(messenger)) queue.push(messenger);
}

function canSendLost(messenger: Messenger): boolean {
  return messenger.state === "begun" && messenger.ledger.hasLost;
}

function canSendNew(messenger: Messenger): boolean {
  return !messenger.ended && (messenger.state === "queued" || messenger.state === "begun") &&
    messenger.ledger.hasNew;
}
