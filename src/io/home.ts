/**
 * The home: one folder that holds everything of one estate.
 *
 *     HOME/raet.yaml     settings
 *     HOME/keep/         keys and what is known of others
 *     HOME/lane          the sockets of this host's processes: a folder, or a link to one (lane_folder.ts)
 *     HOME/durable.db    durable messages (durable_store.ts)
 *     HOME/operators/    the socket for users of a group, where there is one (operator_socket.ts)
 *     HOME/lock          held by the manor that runs (lock.ts)
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import nodePath from "node:path";
import process from "node:process";
import { RaetError } from "../base/errors.ts";
import { fileError, formatMode, isOursToChange, lstatOrNull, makeFolder } from "./private.ts";

/** The paths of a home; all are absolute. */
export interface Home {
  /** The folder itself, links resolved. */
  readonly root: string;
  /** The file of settings. */
  readonly config: string;
  /** The folder of the keep. */
  readonly keep: string;
  /** The folder of the sockets, or the link to it. */
  readonly lane: string;
  /** The file of durable messages. */
  readonly durable: string;
  /** The lock file. */
  readonly lock: string;
}

/**
 * Where a home is: as told (`--home`), else RAET_HOME, else `~/.raet`. Nothing is made and nothing
 * looked at.
 *
 * @throws {RaetError} `usage` if "" was told, as by a variable of a script that isn't set
 */
export function homePath(
  told?: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (told === "") throw new RaetError("usage", 'home "" names no folder: expected its path');
  const userHome = env.HOME || env.USERPROFILE || os.homedir();
  return nodePath.resolve(told ?? (env.RAET_HOME || nodePath.join(userHome, ".raet")));
}

/**
 * Opens a home for its manor; makes it (0700) if it isn't there.
 *
 * @throws {RaetError} `bad_config` if it can't be made, is no folder, or other users can change what is in it
 */
export function openHome(path: string): Home {
  makeFolder(nodePath.resolve(path));
  const home = findHome(path);
  if (!home) {
    throw new RaetError("bad_config", `"${path}" is not a folder: expected the home of an estate`);
  }
  const stat = fs.statSync(home.root);
  if (isOursToChange(stat)) return home;
  throw new RaetError(
    "bad_config",
    `home "${home.root}" can be changed by other users (mode ${formatMode(stat)}): expected one ` +
      `that only its owner writes to, as by chmod go-w "${home.root}"`,
  );
}

/** The home at a path, or null if there is no folder. Makes nothing: for those who look for a manor. */
export function findHome(path: string): Home | null {
  if (!lstatOrNull(path)) return null;
  try {
    const root = fs.realpathSync(path);
    return fs.statSync(root).isDirectory() ? homeAt(root) : null;
  } catch (cause) {
    throw fileError(path, "opened", cause);
  }
}

function homeAt(root: string): Home {
  return {
    root,
    config: nodePath.join(root, "raet.yaml"),
    keep: nodePath.join(root, "keep"),
    lane: nodePath.join(root, "lane"),
    durable: nodePath.join(root, "durable.db"),
    lock: nodePath.join(root, "lock"),
  };
}
