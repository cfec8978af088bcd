/**
 * Files that are written and read for an operator: readable by nobody else.
 *
 * @module
 */
import { fchmodSync, fstatSync, openSync, statSync } from "node:fs";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { RaetError } from "../base/errors.ts";
import { codeOf, fillFile, reasonNotMade } from "../io/private.ts";
import { namedPath, readWholeFile } from "../io/whole_file.ts";

/**
 * Writes a file, 0600; how many bytes it holds.
 *
 * @param force write over one that is there
 * @throws {RaetError} usage, if it can't be written or is there already
 */
export function writePrivateFile(path: string, text: string, force: boolean): number {
  const bytes = utf8(text);
  const fd = openPrivateFile(path, force);
  try {
    fillFile(fd, namedPath(path), bytes, !force);
  } catch (error) {
    throw notWritten(path, error);
  }
  return bytes.length;
}

/**
 * Opens a file to write, 0600. What is there and holds nothing, as a pipe or a device, is written to as it is.
 *
 * @param force write over a file that is there
 * @returns its descriptor
 * @throws {RaetError} usage, if it can't be written or is there already
 */
export function openPrivateFile(path: string, force: boolean): number {
  const place = namedPath(path);
  try {
    const fd = openSync(place, force || isNoFile(place) ? "w" : "wx", 0o600);
    if (fstatSync(fd).isFile()) fchmodSync(fd, 0o600); // one that was there may have been open to others
    return fd;
  } catch (error) {
    throw notWritten(path, error);
  }
}

/** Why a file can't be written. */
export function notWritten(path: string, cause: unknown): RaetError {
  const hint = codeOf(cause) === "EEXIST" ? "; --force writes over it" : "";
  const what = `file "${path}" can't be written: ${reasonNotMade(cause)}${hint}`;
  return new RaetError("usage", what, { cause });
}

function isNoFile(place: string): boolean {
  const found = statSync(place, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile();
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
