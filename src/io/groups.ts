/**
 * Groups of the system by name, and who is in a folder's way.
 *
 * @module
 */
import fs from "node:fs";
import nodePath from "node:path";
import { RaetError } from "../base/errors.ts";
import { lstatOrNull } from "./private.ts";

const GROUP_FILE = "/etc/group";

/**
 * The number of a group that is told by its name or its number.
 *
 * @throws {RaetError} `bad_config` if there is none of that name in /etc/group
 */
export function groupId(group: string, file: string = GROUP_FILE): number {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  let lines: string[];
  try {
    lines = fs.readFileSync(file, "utf8").split("\n");
  } catch {
    lines = [];
  }
  for (const line of lines) {
    const [name, , gid] = line.split(":");
    if (name === group && /^\d+$/.test(gid ?? "")) return Number(gid);
  }
  throw new RaetError(
    "bad_config",
    `there is no group "${group}" in ${file}: expected one that is there, or a group's number`,
  );
}

/**
 * The first folder on the way to a path that members of a group can't pass; null if they can pass all.
 * The path itself is not looked at.
 */
export function blockedFolder(path: string, gid: number): string | null {
  const folders: string[] = [];
  for (let at = nodePath.dirname(path);; at = nodePath.dirname(at)) {
    folders.unshift(at);
    if (at === nodePath.dirname(at)) break;
  }
  return folders.find((folder) => {
    const stat = lstatOrNull(folder);
    return stat !== null && (stat.mode & (stat.gid === gid ? 0o010 : 0o001)) === 0;
  }) ?? null;
}
