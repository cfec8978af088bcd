/**
 * A pipe for what a program prints that is read only when the test says so: the runtimes read those of their
 * children ahead, and one of them drops what it has not given yet when the child ends.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { fromUtf8, joinBytes } from "../../src/base/bytes.ts";
import { codeOf } from "../../src/io/private.ts";
import { TemporaryFolder } from "./temporary.ts";

/** The pipe. Both ends are closed at the end of its scope. */
export class UnreadPipe {
  /** Where to write: what a child is started with. */
  readonly writeEnd: number;
  readonly #folder = new TemporaryFolder();
  readonly #path = this.#folder.at("pipe");
  readonly #readEnd: number;
  readonly #open: number[];

  /** @param blocks whether a full one holds up who writes, as most do; if not he is told so */
  constructor({ blocks = true } = {}) {
    const path = this.#path;
    execFileSync("mkfifo", [path]);
    const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
    this.#readEnd = openSync(path, O_RDONLY | O_NONBLOCK);
    this.writeEnd = openSync(path, O_WRONLY | (blocks ? 0 : O_NONBLOCK));
    this.#open = [this.#readEnd, this.writeEnd];
  }

  /** Fills it to the brim. */
  fill(): void {
    const fd = openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      for (;;) writeSync(fd, "x".repeat(4095) + "\n");
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** Takes what is in it now. */
  read(): string {
    const parts: Uint8Array[] = [];
    for (;;) {
      const part = new Uint8Array(65_536);
      try {
        const length = readSync(this.#readEnd, part);
        if (length === 0) break;
        parts.push(part.subarray(0, length));
      } catch (error) {
        if (codeOf(error) !== "EAGAIN") throw error;
        break;
      }
    }
    return fromUtf8(joinBytes(parts)) ?? "";
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open) closeSync(fd);
    this.#folder[Symbol.dispose]();
  }
}
