/**
 * Files that a console writes and reads for its operator: readable by nobody else.
 *
 * @module
 */
import { closeSync, fchmodSync, openSync, writeFileSync } from "node:fs";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { RaetError } from "../base/errors.ts";
import { codeOf, reasonNotMade } from "../io/private.ts";
import { namedPath, readWholeFile } from "../io/whole_file.ts";

/**
 * Writes a file, 0600; how many bytes it holds.
 *
 * @param force write over one that is there; null where its caller has no such option
 * @throws {RaetError} usage, if it can't be written or is there already
 */
export function writePrivateFile(path: string, text: string, force: boolean | null): number {
  const bytes = utf8(text);
  try {
    const fd = openSync(namedPath(path), force ? "w" : "wx", 0o600);
    try {
      fchmodSync(fd, 0o600); // one that was there may have been open to others
      writeFileSync(fd, bytes);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const otherwise = force === null ? ": expected a new file" : "; --force writes over it";
    const hint = codeOf(error) === "EEXIST" ? otherwise : "";
    throw new RaetError("usage", `"${path}" can't be written: ${reasonNotMade(error)}${hint}`);
  }
  return bytes.length;
}

/**
 * Reads a file of text.
 *
 * @throws {RaetError} usage, if it can't be read, or is no text; too_large
 */
export async function readTextFile(path: string, bytesMax: number): Promise<string> {
  const text = fromUtf8(await readWholeFile(path, bytesMax));
  if (text === null) throw new RaetError("usage", `"${path}" is not UTF-8 text`);
  return text;
}
