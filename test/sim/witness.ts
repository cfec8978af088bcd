/**
 * What the programs of a simulation did and saw: every message that one sent, by whom it was taken,
 * and what its sender was told. Checkers look at nothing else of what happens in programs.
 *
 * @module
 */
import type { ErrorCode } from "../../src/base/errors.ts";
import type { Triple } from "../../src/route/triple.ts";

/** What a sender was told of its message. */
export interface Told {
  readonly status:
    | "delivered"
    | "handed"
    | "acknowledged"
    | "failed"
    | "outcome_unknown"
    /** of a request only: it was delivered */
    | "answered"
    | "no_answer";
  /** why it failed */
  readonly code: ErrorCode | "";
  readonly message: string;
}

/** A message as a program got it. */
export interface Take {
  readonly at: number;
  readonly estate: string;
  readonly yard: string;
  readonly share: string;
  /** a copy for an observer */
  readonly copy: boolean;
  /** who sent it, as the program was told */
  readonly from: Triple;
}

/** A message that a program sent. */
export interface Sent {
  /** its number: the message bears it, and nothing else tells it from others */
  readonly n: number;
  readonly kind: "send" | "ask" | "answer";
  readonly estate: string;
  readonly yard: string;
  /** where it was sent, the estate filled in */
  readonly to: Triple;
  readonly at: number;
  readonly timeoutMs: number;
  /** when its sender must have been told at the latest; moves while that does not run */
  toldBy: number;
  /** whether its sender still runs, and can be told */
  lives: boolean;
  told: Told | null;
  /** without copies */
  readonly takes: Take[];
}

/** Whom a witness tells, at once. */
export interface Onlooker {
  sent?(sent: Sent): void;
  taken?(sent: Sent, take: Take): void;
  told?(sent: Sent): void;
}

/** Remembers all messages of one simulation. */
export class Witness {
  readonly all: Sent[] = [];
  readonly onlookers: Onlooker[] = [];
  /** those whose senders live and were told nothing yet */
  readonly open = new Set<Sent>();

  /** A program sends a message. */
  send(sent: Omit<Sent, "n" | "takes" | "told" | "lives">): Sent {
    const whole: Sent = { ...sent, n: this.all.length, takes: [], told: null, lives: true };
    this.all.push(whole);
    this.open.add(whole);
    for (const onlooker of this.onlookers) onlooker.sent?.(whole);
    return whole;
  }

  /** A program took a message. */
  take(n: number, take: Take): void {
    const sent = this.all[n];
    if (!take.copy) sent.takes.push(take);
    for (const onlooker of this.onlookers) onlooker.taken?.(sent, take);
  }

  /** A program learnt what became of its message. */
  tell(sent: Sent, told: Told): void {
    sent.told = told;
    this.open.delete(sent);
    for (const onlooker of this.onlookers) onlooker.told?.(sent);
  }

  /** The messages of a process that was killed: nobody can be told. */
  forget(sent: Iterable<Sent>): void {
    for (const one of sent) {
      one.lives = false;
      this.open.delete(one);
    }
  }
}
