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

/** How an alive ended. */
type AliveEnd = Pick<TransactionEvent, "outcome" | "why" | "ms">;

interface Waiting {
  readonly estate: string;
  end(end: AliveEnd): void;
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
      const silence: AliveEnd = { outcome: "silent", why: "", ms: patienceMs };
      const timer = setTimeout(() => waiting.end(silence), patienceMs);
      const waiting: Waiting = {
        estate,
        end: (end) => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          if (end.outcome === "done") resolve({ ms: end.ms });
          else reject(failureOf(estate, end));
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
  note(step: TransactionEvent): void {
    const { kind, ours, phase, estate } = step;
    if (this.#waiting.size === 0 || kind !== "alive" || !ours || phase !== "ended") return;
    for (const waiting of [...this.#waiting]) {
      if (waiting.estate === estate) waiting.end(step);
    }
  }

  /** Ends all, since the manor stops. */
  stop(): void {
    for (const waiting of [...this.#waiting]) {
      waiting.end({ outcome: "stopped", why: "the manor stopped", ms: 0 });
    }
  }
}

/** What an answer is that says no. */
const REFUSALS: Partial<Record<TransactionEvent["outcome"], readonly [ErrorCode, string]>> = {
  refused: ["refused", "answered no"],
  forgotten: ["refused", "answered that it knows no join or session with us"],
  rejected: ["rejected", "answered that it rejected our key"],
};

function failureOf(estate: string, { outcome, why, ms }: AliveEnd): RaetError {
  const refusal = REFUSALS[outcome];
  if (refusal) return new RaetError(refusal[0], `estate "${estate}" ${refusal[1]}`);
  const when = outcome === "silent" ? `within ${Math.round(ms)} ms` : `before ${why}`;
  return new RaetError("expired", `estate "${estate}" gave no answer ${when}: expected one`);
}
