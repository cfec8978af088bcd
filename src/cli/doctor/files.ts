/**
 * Checks of what lies in the home: its folder, the secret keys, everything else, and room for more.
 *
 * @module
 */
import fs from "node:fs";
import nodePath from "node:path";
import process from "node:process";
import { mayDumpCore, switchOffCoreDumps } from "../../io/core_dumps.ts";
import { changeMode } from "../../io/others_files.ts";
import { formatMode, isOursToChange } from "../../io/private.ts";
import { findLoose } from "../../io/secret_files.ts";
import { plural } from "../draw/event.ts";
import { formatBytes } from "../text.ts";
import { type Check, fault, firstOf, mended, ok, type Said, warning } from "./finding.ts";

const DISK_BYTES_FAULT = 16 * 1024 * 1024;
const DISK_BYTES_WARNING = 128 * 1024 * 1024;
const DISK_FILES_WARNING = 1000;

/** The folder itself: who owns it, and who can change what is in it. */
export const homeCheck: Check = {
  name: "home",
  examine({ home: { root }, owner, fix }) {
    const stat = fs.statSync(root);
    const us = process.getuid?.() ?? owner;
    if (owner !== us && us !== 0) {
      const what =
        `"${root}" belongs to user ${owner}: what lies in it is not for user ${us} to see`;
      return warning(what, "run raet doctor as that user, or as root");
    }
    if (isOursToChange(stat)) return ok(`${root}, user ${owner}, mode ${formatMode(stat)}`);
    const what = `other users can change what is in "${root}" (mode ${formatMode(stat)})`;
    if (!fix) return fault(what, `raet doctor --fix, or chmod go-w "${root}"`);
    changeMode(root, stat.mode & 0o7755, owner);
    return mended(what);
  },
};

/** Secret keys: closed to all others. */
export const keysCheck: Check = {
  name: "keys",
  isPrivate: true,
  examine({ home: { keep }, owner, fix }) {
    const loose = findLoose(keep);
    if (loose.length > 0) {
      const paths = loose.map(({ path, mode }) => `"${path}" (mode ${mode})`);
      const what = `secret keys are open to other users by ${firstOf(paths)}`;
      if (!fix) {
        return fault(what, "raet doctor --fix; if others could read them, make new keys");
      }
      for (const { path, expected } of loose) changeMode(path, expected, owner);
      return mended(what);
    }
    const foreign = filesBelow(keep).filter((path) => fs.lstatSync(path).uid !== owner);
    if (foreign.length > 0) {
      const what = `${firstOf(foreign)} does not belong to user ${owner}, as the home does`;
      return fault(what, `as root: chown -R ${owner} "${keep}"`);
    }
    return ok(fs.existsSync(keep) ? "0600 in 0700" : "none yet: raet up makes them");
  },
};

/** All else that lies in the home: nobody else changes it. */
export const filesCheck: Check = {
  name: "files",
  isPrivate: true,
  examine({ home: { root }, owner, fix }) {
    const paths = fs.readdirSync(root).filter((name) => !OTHER_CHECKS.has(name))
      .map((name) => nodePath.join(root, name));
    const files = paths.filter((path) => !fs.lstatSync(path).isSymbolicLink());
    const loose = files.filter((path) => !isOursToChange(fs.lstatSync(path)));
    if (loose.length > 0) {
      const what = `other users can change ${firstOf(loose)}`;
      if (!fix) return fault(what, "raet doctor --fix, or chmod go-w");
      for (const path of loose) changeMode(path, fs.lstatSync(path).mode & 0o7755, owner);
      return mended(what);
    }
    const foreign = files.filter((path) => fs.lstatSync(path).uid !== owner);
    if (foreign.length === 0) return ok(`${files.length} of user ${owner}, closed to changes`);
    const what = `${firstOf(foreign)} does not belong to user ${owner}, as the home does`;
    return warning(what, `as root: chown ${owner} "${foreign[0]}"`);
  },
};

/** What of the keep was damaged once. */
export const keepCheck: Check = {
  name: "keep",
  isPrivate: true,
  examine(patient) {
    const damaged = filesBelow(patient.home.keep).filter((path) => /\.damaged-\d+$/.test(path));
    if (patient.keep === null) {
      return fault("it can't be read, or does not agree with the settings", "raet config check");
    }
    const many = plural(patient.keep.keep.remotes().length, "estate");
    if (damaged.length === 0) return ok(`${many} on record`);
    const what = `${firstOf(damaged)} was set aside as damaged`;
    return warning(what, "look at it, put a good copy in its place or remove it, and restart");
  },
};

/** Whether the memory of a manor, with its keys, could be written into a core dump. */
export const coreDumpsCheck: Check = {
  name: "core dumps",
  examine({ manor }) {
    const may = manor ? mayDumpCore(manor.health.pid) : null;
    return judgeCoreDumps(may, manor?.health.pid ?? 0, switchOffCoreDumps);
  },
};

/** What it means that a manor may write core dumps, or may not, or that nobody knows. */
export function judgeCoreDumps(may: boolean | null, pid: number, switchOff: () => boolean): Said {
  if (may === false) return ok(`switched off for the manor (pid ${pid})`);
  if (may === null && switchOff()) return ok("raet up switches them off");
  const what = may
    ? `the manor (pid ${pid}) may write its memory, keys included, into a core dump`
    : "this system or runtime does not let raet switch them off";
  return warning(what, "ulimit -c 0 before raet up, or LimitCORE=0 in its service");
}

/** Room for keys, logs and what is known of others. */
export const diskCheck: Check = {
  name: "disk",
  examine({ home: { root } }): Said {
    return judgeDisk(root, fs.statfsSync(root));
  },
};

/** What the room on the file system of a home means. */
export function judgeDisk(
  root: string,
  { bavail, bsize, ffree, files }: Pick<fs.StatsFs, "bavail" | "bsize" | "ffree" | "files">,
): Said {
  const bytes = bavail * bsize;
  const shown = `${formatBytes(bytes)} free for "${root}"`;
  if (bytes < DISK_BYTES_FAULT) return fault(`only ${shown}`, "make room: keys must be written");
  // Some file systems count no files: they have 0 of 0.
  if (files > 0 && ffree < DISK_FILES_WARNING) {
    return warning(`only ${ffree} more files fit on its file system`, "remove some");
  }
  return bytes < DISK_BYTES_WARNING ? warning(`only ${shown}`, "make room") : ok(shown);
}

/** What has a check of its own. */
const OTHER_CHECKS = new Set(["keep", "lane", "operators"]);

/** All that lies below a folder; nothing where there is none. */
export function filesBelow(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => nodePath.join(folder, name));
}

/** In the order of what follows from what. */
export const FILE_CHECKS: readonly Check[] = [
  homeCheck,
  keysCheck,
  filesCheck,
  keepCheck,
  coreDumpsCheck,
  diskCheck,
];
