/**
 * When to join, allow or ask for life: what is due next with one remote, and the pauses after what
 * failed. One timer a remote, and none of it is moved when packets come.
 *
 * @module
 */
import type { AllowOutcome } from "./allow_client.ts";
import type { JoinFailure } from "./endings.ts";
import { pauseAfterJoin, REJECTED_PAUSE_MS } from "./pauses.ts";
import type { Presence } from "./presence.ts";
import type { Remote } from "./remote.ts";
import type { Road } from "./road.ts";
import { Timer } from "./timers.ts";
import { Redo } from "./transaction.ts";

/** What an upkeep looks at and sets going. */
export interface UpkeepHost {
  readonly presence: Presence;
  /** Whether something is under way that will plan when it ends, or nothing may be begun. */
  readonly isResting: boolean;
  /** When an alive is due that tells and asks what both sides can do; Infinity for none. */
  readonly fillAt: number;
  /** Whether the session is old enough for a new one. */
  readonly wantsRenewal: boolean;
  startJoin(): void;
  startAllow(): void;
  startAlive(): void;
}

/** The plan for one remote. */
export class Upkeep {
  /** The session that there is can't be sent in: only a new one helps. */
  mustAllow = false;
  /** It is silent: perhaps it forgot us, and only a join would tell. */
  joinWanted = false;
  /** It is, after one that was refused. */
  #triesAgain = false;
  #nextJoinAt = -Infinity;
  #nextAllowAt = -Infinity;
  #nextAliveAt = -Infinity;
  /** When it last said that we are not joined, or not allowed. */
  #toldAt = -Infinity;
  readonly #joinPause: Redo;
  readonly #allowPause: Redo;
  readonly #timer: Timer;

  constructor(
    private readonly road: Road,
    private readonly remote: Remote,
    private readonly host: UpkeepHost,
  ) {
    const { retryMs } = road.settings;
    this.#joinPause = new Redo(retryMs, () => road.jitter());
    this.#allowPause = new Redo(
      { first: FIRST_ALLOW_PAUSE_MS, last: retryMs.last },
      () => road.jitter(),
    );
    this.#timer = new Timer(() => this.plan());
  }

  /** Decides what to do next, does it if it is due, or sets a timer for it. */
  plan(): void {
    const { road, remote, host } = this;
    this.rest();
    if (!road.settings.automatic || road.closed || remote.joinPending || host.isResting) return;
    if (!remote.joined || this.joinWanted) {
      if (this.#isDue(this.#nextJoinAt)) host.startJoin();
    } else if (!remote.session || this.mustAllow || host.wantsRenewal) {
      if (this.#isDue(this.#nextAllowAt)) host.startAllow();
    } else {
      const at = Math.min(host.fillAt, host.presence.dueAt);
      if (this.#isDue(Math.max(at, this.#nextAliveAt))) host.startAlive();
    }
  }

  /** Takes the timer out. */
  rest(): void {
    this.road.timers.clear(this.#timer);
  }

  /** Plans, with nothing before a pause is over. */
  planAfter(ms: number): void {
    this.#nextAllowAt = this.#nextJoinAt = this.road.now + ms;
    this.plan();
  }

  /** The next alive is not due before a pause is over. */
  delayAlive(ms: number): void {
    this.#nextAliveAt = this.road.now + ms;
  }

  /**
   * It is silent: a join is due now. But whoever joined us, and had us look whether it lives, is answered first:
   * ours would cross that, and may show other keys.
   *
   * @param isProbed whether somebody did
   */
  wantJoin(isProbed: boolean): void {
    this.joinWanted = true;
    this.#nextJoinAt = this.road.now + (isProbed ? ANSWER_PAUSE_MS : 0);
  }

  /** It said, signed, that we are not joined. */
  joinNow(): void {
    this.remote.joined = false;
    this.#nextJoinAt = this.#soon();
  }

  /** It said, signed, that there is no session. */
  allowNow(): void {
    this.#nextAllowAt = this.#soon();
  }

  /**
   * A join ended without success: before the next one it is asked for life again. But one that was refused may
   * have crossed one of the other side that comes to nothing, as it can't join us: it is tried once more.
   */
  joinFailed(failure?: JoinFailure): void {
    const wasRefused = failure === "refused";
    this.joinWanted = this.#triesAgain = wasRefused && this.joinWanted && !this.#triesAgain;
    this.#nextJoinAt = this.#nextAliveAt = this.road.now +
      pauseAfterJoin(failure, this.#joinPause);
  }

  /** A join completed. A stranger begins the first session itself; if it doesn't, we do. */
  joinDone(isStranger: boolean): void {
    this.joinWanted = false;
    this.#joinPause.reset();
    this.#nextAliveAt = this.road.now;
    this.#nextAllowAt = this.road.now + (isStranger ? STRANGER_PAUSE_MS : 0);
  }

  /** A session was agreed on. */
  allowDone(): void {
    this.mustAllow = this.joinWanted = false;
    this.#allowPause.reset();
  }

  /** An allow of ours ended without a session. */
  allowFailed(outcome: AllowOutcome): void {
    const pause = this.#allowPause.next();
    this.#nextAllowAt = this.road.now + (outcome === "rejected" ? REJECTED_PAUSE_MS : pause);
  }

  /** The far side rejected us: an operator may be at work there. */
  rejected(): void {
    this.delayAlive(REJECTED_PAUSE_MS);
    this.#nextAllowAt = this.road.now + REJECTED_PAUSE_MS;
  }

  /** Now, but not again and again: a peer that says so each time must not make us spin. */
  #soon(): number {
    const at = Math.max(this.road.now, this.#toldAt + TOLD_PAUSE_MS);
    this.#toldAt = at;
    return at;
  }

  #isDue(at: number): boolean {
    if (at <= this.road.now) return true;
    this.road.timers.set(this.#timer, at);
    return false;
  }
}

/** Pause between two times of doing at once what the far side says is missing. */
const TOLD_PAUSE_MS = 500;
/** How long a join of the other side that we answer has for its end. */
const ANSWER_PAUSE_MS = 500;
/** Pause before another allow, at first. */
const FIRST_ALLOW_PAUSE_MS = 250;
/** How long a stranger that joined us has for beginning the first session. */
const STRANGER_PAUSE_MS = 1500;
