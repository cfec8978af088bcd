/**
 * How long a remote takes to answer, smoothed, and from it how long to wait before asking again (the
 * estimator of RFC 6298 with a much lower floor: a LAN answers in under a millisecond).
 *
 * An answer to what was sent again can't be measured, as nobody can tell which sending it answers (Karn's
 * rule). Where the path has become slower than the timeout that is so for all: then the timeout that was
 * reached by backing off holds until there is a sample again. After a cut it was reached in the same way, and
 * says nothing of the path: so it holds only where nothing that was sent later has been measured, and not
 * beyond what a path takes.
 *
 * @module
 */

import type { RoadSettings } from "./options.ts";

type RedoSettings = Pick<RoadSettings, "messageRedoMs" | "messageRedoMinMs">;

/** One that takes longer to answer is asked again, whatever was measured. */
const TIMEOUT_MS_MAX = 10_000;

/** As long as nothing could be measured, a path is not thought to be slower (RFC 6298 5.7 has the same). */
const UNSURE_MS_MAX = 3000;

/** A running estimate of one remote's round-trip time. */
export class RoundTrip {
  #smoothed = -1;
  #variation = 0;
  #unsureMs = 0;
  /** When the last was sent that was measured. */
  #sampleSentAt = -Infinity;

  /** Smoothed, in ms; null before the first sample. */
  get ms(): number | null {
    return this.#smoothed < 0 ? null : this.#smoothed;
  }

  /**
   * Takes a sample: only of packets that were sent once, or it says nothing.
   *
   * @param redoMs after how long it would have been sent again: where it was not, though it took longer,
   * somebody stood still
   */
  sample(sentAt: number, now: number, redoMs: number): void {
    const ms = Math.min(now - sentAt, redoMs);
    this.#unsureMs = 0;
    this.#sampleSentAt = sentAt;
    if (this.#smoothed < 0) {
      this.#smoothed = ms;
      this.#variation = ms / 2;
      return;
    }
    this.#variation += (Math.abs(this.#smoothed - ms) - this.#variation) / 4;
    this.#smoothed += (ms - this.#smoothed) / 8;
  }

  /** What was sent again was answered, after the timeout had grown to that. */
  noteUnsure(firstSentAt: number, timeoutMs: number): void {
    if (firstSentAt >= this.#sampleSentAt) this.#unsureMs = Math.min(UNSURE_MS_MAX, timeoutMs);
  }

  /** How long to wait for an answer before asking again. */
  timeout({ messageRedoMs, messageRedoMinMs }: RedoSettings): number {
    const { first } = messageRedoMs;
    const known = this.#smoothed < 0 ? first : this.#smoothed + 4 * this.#variation;
    const unsure = isFixed({ messageRedoMs, messageRedoMinMs }) ? 0 : this.#unsureMs;
    return Math.min(TIMEOUT_MS_MAX, Math.max(messageRedoMinMs, known, unsure));
  }

  /** How long it becomes at the most, as nobody answers. */
  longest(settings: RedoSettings): number {
    const { last } = settings.messageRedoMs;
    return isFixed(settings) ? last : Math.max(last, 2 * this.timeout(settings));
  }

  /** The address changed, so everything may be different. */
  reset(): void {
    this.#smoothed = -1;
    this.#unsureMs = 0;
    this.#sampleSentAt = -Infinity;
  }
}

/** The reference's timer follows no measure. */
function isFixed({ messageRedoMs, messageRedoMinMs }: RedoSettings): boolean {
  return messageRedoMs.first === messageRedoMinMs;
}
