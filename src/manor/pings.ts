/**
 * Round trips to estates that processes asked for: an alive exchange on the road, whose end is seen
 * among the road's events. One that is under way already serves whoever asks meanwhile.
 *
 * @module
 */
import { type ErrorCode, RaetError } from "../base/errors.ts";
import { PING_MS_MAX } from "../base/limits.ts";
import type { TransactionEvent } from "../road/events.ts";

/** What pings need of the manor. */
export interface PingsOwner {
  /**
   * Begins an alive exchange now.
   *
   * @throws {RaetError} `no_estate`; `refused`, `rejected` if none can be had
   */
  beginAlive(estate: string): void;
}

interface Waiting {
  readonly estate: string;
  end(outcome: string, ms: number): void;
}

/** The pings of one manor that wait for an answer. */
export class Pings {
  readonly #owner: PingsOwner;
  readonly #waiting = new Set<Waiting>();

  constructor(owner: PingsOwner) {
    this.#owner = owner;
  }

  /**
   * Measures a round trip. Rejects with what `beginAlive` throws, and with `expired` if no answer
   * comes in time, `refused` or `rejected` if it is one that says no.
   *
   * @param timeoutMs how long to wait; no longer than a call of the controls may take
   */
  ping(estate: string, timeoutMs: number): Promise<{ ms: number }> {
    return new Promise((resolve, reject) => {
      const patienceMs = Math.min(Math.max(1, timeoutMs), PING_MS_MAX);
      const timer = setTimeout(() => waiting.end(SILENT, patienceMs), patienceMs);
      const waiting: Waiting = {
        estate,
        end: (outcome, ms) => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          if (outcome === ANSWERED) resolve({ ms });
          else reject(failureOf(estate, outcome, ms));
        },
      };
      this.#waiting.add(waiting);
      try {
        this.#owner.beginAlive(estate);
      } catch (error) {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        reject(error);
      }
    });
  }

  /** A step of some transaction: perhaps it is what somebody waits for. */
  note({ kind, ours, phase, estate, outcome, ms }: TransactionEvent): void {
    if (this.#waiting.size === 0 || kind !== "alive" || !ours || phase !== "ended") return;
    for (const waiting of [...this.#waiting]) {
      if (waiting.estate === estate) waiting.end(outcome, ms);
    }
  }

  /** Ends all, since the manor stops. */
  stop(): void {
    for (const waiting of [...this.#waiting]) waiting.end("the manor stopped", 0);
  }
}

/** How the road calls the ends of an alive. */
const ANSWERED = "alive";
const SILENT = "silent";
const REFUSALS: Record<string, readonly [ErrorCode, string]> = {
  refused: ["refused", "answered no"],
  unjoined: ["refused", "answered that it is not joined with us"],
  unallowed: ["refused", "answered that it has no session with us"],
  rejected: ["rejected", "answered that it rejected our key"],
};

function failureOf(estate: string, outcome: string, ms: number): RaetError {
  const refusal = REFUSALS[outcome];
  if (refusal) return new RaetError(refusal[0], `estate "${estate}" ${refusal[1]}`);
  const why = outcome === SILENT
    ? `gave no answer within ${Math.round(ms)} ms`
    : `gave no answer before ${outcome}`;
  return new RaetError("expired", `estate "${estate}" ${why}: expected one`);
}
