/**
 * What root changes in a folder of another user. That one may put a link there at any moment, or a second
 * name of a file: a change must not reach what is not that user's own.
 *
 * @module
 */
import fs from "node:fs";
import process from "node:process";
import { RaetError } from "../base/errors.ts";
import { lstatOrNull } from "./private.ts";

/**
 * Changes the mode of a file or folder. Root does it to what is the owner's only, and through no link; for
 * everybody else the system sees to that.
 *
 * @param owner whose folder it lies in
 * @throws {RaetError} `bad_config` if it is not the owner's, or a link
 */
export function changeMode(path: string, mode: number, owner: number): void {
  if (process.getuid?.() !== 0) return fs.chmodSync(path, mode);
  const isTheirs = (stat: fs.Stats) => stat.uid === owner;
  if (withFile(path, isTheirs, (fd) => fs.fchmodSync(fd, mode))) return;
  throw new RaetError(
    "bad_config",
    `the mode of "${path}" is left as it is: expected a file or folder of user ${owner}, and no link`,
  );
}

/** Gives a file to a user; one that has another name elsewhere, and what a link leads to, keeps its owner. */
export function giveFile(path: string, { uid, gid }: { uid: number; gid: number }): void {
  const isAlone = (stat: fs.Stats) => stat.isFile() && stat.nlink === 1;
  withFile(path, isAlone, (fd) => fs.fchownSync(fd, uid, gid));
}

/** Opens a file or folder and does something to it, whatever the path leads to by then; whether it did. */
function withFile(
  path: string,
  mayBe: (stat: fs.Stats) => boolean,
  change: (fd: number) => void,
): boolean {
  const isFit = (stat: fs.Stats | null) =>
    stat !== null && (stat.isFile() || stat.isDirectory()) && mayBe(stat);
  // Looked at first: to open a device, or a pipe, may do something.
  if (!isFit(lstatOrNull(path))) return false;
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!isFit(fs.fstatSync(fd))) return false;
    change(fd);
    return true;
  } finally {
    fs.closeSync(fd);
  }
}
