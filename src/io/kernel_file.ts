/**
 * Files in which the kernel tells of itself and of its processes. Deno lets a program read them only if
 * it may do everything, which ours may not: there the C library does.
 *
 * @module
 */
import fs from "node:fs";
import { systemLibc } from "./backends.ts";
import { foreignBytes } from "./libc.ts";

const CHUNK_BYTES = 65_536;

/** What such a file holds, which is ASCII; null where it is not there or can't be had. */
export function readKernelFile(path: string): string | null {
  try {
    return fs.readFileSync(path, "latin1");
  } catch {
    return readByLibrary(path);
  }
}

function readByLibrary(path: string): string | null {
  try {
    const libc = systemLibc();
    const fd = libc.openToRead(path);
    if (fd < 0) return null;
    try {
      const chunk = foreignBytes(CHUNK_BYTES);
      let text = "";
      for (;;) {
        const length = libc.read(fd, chunk);
        if (length < 0) return null;
        if (length === 0) return text;
        text += String.fromCharCode(...chunk.subarray(0, length));
      }
    } finally {
      libc.close(fd);
    }
  } catch {
    return null; // no such library here, or it may not be used
  }
}
