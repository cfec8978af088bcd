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

/** Where a program has messages: one opening of a share by one process. */
export interface Holder {
  readonly process: {
    readonly alive: boolean;
    /** until when others could take it to be gone, if they ever could */
    readonly awayUntil: number;
  };
  /** the program listens there no more */
  ended: boolean;
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
  /** it was said that another may have had it */
  readonly redelivered: boolean;
  /** null where it is acknowledged before the program has it, as answers and copies are */
  readonly holder: Holder | null;
  /** whether another process may be given it because this one could be taken to be gone */
  wasAway(): boolean;
  /** whether this one, or its manor, was stopped or had its clock leap since that time */
  wasAwaySince(at: number): boolean;
  /** the program said that it is done with it */
  acknowledged: boolean;
  /** the manor has that on disk */
  noted: boolean;
  /** the program waits to hear whether it has */
  waits: boolean;
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
  readonly durable: boolean;
  readonly ordered: boolean;
  /** when its life is over at the earliest, by the clocks of all hosts that it passed as they leapt so far */
  overAt(): number;
  /** whether it may be over by those */
  mayBeOver(): boolean;
  /** whether a manor that it passed stood still, or its clock leapt, since it was sent, or somebody holds packets */
  mayBeLate(): boolean;
  /** whether a host that it passed may take its id for one to be forgotten, as its date was set */
  mayBeForgotten(): boolean;
  /** whether its manor may have failed it for want of a disk or of room, and ended before it could say so */
  mayComeLate(): boolean;
  /** whether a process was killed where it goes, which may have said that it has it, and just then */
  mayBeLost(): boolean;
  /** whether a manor that it passed was ended since: if it is in memory only, that was its outcome */
  mayBeUnknown(): boolean;
  /** its id, once it is known */
  id: string;
  /** its sender was told that it is on disk */
  stored: boolean;
  /** another process sent it again, as the one before may not have heard that it was refused */
  sentAnew: boolean;
  /** when its sender was told what became of it */
  toldAt: number;
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
  /** The time of the world. */
  readonly now: () => number;
  readonly onlookers: Onlooker[] = [];
  /** those whose senders live and were told nothing yet */
  readonly open = new Set<Sent>();

  constructor(now: () => number) {
    this.now = now;
  }

  /** A program sends a message. */
  send(
    sent: Omit<Sent, "n" | "takes" | "told" | "lives" | "id" | "stored" | "sentAnew" | "toldAt">,
  ): Sent {
    const whole: Sent = {
      ...sent,
      n: this.all.length,
      id: "",
      stored: false,
      sentAnew: false,
      takes: [],
      told: null,
      toldAt: Infinity,
      lives: true,
    };
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
    sent.toldAt = this.now();
    this.open.delete(sent);
    for (const onlooker of this.onlookers) onlooker.told?.(sent);
  }

  /** Another process asks for what a dead one sent. */
  resume(sent: Sent): void {
    sent.lives = true;
    this.open.add(sent);
  }

  /** The messages of a process that was killed: nobody can be told. */
  forget(sent: Iterable<Sent>): void {
    for (const one of sent) {
      one.lives = false;
      this.open.delete(one);
    }
  }
}
