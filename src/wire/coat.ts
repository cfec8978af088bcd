/**
 * The nacl coat: a body sealed under the short-term keys of a session (protocol.md 1.3). The box
 * comes first and its nonce after it; an empty body has an empty coat.
 *
 * @module
 */
import { concatBytes } from "../base/bytes.ts";
import type { Random } from "../base/random.ts";
import { type Box, BOX_OVERHEAD_BYTES, NONCE_BYTES } from "../crypto/port.ts";

/** Bytes that a coat adds to a body that is not empty. */
export const COAT_OVERHEAD_BYTES = BOX_OVERHEAD_BYTES + NONCE_BYTES;

/** Seals a packed body; an empty one stays empty and draws no nonce. */
export function sealCoat(plain: Uint8Array, box: Box, random: Random): Uint8Array {
  if (plain.length === 0) return plain;
  const nonce = random(NONCE_BYTES);
  return concatBytes(box.seal(plain, nonce), nonce);
}

/** Opens a coat; null if it was not sealed with this box. An empty one is an empty body. */
export function openCoat(coat: Uint8Array, box: Box): Uint8Array | null {
  if (coat.length === 0) return coat;
  if (coat.length <= COAT_OVERHEAD_BYTES) return null;
  const sealed = coat.length - NONCE_BYTES;
  return box.open(coat.subarray(0, sealed), coat.subarray(sealed));
}
