/**
 * Folders and files that nobody else may look into, and errors of the file system as ours.
 *
 * @module
 */
import fs from "node:fs";
import nodePath from "node:path";
import process from "node:process";
import { RaetError } from "../base/errors.ts";

/** Mode of a folder of ours. */
export const FOLDER_MODE = 0o700;
/** Mode of a file of ours. */
export const FILE_MODE = 0o600;

/** Whether the system knows owners and modes at all. */
const HAS_MODES = process.platform !== "win32";

/** Makes a folder and those above it that are missing, each 0700 and on disk when this returns. */
export function makeFolder(path: string): void {
  if (fs.existsSync(path)) return;
  const parent = nodePath.dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    fs.mkdirSync(path, { mode: FOLDER_MODE });
    syncFolder(parent);
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw fileError(path, "made", cause);
  }
}

/** Puts on disk what was made, renamed or removed in a folder. */
export function syncFolder(path: string): void {
  if (!HAS_MODES) return; // Windows has no such call, and needs none
  const fd = fs.openSync(path, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Writes all of a file that was just opened, and closes it. Where that fails one that was made for it goes
 * again: half of it, as on a full disk, would be in the way of the next.
 *
 * @param fd its descriptor
 * @param isNew whether it was made for this
 */
export function fillFile(
  fd: number,
  path: string,
  content: string | Uint8Array,
  isNew: boolean,
): void {
  try {
    fs.writeFileSync(fd, content);
  } catch (error) {
    if (isNew && fs.fstatSync(fd).isFile()) fs.unlinkSync(path);
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/** Whether no other user but root can reach what lies in a folder. */
export function isPrivate(stat: fs.Stats): boolean {
  return !HAS_MODES || (stat.mode & 0o077) === 0;
}

/** Whether no other user but root can make, rename or remove what lies in a folder. */
export function isOursToChange(stat: fs.Stats): boolean {
  return !HAS_MODES || (stat.mode & 0o022) === 0;
}

/** Whether a file or folder belongs to the user that this process runs as. */
export function isOwn(stat: fs.Stats): boolean {
  return !HAS_MODES || stat.uid === process.getuid?.();
}

/** A mode as people write it: `0755`. */
export function formatMode(stat: fs.Stats): string {
  return (stat.mode & 0o7777).toString(8).padStart(4, "0");
}

/** What stands at a path, links not followed; null if nothing does. */
export function lstatOrNull(path: string): fs.Stats | null {
  try {
    return fs.lstatSync(path);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return null;
    throw fileError(path, "looked at", cause);
  }
}

/** Paths of the sockets in a folder. Each is looked at: Deno's folder entries know no sockets. */
export function socketsIn(folder: string): string[] {
  return fs.readdirSync(folder).map((name) => nodePath.join(folder, name))
    .filter((path) => lstatOrNull(path)?.isSocket());
}

/** The system's name for what went wrong: `ENOENT`. */
export function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}

const REASONS: Record<string, string> = {
  EACCES: "this user may not",
  EPERM: "this user may not",
  EROFS: "the file system is read-only",
  ENOSPC: "the file system is full",
  EDQUOT: "this user's quota is used up",
  ENOTEMPTY: "something else lies in it",
  ENOENT: "it is not there",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is a file",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
  EEXIST: "it is there already",
};

/** Why the file system did not do what it was told, in a few words. */
export function reasonOf(cause: unknown): string {
  // Of what the kernel makes up as it is read Deno lets nobody read anything who may not do everything.
  if (cause instanceof Error && cause.name === "NotCapable") {
    return "this program is not let in there";
  }
  const code = codeOf(cause);
  return REASONS[code] ?? (code || String(cause));
}

/** The same of a file that was to be made: what is not there is its folder. */
export function reasonNotMade(cause: unknown): string {
  return codeOf(cause) === "ENOENT" ? "its folder is not there" : reasonOf(cause);
}

/** A failure of the file system as a `bad_config` error. */
export function fileError(path: string, action: string, cause: unknown): RaetError {
  return new RaetError("bad_config", `"${path}" can't be ${action}: ${reasonOf(cause)}`, { cause });
}
