/**
 * A FileStore on a folder of the file system. A file is replaced whole: temporary file, fsync, rename,
 * fsync of the folder, so a crash at any moment leaves the old bytes or the new. Files are 0600 in
 * folders 0700.
 *
 * One process at a time: whoever opens it holds the home's lock.
 *
 * @module
 */
import fs from "node:fs";
import nodePath from "node:path";
import { assert, RaetError } from "../base/errors.ts";
import { asideName, type FileStore } from "../keep/store.ts";
import { codeOf, FILE_MODE, fileError, makeFolder, syncFolder } from "./private.ts";
import { checkSecrets } from "./secret_files.ts";

/** Ending of a file that is being written. The reference reads `.json` and `.msgpack` only. */
const TEMPORARY = ".raet-tmp";

/** Files under one folder. */
export class FolderStore implements FileStore {
  readonly root: string;

  /**
   * Opens a folder, or makes it, and removes what a crash left half written.
   *
   * @param root the folder
   * @throws {RaetError} `bad_config` if other users can reach secret keys in it, or it can't be made
   */
  constructor(root: string) {
    this.root = nodePath.resolve(root);
    makeFolder(this.root);
    checkFolder(this.root);
    checkSecrets(this.root);
    sweep(this.root);
  }

  read(path: string): Uint8Array | null {
    const file = this.#resolve(path);
    try {
      return new Uint8Array(fs.readFileSync(file));
    } catch (cause) {
      if (codeOf(cause) === "ENOENT") return null;
      throw fileError(file, "read", cause);
    }
  }

  write(path: string, bytes: Uint8Array): void {
    const file = this.#resolve(path);
    const temporary = file + TEMPORARY;
    makeFolder(nodePath.dirname(file));
    try {
      writeWhole(temporary, bytes);
      fs.renameSync(temporary, file);
      syncFolder(nodePath.dirname(file));
    } catch (cause) {
      removeQuietly(temporary);
      throw fileError(file, "written", cause);
    }
  }

  remove(path: string): void {
    const file = this.#resolve(path);
    try {
      fs.unlinkSync(file);
      syncFolder(nodePath.dirname(file));
    } catch (cause) {
      if (codeOf(cause) !== "ENOENT") throw fileError(file, "removed", cause);
    }
  }

  list(folder: string): string[] {
    const path = this.#resolve(folder);
    try {
      return fs.readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isFile() || entry.isSymbolicLink())
        .map((entry) => entry.name)
        .filter((name) => !name.endsWith(TEMPORARY))
        .sort();
    } catch (cause) {
      if (codeOf(cause) === "ENOENT") return [];
      throw fileError(path, "listed", cause);
    }
  }

  setAside(path: string): string {
    const file = this.#resolve(path);
    let n = 1;
    while (fs.existsSync(asideName(file, n))) n++;
    try {
      fs.renameSync(file, asideName(file, n));
      syncFolder(nodePath.dirname(file));
    } catch (cause) {
      throw fileError(file, "set aside", cause);
    }
    return asideName(path, n);
  }

  /** Paths come from a keep, which escapes names; a step out of the folder would be its fault. */
  #resolve(path: string): string {
    const parts = path.split("/");
    const plain = parts.every((part) =>
      part !== "" && part !== "." && part !== ".." && !/[\\\0]/.test(part)
    );
    assert(plain, `a path in a store has plain parts: "${path}"`);
    return nodePath.join(this.root, ...parts);
  }
}

/** After a failure: the next opening sweeps what can't be removed now. */
function removeQuietly(path: string): void {
  try {
    fs.rmSync(path, { force: true });
  } catch {
    // the failure before this one is the one to tell
  }
}

/** Makes a new file and puts all of it on disk. */
function writeWhole(path: string, bytes: Uint8Array): void {
  fs.rmSync(path, { force: true });
  const fd = fs.openSync(path, "wx", FILE_MODE);
  try {
    for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function checkFolder(root: string): void {
  let stat: fs.Stats;
  try {
    stat = fs.statSync(root);
  } catch (cause) {
    throw fileError(root, "opened", cause);
  }
  if (stat.isDirectory()) return;
  throw new RaetError("bad_config", `"${root}" is not a folder: expected one for keys`);
}

/** Removes what was being written when a process died. */
function sweep(folder: string): void {
  try {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const path = nodePath.join(folder, entry.name);
      if (entry.isDirectory()) sweep(path);
      else if (entry.name.endsWith(TEMPORARY)) fs.rmSync(path, { force: true });
    }
  } catch (cause) {
    throw cause instanceof RaetError ? cause : fileError(folder, "read", cause);
  }
}
