/**
 * Keys as text: 64 lower-case hex digits, on the wire of a join and in the keep. Upper-case digits
 * would be another key to the reference, which compares the text, so they are no key here.
 *
 * @module
 */
import { fromHex, toHex } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import { KEY_BYTES } from "./port.ts";

/** The 32 bytes of a key's text, or null if it isn't 64 lower-case hex digits. */
export function keyFromHex(text: unknown): Uint8Array | null {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text) ? fromHex(text) : null;
}

/** The text of a key. */
export function keyToHex(key: Uint8Array): string {
  assert(key.length === KEY_BYTES, "a key has 32 bytes");
  return toHex(key);
}
