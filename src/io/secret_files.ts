/**
 * The files of a keep that hold secret keys, and whether another user can get at one: as with the keys of
 * ssh, one that is open to others is refused, even where a folder above it keeps them out today.
 *
 * @module
 */
import fs from "node:fs";
import nodePath from "node:path";
import { RaetError } from "../base/errors.ts";
import { codeOf, FILE_MODE, fileError, FOLDER_MODE, formatMode, isPrivate } from "./private.ts";

/** Folders on the way to the secret keys of a stack, below the stack's folder; in the last are only those. */
const SECRET_FOLDERS = ["role", "role/local"];
/** Our old keys, and those in use among them (keep/own_keys.ts). */
const OWN_KEYS = "raet/keys.json";

/** Something that is open to others and should not be. */
export interface LoosePath {
  readonly path: string;
  /** its mode as people write it */
  readonly mode: string;
  /** the mode that it should have, as a number */
  readonly expected: number;
}

/**
 * What of a keep is open to other users: its folder, those on the way to secret keys, and those files.
 *
 * @param root the keep, whose folders are those of the stacks
 * @throws {RaetError} `bad_config` if it can't be looked at
 */
export function findLoose(root: string): LoosePath[] {
  const loose: LoosePath[] = [];
  const check = (path: string, stat: fs.Stats, expected: number) => {
    if (!isPrivate(stat)) loose.push({ path, mode: formatMode(stat), expected });
  };
  const stat = statOrNull(root);
  if (!stat?.isDirectory()) return [];
  check(root, stat, FOLDER_MODE);
  for (const stack of foldersIn(root)) {
    check(stack, fs.statSync(stack), FOLDER_MODE);
    const ownKeys = statOrNull(nodePath.join(stack, OWN_KEYS));
    for (
      const below of ownKeys ? [...SECRET_FOLDERS, nodePath.dirname(OWN_KEYS)] : SECRET_FOLDERS
    ) {
      const folder = nodePath.join(stack, below);
      const stat = statOrNull(folder);
      if (stat?.isDirectory()) check(folder, stat, FOLDER_MODE);
    }
    for (const file of filesIn(nodePath.join(stack, "role", "local"))) {
      check(file, fs.statSync(file), FILE_MODE);
    }
    if (ownKeys) check(nodePath.join(stack, OWN_KEYS), ownKeys, FILE_MODE);
  }
  return loose;
}

/**
 * Makes sure that nobody else can get at the secret keys of a keep.
 *
 * @throws {RaetError} `bad_config` if one can, with what to do
 */
export function checkSecrets(root: string): void {
  const [first, ...more] = findLoose(root);
  if (!first) return;
  const { path, mode, expected } = first;
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  throw new RaetError(
    "bad_config",
    `"${path}"${others} holds secret keys and is open to other users (mode ${mode}): expected mode ` +
      `0${expected.toString(8)}, as raet doctor --fix makes it`,
  );
}

function foldersIn(path: string): string[] {
  return entriesIn(path).filter((entry) => entry.isDirectory())
    .map(({ name }) => nodePath.join(path, name));
}

function filesIn(path: string): string[] {
  return entriesIn(path).filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map(({ name }) => nodePath.join(path, name)).filter((file) => statOrNull(file) !== null);
}

function entriesIn(path: string): fs.Dirent[] {
  try {
    return fs.readdirSync(path, { withFileTypes: true });
  } catch (cause) {
    if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return [];
    throw fileError(path, "read", cause);
  }
}

function statOrNull(path: string): fs.Stats | null {
  try {
    return fs.statSync(path);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return null;
    throw fileError(path, "looked at", cause);
  }
}
