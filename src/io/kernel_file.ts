/**
 * Files that the kernel makes up, in which it tells of itself and of its processes, and its devices. Deno
 * lets a program open them only if it may do everything, which ours may not: there the C library does.
 *
 * @module
 */
import fs from "node:fs";
import { systemLibc } from "./backends.ts";
import { foreignBytes, type Libc } from "./libc.ts";

const CHUNK_BYTES = 65_536;

/** What such a file holds, which is ASCII; null where it is not there or can't be had. */
export function readKernelFile(path: string): string | null {
  try {
    return fs.readFileSync(path, "latin1");
  } catch {
    return readByLibrary(path);
  }
}

/** Whether such a file, or a device, can be opened by this process. */
export function canOpenKernelFile(path: string): boolean {
  try {
    fs.closeSync(fs.openSync(path, "r"));
    return true;
  } catch {
    return withLibrary(path, () => true) ?? false;
  }
}

function readByLibrary(path: string): string | null {
  return withLibrary(path, (fd, libc) => {
    const chunk = foreignBytes(CHUNK_BYTES);
    let text = "";
    for (;;) {
      const length = libc.read(fd, chunk);
      if (length < 0) return null;
      if (length === 0) return text;
      text += String.fromCharCode(...chunk.subarray(0, length));
    }
  });
}

function withLibrary<T>(path: string, act: (fd: number, libc: Libc) => T): T | null {
  try {
    const libc = systemLibc();
    const fd = libc.openToRead(path);
    if (fd < 0) return null;
    try {
      return act(fd, libc);
    } finally {
      libc.close(fd);
    }
  } catch {
    return null; // no such library here, or it may not be used
  }
}
