/**
 * A lock on a file (flock) that the kernel holds for this process, and gives back however it ends. The
 * same lock on both runtimes, so that they keep each other out. On Deno by its own call and not
 * through `Libc`, as a home is locked on systems too where there is no lane.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import process from "node:process";
import { RaetError } from "../base/errors.ts";
import { bunFfi } from "./bun.ts";
import { FILE_MODE } from "./private.ts";

/**
 * Makes a file if it isn't there, and locks it.
 *
 * @returns what gives the lock back, or null if another process has it
 * @throws {Error} of the file system, with its `code`
 */
export type FileLocker = (path: string) => (() => void) | null;

/** By Deno. */
export const denoFileLock: FileLocker = (path) => {
  const file = Deno.openSync(path, { read: true, write: true, create: true, mode: FILE_MODE });
  if (file.tryLockSync(true)) return () => file.close();
  file.close();
  return null;
};

const LOCK_EXCLUSIVE_NOW = 2 | 4;

/** By the C library on Bun, which has no call for it. */
export const bunFileLock: FileLocker = (path) => {
  const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, FILE_MODE);
  const library = process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
  const c = bunFfi().dlopen(library, { flock: { args: ["i32", "i32"], returns: "i32" } }).symbols;
  if (c.flock(fd, LOCK_EXCLUSIVE_NOW) === 0) return () => fs.closeSync(fd);
  fs.closeSync(fd);
  return null;
};

/**
 * By the command flock on Node, which has no call for it. The lock is the open file's, which the
 * command only borrows: it stays when that has ended.
 */
export const nodeFileLock: FileLocker = (path) => {
  const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, FILE_MODE);
  const stdio = ["ignore", "ignore", "ignore", fd] as const;
  const { status, error } = spawnSync("flock", ["-x", "-n", "3"], { stdio: [...stdio] });
  if (status === 0) return () => fs.closeSync(fd);
  fs.closeSync(fd);
  if (!error) return null;
  throw new RaetError(
    "bad_config",
    `"${path}" can't be locked on Node without the command flock: expected it in PATH, or Deno or Bun`,
    { cause: error },
  );
};
