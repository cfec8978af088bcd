/**
 * Waiting that ^C ends.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";

/** More would not fit a timer, which would end at once. */
const STEP_MS_MAX = 2 ** 31 - 1;

/** Waits so many milliseconds, or until it is given up; not at all if there are none. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  while (ms > 0 && !signal.aborted) {
    const step = Math.min(ms, STEP_MS_MAX);
    await pauseStep(step, signal);
    ms -= step;
  }
}

function pauseStep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

/**
 * What comes from a source that may stay silent for long, until it is given up.
 *
 * @throws {RaetError} `expired` then, as of a message that is given up before it was sent
 */
export async function* untilGivenUp<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const items = source[Symbol.asyncIterator]();
  for (;;) {
    const { promise: aborted, resolve } = Promise.withResolvers<null>();
    const giveUp = () => resolve(null);
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp);
    const next = await Promise.race([items.next(), aborted])
      .finally(() => signal.removeEventListener("abort", giveUp));
    // The source is left as it is: it may be in the middle of a read that nothing ends.
    if (next === null) throw new RaetError("expired", "the command was ended before its input was");
    if (next.done) return;
    yield next.value;
  }
}
