/**
 * Files that a person names on a command line.
 *
 * @module
 */
import { open } from "node:fs/promises";
import { homedir } from "node:os";
import process from "node:process";
import { RaetError } from "../base/errors.ts";
import { joinBytes } from "../base/bytes.ts";
import { reasonOf } from "./private.ts";

const CHUNK_BYTES = 1024 * 1024;

/**
 * Where a file lies that a person named: `~/` is the user's own folder. A console has no shell before it
 * that would say so, and no shell does in the middle of a word such as `@~/report.json`.
 */
export function namedPath(path: string): string {
  return path.startsWith("~/") ? `${process.env.HOME || homedir()}${path.slice(1)}` : path;
}

/**
 * All bytes of a file or a pipe.
 *
 * @throws {RaetError} `usage` if it can't be read, `too_large` past the bound
 */
export async function readWholeFile(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    await using file = await open(namedPath(path), "r");
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) return joinBytes(parts);
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
