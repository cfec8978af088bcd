/**
 * Files that a person names on a command line.
 *
 * @module
 */
import { open } from "node:fs/promises";
import { RaetError } from "../base/errors.ts";
import { concatBytes } from "../base/bytes.ts";
import { reasonOf } from "./private.ts";

const CHUNK_BYTES = 1024 * 1024;

/**
 * All bytes of a file or a pipe.
 *
 * @throws {RaetError} `usage` if it can't be read, `too_large` past the bound
 */
export async function readWholeFile(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    await using file = await open(path, "r");
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) return concatBytes(...parts);
      length += bytesRead;
      if (length > bytesMax) {
        throw new RaetError("too_large", `file "${path}" holds more than ${bytesMax} bytes`);
      }
      parts.push(buffer.subarray(0, bytesRead));
    }
  } catch (error) {
    if (error instanceof RaetError) throw error;
    const what = `file "${path}" can't be read: ${reasonOf(error)}`;
    throw new RaetError("usage", what, { cause: error });
  }
}
