/**
 * The names of senders: socket addresses as text.
 *
 * @module
 */
import { fromUtf8 } from "../base/bytes.ts";

/** Addresses whose text is kept. */
const KNOWN_MAX = 1024;

/** Reads source addresses. Most datagrams come from few peers, so the texts are kept. */
export class SourcePaths {
  readonly #known = new Map<number, { bytes: Uint8Array; path: string }>();

  /** The path in an address of that length; empty if it has none, or none that is text. */
  read(address: Uint8Array, length: number): string {
    if (length <= 3 || address[2] === 0) return "";
    let end = 2;
    let hash = 0;
    for (; end < length && address[end] !== 0; end++) {
      hash = (Math.imul(hash, 31) + address[end]) | 0;
    }
    const known = this.#known.get(hash);
    if (known !== undefined && sameBytes(known.bytes, address, end)) return known.path;
    const bytes = address.slice(2, end);
    const path = fromUtf8(bytes) ?? "";
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(hash, { bytes, path });
    return path;
  }
}

function sameBytes(bytes: Uint8Array, address: Uint8Array, end: number): boolean {
  if (bytes.length !== end - 2) return false;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== address[i + 2]) return false;
  return true;
}
