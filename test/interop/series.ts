/**
 * Messages that both sides can make by themselves, so that only hashes have to be compared. The
 * Python half is make_load and make_body of peer.py.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** Some messages of one size to one receiver. */
export interface Series {
  /** Tells this series from others. */
  readonly label: string;
  readonly count: number;
  /** Characters or bytes of load in each. */
  readonly size: number;
  /** Whether the load is bytes and not text; msgpack only. */
  readonly bytes?: boolean;
  /** A route to put in each body; the reference only, which gives it no meaning. */
  readonly route?: Readonly<Record<"src" | "dst", readonly (string | null)[]>>;
}

/** What a receiver tells of one message. */
export interface Received {
  readonly source: string;
  readonly label: string;
  readonly index: number;
  readonly size: number;
  readonly type: "text" | "bytes";
  readonly sha256: string;
  /** Keys of the body besides ours. */
  readonly keys: readonly string[];
}

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");

/** The load of one message as text. */
export function makeLoad(label: string, index: number, size: number): string {
  let text = "";
  for (let block = 0; text.length < size; block++) text += sha256(`${label}/${index}/${block}`);
  return text.slice(0, size);
}

/** The body of one message. */
export function makeBody(
  series: Series,
  index: number,
): { label: string; index: number; load: string | Uint8Array } {
  const text = makeLoad(series.label, index, series.size);
  return { label: series.label, index, load: series.bytes ? new TextEncoder().encode(text) : text };
}

/** What to tell of a body that was received. */
export function describeBody(source: string, body: Record<string, unknown>): Received {
  const { label, index, load, ...others } = body;
  const raw = load instanceof Uint8Array ? load : new TextEncoder().encode(String(load));
  return {
    source,
    label: String(label),
    index: Number(index),
    size: raw.length,
    type: load instanceof Uint8Array ? "bytes" : "text",
    sha256: sha256(raw),
    keys: Object.keys(others).sort(),
  };
}

/** How many different messages of a series have arrived. */
export function arrived(received: readonly Received[], series: Series): number {
  return new Set(received.filter(({ label }) => label === series.label).map((r) => r.index)).size;
}

/** What is wrong with what arrived of a series that should have arrived whole and once; "" if nothing. */
export function faultsOf(
  received: readonly Received[],
  series: Series,
  source: string,
): string {
  const counts = new Map<number, number>();
  for (const message of received.filter(({ label }) => label === series.label)) {
    counts.set(message.index, (counts.get(message.index) ?? 0) + 1);
    const fault = bodyFault(message, series, source);
    if (fault) return `${series.label} ${message.index}: ${fault}`;
  }
  const missing = series.count - counts.size;
  const twice = [...counts.values()].filter((count) => count > 1).length;
  return missing || twice ? `${series.label}: ${missing} missing, ${twice} more than once` : "";
}

function bodyFault(message: Received, series: Series, source: string): string {
  if (message.source !== source) return `came from ${message.source} instead of ${source}`;
  if (message.size !== series.size) return `${message.size} instead of ${series.size} bytes`;
  if (message.type !== (series.bytes ? "bytes" : "text")) return `load came as ${message.type}`;
  if (message.keys.length > 0) return `has keys of its own: ${message.keys.join(" ")}`;
  const expected = sha256(makeLoad(series.label, message.index, series.size));
  return message.sha256 === expected ? "" : "the load is another";
}
