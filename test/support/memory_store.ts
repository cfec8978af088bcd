/**
 * A FileStore in memory, for tests and simulations.
 *
 * @module
 */
import { asideName, type FileStore } from "../../src/keep/store.ts";

/** Files in a map. What was written stays written: give the same store to a new keep to restart. */
export class MemoryStore implements FileStore {
  readonly root = "memory";
  readonly files = new Map<string, Uint8Array>();
  /** How often something was written or removed. */
  changes = 0;

  read(path: string): Uint8Array | null {
    return this.files.get(path)?.slice() ?? null;
  }

  write(path: string, bytes: Uint8Array): void {
    this.changes++;
    this.files.set(path, bytes.slice());
  }

  remove(path: string): void {
    if (this.files.delete(path)) this.changes++;
  }

  list(folder: string): string[] {
    const start = `${folder}/`;
    return [...this.files.keys()]
      .filter((path) => path.startsWith(start) && !path.slice(start.length).includes("/"))
      .map((path) => path.slice(start.length))
      .sort();
  }

  setAside(path: string): string {
    const bytes = this.files.get(path);
    if (!bytes) throw new Error(`no file ${path}`);
    let n = 1;
    while (this.files.has(asideName(path, n))) n++;
    this.files.set(asideName(path, n), bytes);
    this.files.delete(path);
    return asideName(path, n);
  }
}
