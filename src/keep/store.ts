/**
 * The port through which a keep reaches its files. Synchronous: what a stack sends after `write`
 * returned may rely on what was written.
 *
 * @module
 */

/**
 * A tree of small files. Paths are relative, parts separated by `/`, each made by the keep and never
 * by a peer. A failure of the medium is thrown as a RaetError `bad_config`.
 */
export interface FileStore {
  /** Where the tree is, for messages to people: what stands before a path. */
  readonly root: string;
  /** The bytes of a file, or null if there is none. */
  read(path: string): Uint8Array | null;
  /** Replaces a file or makes it, whole or not at all; durable when it returns. Makes folders. */
  write(path: string, bytes: Uint8Array): void;
  /** Removes a file for good; nothing happens if there is none. */
  remove(path: string): void;
  /** The names of the files in a folder, sorted; none if there is no such folder. */
  list(folder: string): string[];
  /** Gives a file a new name beside its old one that no keep looks at, and returns the new path. */
  setAside(path: string): string;
}

/** The n-th name under which a damaged file is set aside: a reference keep doesn't read that ending. */
export function asideName(path: string, n: number): string {
  return `${path}.damaged-${n}`;
}

/** The name of a file before it was set aside; null for one that was not. */
export function nameBefore(fileName: string): string | null {
  return /^(.+)\.damaged-\d+$/.exec(fileName)?.[1] ?? null;
}
