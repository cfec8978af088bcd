/**
 * Something that fuzzing found.
 *
 * @module
 */
import { toHex } from "../../src/base/bytes.ts";

/** A target that did what it must not, with the input that shows it. */
export class Finding extends Error {
  /**
   * @param target the name of the target
   * @param input what it was given
   * @param what what it did
   */
  constructor(readonly target: string, readonly input: Uint8Array, what: string, cause?: unknown) {
    super(
      `${target}: ${what}\n  the input, ${input.length} bytes in hex: ${toHex(input)}\n` +
        `  again: deno task fuzz --only ${target} --input HEX`,
      { cause },
    );
    this.name = "Finding";
  }
}
