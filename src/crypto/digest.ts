/**
 * SHA-256, the one hash that RAET needs besides those inside the ciphers, with a key and without.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";

/** SHA-256 over the parts one after the other, as 64 lower-case hex digits. */
export function sha256Hex(...parts: Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** HMAC-SHA-256 over the parts one after the other, 32 bytes. */
export function hmacSha256(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}
