/**
 * What `raet bench` does.
 *
 * @module
 */
import { type ErrorCode, RaetError } from "../../base/errors.ts";
import { BODY_BYTES_MAX } from "../../base/limits.ts";
import { isPeerName } from "../../base/names.ts";
import type { Yard } from "../../client/yard.ts";
import { systemRandom } from "../../io/random.ts";
import type { Triple } from "../../route/triple.ts";
import { takeMessages } from "../claim.ts";
import { Progress } from "../send/progress.ts";
import type { Session } from "../session.ts";
import { withSuggestion } from "../suggest.ts";
import { formatBytes, formatMs } from "../text.ts";
import { Percentiles } from "./percentiles.ts";

/** How to measure. */
export interface BenchOptions {
  readonly ask?: true;
  readonly size?: number;
  readonly flight?: number;
  /** milliseconds */
  readonly for?: number;
  readonly share: string;
}

/** How long the first messages are not counted: sessions, caches and compilers warm up. */
const WARM_MS = 200;

/** Options of who measures. */
const MEASURING = ["ask", "size", "flight", "for"] as const;

/** Is the far end: takes what is sent, and answers what is asked with what it got. */
export async function serveBench(
  session: Session,
  estate: string | undefined,
  { share, ...measuring }: BenchOptions,
): Promise<void> {
  if (estate !== undefined) {
    throw new RaetError("usage", `--serve is the far end itself: expected no estate "${estate}"`);
  }
  const idle = MEASURING.find((name) => measuring[name] !== undefined);
  if (idle !== undefined) {
    throw new RaetError("usage", `--serve measures nothing, and ends on ^C: expected no --${idle}`);
  }
  let taken = 0;
  for await (const message of takeMessages(session, { share, doing: "serving" })) {
    taken++;
    if (message.asks) message.answer(message.body);
  }
  session.output.record({ taken }, `${taken.toLocaleString("en")} messages were taken`);
}

/** Measures one at a time, then many under way at once. */
export async function bench(
  session: Session,
  estate: string | undefined,
  options: BenchOptions,
): Promise<void> {
  if (estate === undefined || (estate !== "" && !isPeerName(estate))) {
    throw new RaetError("usage", `bench needs the estate to measure, such as beta, or --serve`);
  }
  const { size = 100, flight = 64, for: ms = 3000, share } = options;
  if (size > BODY_BYTES_MAX) {
    throw new RaetError("too_large", `no body has ${size} bytes: expected up to ${BODY_BYTES_MAX}`);
  }
  const yard = await session.attach();
  const to = { estate, yard: "", share };
  const body = systemRandom(size);
  const parts: Part[] = [];
  for (const inFlight of new Set([1, flight])) {
    if (session.signal.aborted) break;
    const part = new Part(yard, to, body, options.ask ? "ask" : "send", inFlight);
    {
      using _progress = new Progress(
        session.output,
        (ms) => `${inFlight} at once: ${part.sent.toLocaleString("en")}, ${formatMs(ms)}`,
      );
      await part.run(ms, session.signal);
    }
    if (part.times.count === 0 && part.failure) throw await explain(part.failure, to, yard);
    parts.push(part);
    if (session.output.json) session.output.record(part.row());
  }
  if (!session.output.json) printTable(session, parts);
  const failed = parts.reduce((sum, part) => sum + part.failed, 0);
  if (failed > 0) {
    const why = parts.findLast(({ failure }) => failure)?.failure?.message;
    throw new RaetError("some_failed", `${failed} messages failed, the last one: ${why}`);
  }
}

async function explain(error: RaetError, to: Triple, yard: Yard): Promise<RaetError> {
  if (error.code !== "no_share") return await withSuggestion(error, to, yard);
  const serve = to.share === "bench"
    ? "raet bench --serve"
    : `raet bench --serve --share ${to.share}`;
  return new RaetError(error.code, `${error.message}; start ${serve} there`);
}

/** One part of a bench: so many under way, for so long. */
class Part {
  readonly times = new Percentiles();
  sent = 0;
  failed = 0;
  failure: RaetError | null = null;
  #seconds = 0;
  /** Whether any came through, the uncounted first ones included. */
  #everWorked = false;

  constructor(
    readonly yard: Yard,
    readonly to: Triple,
    readonly body: Uint8Array,
    readonly what: "send" | "ask",
    readonly flight: number,
  ) {}

  async run(ms: number, signal: AbortSignal): Promise<void> {
    const warm = performance.now() + WARM_MS;
    await this.#pour(warm, signal);
    if (this.#isFutile()) return;
    this.sent = this.failed;
    this.times.clear();
    const began = performance.now();
    await this.#pour(began + ms, signal);
    this.#seconds = (performance.now() - began) / 1000;
  }

  row() {
    const { sent, failed, flight, what, body, times } = this;
    const perSecond = times.count / Math.max(this.#seconds, 0.001);
    return {
      estate: this.to.estate || this.yard.manor.estate,
      what,
      flight,
      size: body.length,
      sent,
      failed,
      seconds: Math.round(this.#seconds * 1000) / 1000,
      perSecond: Math.round(perSecond),
      bytesPerSecond: Math.round(perSecond * body.length),
      minMs: times.at(0),
      p50Ms: times.at(0.5),
      p90Ms: times.at(0.9),
      p99Ms: times.at(0.99),
      p999Ms: times.at(0.999),
      maxMs: times.at(1),
    };
  }

  /** As many loops as may be under way, each one message after the other. */
  async #pour(until: number, signal: AbortSignal): Promise<void> {
    const loop = async () => {
      do await this.#one(signal); while (
        performance.now() < until && !signal.aborted && !this.#isFutile()
      );
    };
    await Promise.all(Array.from({ length: this.flight }, loop));
  }

  async #one(signal: AbortSignal): Promise<void> {
    this.sent++;
    const began = performance.now();
    const failure = await this.#send(signal);
    if (!failure) {
      this.#everWorked = true;
      return this.times.add(performance.now() - began);
    }
    if (signal.aborted) {
      this.sent--;
      return;
    }
    this.failed++;
    this.failure = new RaetError(failure.code, failure.message);
  }

  async #send(signal: AbortSignal): Promise<{ code: ErrorCode; message: string } | null> {
    if (this.what === "send") {
      const outcome = await this.yard.send(this.to, this.body, { signal }).outcome;
      return "code" in outcome ? outcome : null;
    }
    const answer = await this.yard.ask(this.to, this.body, { signal });
    if (answer.status === "answered") return null;
    return answer.status === "error" ? { code: "answered_error", message: answer.message } : answer;
  }

  /** Nothing has arrived, and something failed. */
  #isFutile(): boolean {
    return this.failure !== null && !this.#everWorked;
  }
}

function printTable({ output }: Session, parts: readonly Part[]): void {
  const ms = (value: number) => formatMs(value);
  output.rows(parts.map((part) => part.row()), [
    ["WHAT", ({ what }) => what],
    ["AT ONCE", ({ flight }) => String(flight)],
    ["SIZE", ({ size }) => formatBytes(size)],
    ["COUNT", ({ sent }) => sent.toLocaleString("en")],
    ["A SECOND", ({ perSecond }) => perSecond.toLocaleString("en")],
    ["BYTES/S", ({ bytesPerSecond }) => formatBytes(bytesPerSecond)],
    ["P50", ({ p50Ms }) => ms(p50Ms)],
    ["P90", ({ p90Ms }) => ms(p90Ms)],
    ["P99", ({ p99Ms }) => ms(p99Ms)],
    ["P99.9", ({ p999Ms }) => ms(p999Ms)],
    ["MAX", ({ maxMs }) => ms(maxMs)],
  ], "nothing was measured");
}
