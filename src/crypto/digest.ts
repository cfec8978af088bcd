/**
 * SHA-256, the one hash that RAET needs besides those inside the ciphers.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** SHA-256 over the parts one after the other, as 64 lower-case hex digits. */
export function sha256Hex(...parts: Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
