/**
 * An input as a script: what happens in a session is decided by its bytes, one after the other, so that
 * a session can be kept, changed and played again like any other input.
 *
 * @module
 */

/** Bytes that are taken one by one. */
export class Script {
  #at = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** Whether there is more. */
  get goesOn(): boolean {
    return this.#at < this.bytes.length;
  }

  /** The next byte, 0 at the end. */
  next(): number {
    return this.bytes[this.#at++] ?? 0;
  }

  /** Changes some bytes as the next three of the script say; shorter, longer or as long. */
  damage(original: Uint8Array): Uint8Array {
    const [how, where, value] = [this.next(), this.next(), this.next()];
    const at = Math.floor(where * original.length / 256);
    switch (how % 4) {
      case 0:
        return original.with(Math.min(at, original.length - 1), value);
      case 1:
        return original.slice(0, at);
      case 2: {
        const longer = new Uint8Array(original.length + value);
        longer.set(original);
        return longer;
      }
      default: {
        // A number made of one digit more or less, a quote, a bracket: what texts break at.
        const result = original.slice();
        result.set(TOKENS[value % TOKENS.length].subarray(0, original.length - at), at);
        return result;
      }
    }
  }
}

const encoder = new TextEncoder();
const TOKENS = ['"', "{", "]", "-1", "9999999999", "null", "\x00", "\xff", "[[[[", "/", ".."].map(
  (text) => encoder.encode(text),
);
