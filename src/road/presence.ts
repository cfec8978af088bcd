/**
 * Whether a remote lives, as far as we have heard, and whether a main goes on asking it (protocol.md 4).
 *
 * @module
 */
import type { Outbox } from "./outbox.ts";
import type { Remote } from "./remote.ts";
import type { Road } from "./road.ts";

/** The presence of one remote. */
export class Presence {
  /** Null before anything was heard since the start. */
  alive: boolean | null = null;
  /** When something authentic last came. */
  heardAt = -Infinity;
  /** The same without its questions, which come also where nothing of ours gets there. */
  #spokeAt = -Infinity;
  /** Not heard of for so long that nobody asks it any more. */
  reaped = false;
  /** Our operator told us to join it: it is asked for ever. */
  told = false;
  readonly #startedAt: number;

  /**
   * @param outbox what we have for it: it is asked for as long as that waits
   * @param tell tells our owner of a change
   */
  constructor(
    private readonly road: Road,
    private readonly remote: Remote,
    private readonly outbox: Pick<Outbox, "count" | "answeredAt">,
    private readonly tell: (type: "alive" | "lost" | "reaped") => void,
  ) {
    this.#startedAt = road.now;
  }

  /** Whether it was heard of so lately that unanswered redos are no reason to ask it. */
  get isCalm(): boolean {
    return this.road.now - this.heardAt < SUSPICION_PAUSE_MS;
  }

  /** When it is to be asked: it has said nothing for a period, or nothing but questions for some. */
  get dueAt(): number {
    const { alivePeriodMs } = this.road.settings;
    return Math.min(
      this.heardAt + alivePeriodMs,
      this.#spokeAt + QUESTIONS_PERIODS * alivePeriodMs,
    );
  }

  /** Something authentic came. @returns whether it had been silent, or nobody asked it any more */
  heard(isQuestion: boolean): boolean {
    this.heardAt = this.road.now;
    if (!isQuestion) this.#spokeAt = this.road.now;
    // One that refused or broke off whatever was begun was never silent, and may be reaped all the same.
    if (this.alive === true && !this.reaped) return false;
    this.alive = true;
    this.reaped = false;
    this.tell("alive");
    return true;
  }

  /**
   * It did not answer what it was asked at that time. If it has answered a message since, it is not silent.
   * That it says something does not count: perhaps nothing of ours gets there, as where one of us has moved.
   */
  silent(askedAt: number): void {
    if (this.alive === false || this.outbox.answeredAt > askedAt) return;
    this.alive = false;
    this.tell("lost");
  }

  /** It is worth another try. @returns whether nobody asked it any more */
  wake(): boolean {
    const slept = this.reaped;
    this.reaped = false;
    return slept;
  }

  /** Whether a main estate stops asking, or has stopped. */
  reapIfDue(): boolean {
    const { reapAfterMs } = this.road.settings;
    if (!this.road.local.main || reapAfterMs === 0 || this.reaped) return this.reaped;
    if (this.road.now - Math.max(this.heardAt, this.#startedAt) < reapAfterMs) return false;
    if (this.told || this.#isWanted) return false;
    this.reaped = true;
    this.tell("reaped");
    return true;
  }

  /** Whether a message waits for it, here or with our owner. */
  get #isWanted(): boolean {
    return this.outbox.count > 0 || this.road.isWanted(this.remote.name);
  }
}

/** Where what both say gets there each asks in turn, and is answered after two periods at the latest. */
const QUESTIONS_PERIODS = 3;
/** A remote that was heard of so lately is not asked because of unanswered redos. */
const SUSPICION_PAUSE_MS = 1000;
