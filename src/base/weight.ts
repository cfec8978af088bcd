/**
 * About how much memory a value takes, for queues that are bounded by it.
 *
 * @module
 */
import type { Value } from "./value.ts";

/** Bytes, roughly. Texts and byte strings are not looked into: their length is known. */
export function weightOf(value: Value): number {
  if (typeof value === "string") return OVERHEAD_BYTES + value.length;
  if (typeof value !== "object" || value === null) return SMALL_BYTES;
  if (value instanceof Uint8Array) return BUFFER_BYTES + value.length;
  let bytes = OVERHEAD_BYTES;
  if (Array.isArray(value)) { for (const item of value) bytes += weightOf(item); }
  else for (const key in value) bytes += OVERHEAD_BYTES + key.length + weightOf(value[key]);
  return bytes;
}

const SMALL_BYTES = 8;
const OVERHEAD_BYTES = 32;
/** A byte string is an array with a buffer, which the runtime keeps outside of its heap. */
const BUFFER_BYTES = 400;
