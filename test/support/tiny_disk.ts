/**
 * A file system of few bytes, which can be full. Mounted, so for root on Linux only.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { TemporaryFolder } from "./temporary.ts";

/** A disk that is unmounted at the end of the scope. */
export class TinyDisk {
  readonly #folder = new TemporaryFolder();

  /** @param kibibytes its size, in steps of 4 */
  constructor(kibibytes: number) {
    const options = `size=${kibibytes}k,mode=0700`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", this.#folder.path]);
  }

  /** A path on it. */
  at(...parts: string[]): string {
    return this.#folder.at(...parts);
  }

  /** Leaves no room for more than what fits the last blocks of the files on it. */
  fill(): void {
    const fd = fs.openSync(this.at("filler"), "a");
    try {
      for (;;) fs.writeSync(fd, new Uint8Array(1024));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Makes room. */
  empty(): void {
    fs.rmSync(this.at("filler"));
  }

  [Symbol.dispose](): void {
    execFileSync("umount", ["--lazy", this.#folder.path]);
    this.#folder[Symbol.dispose]();
  }
}

/** Why there is none here; false if there is. */
export const NO_TINY_DISK: string | false = (() => {
  try {
    using _disk = new TinyDisk(4);
    return false;
  } catch {
    return "nothing can be mounted here";
  }
})();
