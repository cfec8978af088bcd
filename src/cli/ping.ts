/**
 * What `raet ping` does.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { PING_MS_MAX } from "../base/limits.ts";
import { isPeerName } from "../base/names.ts";
import { pause, unlessGivenUp } from "./pause.ts";
import type { Session } from "./session.ts";
import { withSuggestion } from "./suggest.ts";
import { formatMs, paint } from "./text.ts";

/** How to ping. Times are milliseconds. */
export interface PingOptions {
  readonly count?: number;
  readonly interval?: number;
  readonly timeout?: number;
}

/** Failures that the next ping would end in as well. */
const FINAL = ["no_estate", "refused", "rejected", "denied", "no_manor", "usage"];

/** Pings an estate, and sums up. */
export async function ping(session: Session, estate: string, options: PingOptions): Promise<void> {
  const { count = 5, interval = 1000, timeout = 3000 } = options;
  const { output, signal } = session;
  if (!isPeerName(estate)) {
    throw new RaetError("usage", `"${estate}" is no estate: expected a name such as beta`);
  }
  if (timeout > PING_MS_MAX) {
    const most = PING_MS_MAX / 1000;
    throw new RaetError(
      "usage",
      `a ping waits no longer than ${most} s, but got ${timeout / 1000}`,
    );
  }
  const yard = await session.attach();
  const to = { estate, yard: "", share: "" };
  const times: number[] = [];
  const began = performance.now();
  let [sent, lastError]: [number, RaetError | null] = [0, null];
  while (sent < count && !signal.aborted) {
    await pause(began + sent * interval - performance.now(), signal);
    if (signal.aborted) break;
    const n = ++sent;
    try {
      const answer = yard.control("ping", { estate, timeoutMs: timeout });
      const ms = rounded((await unlessGivenUp(answer, signal, "it was answered")).ms);
      times.push(ms);
      output.record({ estate, n, ms }, [`${n}  `, paint("cyan", estate), `  ${formatMs(ms)}`]);
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      if (signal.aborted) { // one that nobody waits for any more is not lost
        sent--;
        break;
      }
      if (FINAL.includes(error.code)) throw await withSuggestion(error, to, yard);
      lastError = error;
      const { code, message } = error;
      output.record({ estate, n, error: { code, message } }, [
        `${n}  `,
        paint("cyan", estate),
        "  ",
        paint("red", message),
      ]);
    }
  }
  sumUp(session, estate, sent, times);
  if (!lastError) return;
  if (times.length === 0) throw lastError;
  throw new RaetError("some_failed", `${sent - times.length} of ${sent} pings had no answer`);
}

function sumUp({ output }: Session, estate: string, sent: number, times: number[]): void {
  const answered = times.length;
  const lossPercent = sent === 0 ? 0 : rounded((sent - answered) / sent * 100);
  const any = answered > 0;
  const minMs = any ? times.reduce((least, ms) => Math.min(least, ms)) : null;
  const avgMs = any ? rounded(times.reduce((sum, ms) => sum + ms, 0) / answered) : null;
  const maxMs = any ? times.reduce((most, ms) => Math.max(most, ms)) : null;
  const spread = [minMs, avgMs, maxMs].map((ms) => ms === null ? "-" : formatMs(ms)).join(" / ");
  output.record(
    { estate, sent, answered, lossPercent, minMs, avgMs, maxMs },
    `${sent} sent, ${answered} answered, ${lossPercent}% lost; min / avg / max ${spread}`,
  );
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
