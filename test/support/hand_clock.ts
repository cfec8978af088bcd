/**
 * A clock that goes on only when a test says so.
 *
 * @module
 */
import type { Clock } from "../../src/io/clock.ts";

/** Time that a test moves. */
export class HandClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>();

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#now;
  }

  after(delayMs: number, call: () => void): () => void {
    const timer = { at: this.#now + delayMs, call };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  soon(call: () => void): void {
    setTimeout(call, 0);
  }

  /** So much time passes: every timer that is due has its turn, and then what follows from it. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#now = next.at;
      next.call();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  /** Its process was stopped for so long: whatever is due comes at once, and nothing else before it. */
  async skip(ms: number): Promise<void> {
    this.#now += ms;
    const due = [...this.#timers].filter(({ at }) => at <= this.#now);
    for (const timer of due) if (this.#timers.delete(timer)) timer.call();
    await settled();
  }

  #next(end: number) {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Everything that was to happen at once has. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
