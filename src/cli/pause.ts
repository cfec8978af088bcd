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
 * What some work gives, unless it is given up before: the work itself is left as it is.
 *
 * @param what what the command was ended before, if so
 * @throws {RaetError} `expired` then, as of a message that is given up before it was sent
 */
export async function unlessGivenUp<T>(
  work: Promise<T>,
  signal: AbortSignal,
  what: string,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new RaetError("expired", `the command was ended before ${what}`));
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp);
  return await Promise.race([work, aborted])
    .finally(() => signal.removeEventListener("abort", giveUp));
}

/**
 * What comes from a source that may stay silent for long, until it is given up.
 *
 * @throws {RaetError} `expired` then
 */
export async function* untilGivenUp<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const items = source[Symbol.asyncIterator]();
  for (;;) {
    // The source is left as it is: it may be in the middle of a read that nothing ends.
    const next = await unlessGivenUp(items.next(), signal, "its input was");
    if (next.done) return;
    yield next.value;
  }
}
