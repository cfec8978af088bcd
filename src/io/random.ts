/**
 * Chance from the system.
 *
 * @module
 */
import type { Random } from "../base/random.ts";

/** Most that the system gives at once. */
const BYTES_AT_ONCE = 65_536;

/** Bytes fit for keys and nonces. */
export const systemRandom: Random = (length) => {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += BYTES_AT_ONCE) {
    crypto.getRandomValues(bytes.subarray(start, start + BYTES_AT_ONCE));
  }
  return bytes;
};
