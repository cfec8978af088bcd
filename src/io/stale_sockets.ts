/**
 * Sockets of the lane whose processes are gone. The next yard of that name replaces its own; the rest lie
 * there until somebody looks.
 *
 * @module
 */
import fs from "node:fs";
import { systemLibc } from "./backends.ts";
import { socketsIn } from "./private.ts";
import { probePath, withDirectoryLock } from "./unix_path.ts";

/** Paths of sockets in a folder that nobody holds. */
export function findStaleSockets(folder: string): string[] {
  const libc = systemLibc();
  return socketsIn(folder).filter((path) => probePath(libc, path) === "dead");
}

/** Removes those of them that nobody has taken meanwhile. */
export async function removeStaleSockets(paths: readonly string[]): Promise<void> {
  const libc = systemLibc();
  for (const path of paths) {
    await withDirectoryLock(libc, path, () => {
      if (probePath(libc, path) === "dead") fs.rmSync(path, { force: true });
    });
  }
}
