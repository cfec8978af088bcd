/**
 * One manor a home: a lock on the file `HOME/lock` that the kernel holds for the process, and gives back
 * however the process ends. The file's text tells the one who finds it taken by whom; the text by
 * itself locks nothing.
 *
 * @module
 */
import fs from "node:fs";
import process from "node:process";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { assert, RaetError } from "../base/errors.ts";
import { lockFile } from "./backends.ts";
import type { Home } from "./home.ts";
import { fileError } from "./private.ts";

/** Who holds a home. */
export interface Holder {
  /** Its process. */
  readonly pid: number;
  /** The estate's name. */
  readonly name: string;
  /** Its address as text, `""` until it has one. */
  readonly address: string;
  /** When it took the lock, ISO 8601. */
  readonly started: string;
}

/** The hold on a home. Lasts until `release`, or the end of the process. */
export class HomeLock {
  readonly #fd: number;
  readonly #unlock: () => void;
  #holder: Holder;
  #isHeld = true;

  /** Taken by `lockHome`. */
  constructor(fd: number, unlock: () => void, holder: Holder) {
    this.#fd = fd;
    this.#unlock = unlock;
    this.#holder = holder;
    this.#write();
  }

  /** Tells more about the holder, once it is known. */
  update(more: { name?: string; address?: string }): void {
    assert(this.#isHeld, "the home is still held");
    this.#holder = { ...this.#holder, ...more };
    this.#write();
  }

  /**
   * Gives the home back. The file stays, empty: who removed it could remove one that another process has
   * just locked.
   */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    quietly(() => fs.ftruncateSync(this.#fd, 0));
    fs.closeSync(this.#fd);
    this.#unlock();
  }

  /** As `release`, at the end of a scope. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** The new line first, the old rest cut off after it: a reader takes the first line. */
  #write(): void {
    const line = utf8(JSON.stringify(this.#holder) + "\n");
    quietly(() => {
      for (let done = 0; done < line.length;) {
        done += fs.writeSync(this.#fd, line, done, line.length - done, done);
      }
      fs.ftruncateSync(this.#fd, line.length);
    });
  }
}

/**
 * Takes a home for this process.
 *
 * @param name the estate's name, for whoever comes second
 * @param started now, in milliseconds since 1970
 * @throws {RaetError} `home_in_use` if another process holds it, with its pid and name; `bad_config` if
 * the file can't be opened
 */
export function lockHome(home: Home, name: string, started: number): HomeLock {
  const unlock = atFile(home.lock, lockFile);
  if (unlock !== null) {
    const fd = orUnlock(unlock, () => atFile(home.lock, (path) => fs.openSync(path, "r+")));
    const date = new Date(started).toISOString();
    return new HomeLock(fd, unlock, { pid: process.pid, name, address: "", started: date });
  }
  const holder = readHolder(home);
  const who = holder
    ? `pid ${holder.pid}, estate "${holder.name}"${holder.address && ` at ${holder.address}`}, ` +
      `since ${holder.started}`
    : "another process";
  throw new RaetError(
    "home_in_use",
    `home "${home.root}" is in use by ${who}: expected one that no manor holds`,
  );
}

/**
 * What the lock file says of who took the home last, or null if it was given back. Whether that process
 * still lives it doesn't tell: only its lock does.
 */
export function readHolder(home: Home): Holder | null {
  let bytes: Uint8Array;
  try {
    bytes = fs.readFileSync(home.lock);
  } catch {
    return null;
  }
  try {
    const value: unknown = JSON.parse((fromUtf8(bytes) ?? "").split("\n")[0]);
    return isHolder(value) ? value : null;
  } catch {
    return null;
  }
}

/** Does something to the file's text, which a full disk keeps from nobody but its readers. */
function quietly(change: () => void): void {
  try {
    change();
  } catch {
    // the lock holds without it, and whoever finds that taken is told of "another process"
  }
}

/** Gives the lock back where what was to follow failed, as with too many open files. */
function orUnlock<T>(unlock: () => void, action: () => T): T {
  try {
    return action();
  } catch (error) {
    unlock();
    throw error;
  }
}

function atFile<T>(path: string, action: (path: string) => T): T {
  try {
    return action(path);
  } catch (cause) {
    throw cause instanceof RaetError ? cause : fileError(path, "opened", cause);
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== "object" || value === null) return false;
  const { pid, name, address, started } = value as Record<keyof Holder, unknown>;
  return Number.isInteger(pid) && [name, address, started].every((one) => typeof one === "string");
}
