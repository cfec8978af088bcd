/**
 * The two ways to put load on something: many under way at once, and one at a time.
 *
 * @module
 */

/** How much to send. */
export interface Load {
  readonly count: number;
  /** how many are under way at the same time */
  readonly width: number;
  /** of the packed body of each */
  readonly bytes: number;
}

/** Times of single exchanges. */
export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Keeps that many under way until all have ended.
 *
 * @param begin starts one; calls back at its end, but never before it has returned
 * @returns seconds from the first beginning to the last end
 */
export function pour(load: Load, begin: (ended: (error?: Error) => void) => void): Promise<number> {
  const { count, width } = load;
  const startedAt = performance.now();
  let [begun, ended] = [0, 0];
  return new Promise((resolve, reject) => {
    const next = () => {
      begun++;
      begin(onEnd);
    };
    const onEnd = (error?: Error) => {
      if (error) return reject(error);
      if (++ended === count) return resolve((performance.now() - startedAt) / 1000);
      if (begun < count) next();
    };
    while (begun < Math.min(width, count)) next();
  });
}

/**
 * Does something again and again, each after the one before has ended.
 *
 * @param pauseMs before each: what is still awake from the last is then asleep
 */
export async function oneAtATime(
  count: number,
  exchange: () => Promise<void>,
  pauseMs: number = 0,
): Promise<Latency> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const begunAt = performance.now();
    await exchange();
    times.push(performance.now() - begunAt);
  }
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(count - 1, Math.floor(count * part))];
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** The body that has that many bytes as JSON. */
export function textBody(bytes: number): { data: string } {
  return { data: "abcdefghijklmno ".repeat(Math.ceil(bytes / 16)).slice(0, bytes - OVERHEAD) };
}

const OVERHEAD = '{"data":""}'.length;
