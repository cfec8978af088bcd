/**
 * Lines that say how far messages are.
 *
 * @module
 */
import type { Value } from "../../base/value.ts";
import type { Yard } from "../../client/yard.ts";
import { formatTriple, type Triple } from "../../route/triple.ts";
import { formatBytes, formatMs } from "../text.ts";
import { drawBar } from "./progress.ts";

/** How far many messages are; `expected` is null if nobody knows how many there will be. */
export function manyLine(ended: number, expected: number | null, ms: number): string {
  const speed = `${Math.round(ended / ms * 1000).toLocaleString("en")} a second`;
  const count = ended.toLocaleString("en");
  if (expected === null) return `${count} messages, ${speed}`;
  return `${drawBar(ended / expected)}  ${count} of ${expected.toLocaleString("en")}, ${speed}`;
}

/** How far one message is, as the transaction that carries it tells. */
export async function messageLine(
  yard: Pick<Yard, "control">,
  to: Triple,
  body: Value,
  ms: number,
): Promise<string> {
  const shown = formatTriple(to);
  const waiting = `sending to ${shown}, ${formatMs(ms)}`;
  const { rows } = await yard.control("transactions", {});
  const carrying = rows.filter(({ kind, ours, estate, state }) =>
    kind === "message" && ours && estate === to.estate && state === "open"
  );
  const sent = Math.max(0, ...carrying.map(({ bytes }) => bytes));
  const size = sizeOf(body);
  if (sent === 0 || size < 65_536) return waiting;
  return `${drawBar(Math.min(0.99, sent / size))}  ${formatBytes(size)} to ${shown}`;
}

/** About how many bytes a body takes. */
function sizeOf(body: Value): number {
  if (typeof body === "string" || body instanceof Uint8Array) return body.length;
  if (Array.isArray(body)) return body.reduce((sum: number, part) => sum + sizeOf(part), 0);
  if (typeof body !== "object" || body === null) return 8;
  return Object.entries(body).reduce((sum, [key, part]) => sum + key.length + sizeOf(part), 0);
}
