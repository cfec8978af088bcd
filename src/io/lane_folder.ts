/**
 * Where the sockets of a lane lie. The kernel takes socket paths of about a hundred bytes only, so a
 * home with a long path has a short folder elsewhere and `HOME/lane` is a link to it.
 *
 * Invariants: the folder is of this user and 0700 whenever it is handed out; a short folder holds the
 * path of its home in the file `home`, so that a copied or moved home doesn't share the lane of the
 * first; a folder of somebody else is never used, and one is never found by a name that can be guessed.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import nodePath from "node:path";
import process from "node:process";
import { RaetError } from "../base/errors.ts";
import { SOCKET_PATH_BYTES_MAX } from "../base/limits.ts";
import type { Home } from "./home.ts";
import {
  FILE_MODE,
  fileError,
  FOLDER_MODE,
  formatMode,
  isOursToChange,
  isOwn,
  isPrivate,
  lstatOrNull,
  socketsIn,
} from "./private.ts";

/** Longest yard name for which room is made; yards with longer names may find none. */
const YARD_CHARS = 24;
/** The file that names the home of a short folder. No socket is called that. */
const MARKER = "home";

/**
 * The folder for the sockets of a home's lane, made if need be. For the manor, which holds the lock.
 *
 * @param lane the lane's name, which every socket's name begins with
 * @returns an absolute path without links
 * @throws {RaetError} `bad_config` if there is no place where the paths are short enough, or what stands
 * at `HOME/lane` is not ours
 */
export function openLaneFolder(
  home: Home,
  lane: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const found = findLaneFolder(home);
  if (found !== null && fits(found, lane)) return found;
  try {
    clearLane(home);
    if (!fits(home.lane, lane)) return makeShortFolder(home, lane, env);
    fs.mkdirSync(home.lane, { mode: FOLDER_MODE });
    return home.lane;
  } catch (cause) {
    throw cause instanceof RaetError ? cause : fileError(home.lane, "made", cause);
  }
}

/**
 * The folder where the sockets of a home's lane lie now, or null if there is none. For everybody who
 * looks for a manor.
 *
 * @throws {RaetError} `bad_config` if what stands there is open to other users, or not ours
 */
export function findLaneFolder(home: Home): string | null {
  const stat = lstatOrNull(home.lane);
  if (!stat) return null;
  if (stat.isSymbolicLink()) return shortFolderOf(home);
  if (stat.isDirectory() && isOwn(stat) && isPrivate(stat)) return home.lane;
  if (stat.isDirectory() && !isOwn(stat)) {
    throw new RaetError(
      "bad_config",
      `"${home.lane}" belongs to user ${stat.uid}: expected to be run as that user, as by ` +
        `sudo -u "#${stat.uid}"`,
    );
  }
  throw new RaetError(
    "bad_config",
    `"${home.lane}" is not a folder of this user alone (owner ${stat.uid}, mode ` +
      `${formatMode(stat)}): expected one of mode 0700, or nothing`,
  );
}

/** Removes the folder, and the link, unless a socket lies there still. */
export function closeLaneFolder(home: Home): void {
  try {
    const folder = findLaneFolder(home);
    if (folder === null) return;
    if (folder !== home.lane && fs.readdirSync(folder).every((name) => name === MARKER)) {
      fs.rmSync(home.lane, { force: true });
      fs.rmSync(nodePath.join(folder, MARKER), { force: true });
    }
    fs.rmdirSync(folder);
  } catch {
    // a yard is still there, or came at this moment: it will be found in place of a new folder
  }
}

/** The target of the link, if it is a folder that was made for this home and that nobody else reaches. */
function shortFolderOf(home: Home): string | null {
  const folder = fs.readlinkSync(home.lane);
  const stat = nodePath.isAbsolute(folder) ? lstatOrNull(folder) : null;
  if (!stat?.isDirectory() || !isOwn(stat) || !isPrivate(stat)) return null;
  const marker = nodePath.join(folder, MARKER);
  const isOurs = lstatOrNull(marker)?.isFile() && fs.readFileSync(marker, "utf8") === home.root;
  return isOurs ? folder : null;
}

/** Takes away a link, or a folder in which nothing can be bound any more. */
function clearLane(home: Home): void {
  closeLaneFolder(home);
  const stat = lstatOrNull(home.lane);
  if (stat?.isSymbolicLink()) fs.unlinkSync(home.lane);
  if (!stat?.isDirectory()) return;
  for (const path of socketsIn(home.lane)) fs.unlinkSync(path);
  fs.rmdirSync(home.lane);
}

function makeShortFolder(
  home: Home,
  lane: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const places = [env.XDG_RUNTIME_DIR, env.TMPDIR, os.tmpdir(), "/tmp"].flatMap(usablePlace);
  const place = places.find((place) => fits(nodePath.join(place, "raet-xxxxxx"), lane));
  if (place === undefined) {
    const path = socketPath(home.lane, lane);
    throw new RaetError(
      "bad_config",
      `"${path}" is too long for a socket, and so it is in ${
        places.join(", ") || "no other place"
      }: ` +
        `expected at most ${SOCKET_PATH_BYTES_MAX} bytes, by a home or a name that is shorter`,
    );
  }
  const folder = fs.mkdtempSync(nodePath.join(place, "raet-")); // 0700, of a name nobody could guess
  try {
    fs.chmodSync(folder, FOLDER_MODE);
    fs.writeFileSync(nodePath.join(folder, MARKER), home.root, { mode: FILE_MODE });
    fs.symlinkSync(folder, home.lane);
    return folder;
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true }); // nobody would find it any more
    throw error;
  }
}

/** A folder in which another user can't rename or remove ours: only we write to it, or it is sticky. */
function usablePlace(path: string | undefined): string[] {
  if (!path || !nodePath.isAbsolute(path)) return [];
  try {
    const real = fs.realpathSync(path);
    const stat = fs.statSync(real);
    const isSticky = (stat.mode & 0o1000) !== 0;
    const isTrusted = isOwn(stat) || stat.uid === 0;
    return stat.isDirectory() && isTrusted && (isOursToChange(stat) || isSticky) ? [real] : [];
  } catch {
    return [];
  }
}

function fits(folder: string, lane: string): boolean {
  return new TextEncoder().encode(socketPath(folder, lane)).length <= SOCKET_PATH_BYTES_MAX;
}

function socketPath(folder: string, lane: string): string {
  return nodePath.join(folder, `${lane}.${"y".repeat(YARD_CHARS)}.uxd`);
}
