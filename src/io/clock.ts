/**
 * The time, for whoever drives a stack.
 *
 * @module
 */

/** Two readings of time. */
export interface Clock {
  /** Milliseconds since some moment: never goes back, whatever is done to the system's date. */
  now(): number;
  /** Milliseconds since 1970, for what people read. */
  date(): number;
}

/** The system's time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
};
