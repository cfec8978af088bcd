/**
 * The time, for whoever drives a stack: two readings of it, and calls back. Whoever is given another
 * clock than the system's runs on that one, whole, as in a simulation.
 *
 * @module
 */

/** Time as one process sees it. */
export interface Clock {
  /** Milliseconds since some moment: never goes back, whatever is done to the system's date. */
  now(): number;
  /** Milliseconds since 1970, for what people read. */
  date(): number;
  /** Calls back once, after that many milliseconds or somewhat more; returns how to call that off. */
  after(delayMs: number, call: () => void): () => void;
  /** Calls back once, after timers, sockets and everything else that is due had a turn. */
  soon(call: () => void): void;
}

/** The system's time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, Math.min(Math.max(0, Math.ceil(delayMs)), DELAY_MS_MAX));
    return () => clearTimeout(timer);
  },
  soon: (call) => void setImmediate(call),
};

/** Resolves after that many milliseconds. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve));
}

/** Whether something settles within that many milliseconds, kept or broken. */
export function settlesWithin(
  clock: Clock,
  work: Promise<unknown>,
  delayMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const callOff = clock.after(delayMs, () => resolve(false));
    const settled = () => {
      callOff();
      resolve(true);
    };
    work.then(settled, settled);
  });
}

/** What a timer of the runtime can hold. */
const DELAY_MS_MAX = 0x7fffffff;
