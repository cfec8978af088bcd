/**
 * A FileStore that only reads: for those who look at a home that a manor may be running in.
 *
 * @module
 */
import fs from "node:fs";
import nodePath from "node:path";
import { RaetError } from "../base/errors.ts";
import type { FileStore } from "../keep/store.ts";
import { codeOf, fileError } from "./private.ts";

/** The files under one folder, which need not be there. */
export class ReadOnlyStore implements FileStore {
  readonly root: string;

  constructor(root: string) {
    this.root = nodePath.resolve(root);
  }

  read(path: string): Uint8Array | null {
    const file = nodePath.join(this.root, path);
    try {
      return new Uint8Array(fs.readFileSync(file));
    } catch (cause) {
      if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return null;
      throw fileError(file, "read", cause);
    }
  }

  list(folder: string): string[] {
    const path = nodePath.join(this.root, folder);
    try {
      return fs.readdirSync(path).sort();
    } catch (cause) {
      if (codeOf(cause) === "ENOENT" || codeOf(cause) === "ENOTDIR") return [];
      throw fileError(path, "listed", cause);
    }
  }

  write(): never {
    throw readOnly();
  }

  remove(): never {
    throw readOnly();
  }

  /** Leaves it where it is: the manor will set it aside when it starts. */
  setAside(path: string): string {
    return path;
  }
}

function readOnly(): RaetError {
  return new RaetError("internal", "this keep was opened to read only");
}
