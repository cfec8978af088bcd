/**
 * A folder of records, one a file, each found by the name inside it.
 *
 * Invariants: a name has one file; a record is written back to the file that it was found in, so a
 * folder of the reference keeps its file names and formats; a file that can't be used is set aside and
 * reported, never ignored and never deleted.
 *
 * @module
 */
import { assert } from "../base/errors.ts";
import { isPeerName } from "../base/names.ts";
import type { Body } from "../base/value.ts";
import { fileNameForms } from "./file_names.ts";
import { decodeFile, encodeFile, formatOf, KEEP_FORMATS, type KeepFormat } from "./format.ts";
import type { RecordForm } from "./records.ts";
import { type FileStore, nameBefore } from "./store.ts";

/** A file that was set aside. Paths begin with the store's root. */
export interface KeepReport {
  /** Where it was. */
  readonly path: string;
  /** Where it is now. */
  readonly movedTo: string;
  /** A clause: `it lacks fuid`. */
  readonly why: string;
}

/** What makes one folder differ from another. */
export interface FolderKind<T> {
  /** What the names of its files begin with, up to the dot. */
  readonly prefix: string;
  /** The key that holds a record's name. */
  readonly nameKey: string;
  /** A record as a map, both ways. */
  readonly form: RecordForm<T>;
  /** The name inside a record. */
  nameOf(record: T): string;
  /** Tells a file that is in order but holds no record yet. */
  isBlank?(map: Body): boolean;
}

/** What one file was found to hold; `record` is null if it is blank. */
interface Found<T> {
  readonly name: string;
  readonly record: T | null;
}

/** Records of one kind in one folder of a store. */
export class NamedFolder<T> {
  /** File name by record name; null until the folder was looked at. */
  #files: Map<string, string> | null = null;
  /** The same file names in lower case: two of them must differ where case doesn't count. */
  readonly #taken = new Set<string>();
  /** Names that files had which were set aside, in this run or before. */
  readonly #setAsides = new Set<string>();

  /**
   * @param folder its path in the store
   * @param format how new files are written
   * @param report gets every file that is set aside
   */
  constructor(
    readonly store: FileStore,
    readonly folder: string,
    readonly format: KeepFormat,
    readonly kind: FolderKind<T>,
    readonly report: (report: KeepReport) => void,
  ) {}

  /** Every record, by the order of the file names. Looks at the folder anew. */
  all(): T[] {
    const found = this.#scan();
    return [...found.values()].flatMap(({ record }) => record ?? []);
  }

  /** The record of that name as it is on disk now, or null. */
  get(name: string): T | null {
    const fileName = this.#index().get(name);
    const found = fileName === undefined ? null : this.#read(fileName);
    if (found?.name === name) return found.record;
    if (fileName !== undefined) this.#forget(name, fileName);
    return null;
  }

  /** Whether a file that held a record of that name, as its own name says, was ever set aside. */
  wasSetAside(name: string): boolean {
    this.#index();
    return fileNameForms(name).some((form) =>
      KEEP_FORMATS.some((format) => this.#setAsides.has(`${this.kind.prefix}.${form}.${format}`))
    );
  }

  /** Writes a record to its file; it is on disk when this returns. */
  save(record: T): void {
    const { kind, store } = this;
    const name = kind.nameOf(record);
    const map = kind.form.write(record);
    const fault = isPeerName(name) ? kind.form.read(map) : "its name can't be one";
    assert(typeof fault !== "string", `a record of ${this.folder} can be read back: ${fault}`);
    const fileName = this.#index().get(name) ?? this.#newFileName(name);
    store.write(this.#path(fileName), encodeFile(formatOf(fileName) ?? this.format, map));
    this.#remember(name, fileName);
  }

  /** Removes a record's file; nothing happens if there is none. */
  remove(name: string): void {
    const fileName = this.#index().get(name);
    if (fileName === undefined) return;
    this.store.remove(this.#path(fileName));
    this.#forget(name, fileName);
  }

  #index(): Map<string, string> {
    if (!this.#files) this.#scan();
    return this.#files!;
  }

  /** Reads the whole folder; of several files with one name the most regular one stays. */
  #scan(): Map<string, Found<T>> {
    const files = new Map<string, string>();
    const founds = new Map<string, Found<T>>();
    for (const fileName of this.store.list(this.folder)) {
      const before = nameBefore(fileName);
      if (before !== null) this.#setAsides.add(before);
      if (!fileName.startsWith(`${this.kind.prefix}.`) || !formatOf(fileName)) continue;
      const found = this.#read(fileName);
      if (!found) continue;
      const rival = files.get(found.name);
      if (rival !== undefined) {
        const better = this.#rank(found.name, fileName) < this.#rank(found.name, rival);
        const [kept, other] = better ? [fileName, rival] : [rival, fileName];
        this.#setAside(other, `its name is that of ${kept} too`);
        if (!better) continue;
      }
      files.set(found.name, fileName);
      founds.set(found.name, found);
    }
    this.#files = files;
    this.#taken.clear();
    for (const fileName of files.values()) this.#taken.add(fileName.toLowerCase());
    return founds;
  }

  /** Null if there is no such file (any more), or if it had to be set aside. */
  #read(fileName: string): Found<T> | null {
    const bytes = this.store.read(this.#path(fileName));
    if (!bytes) return null;
    const map = decodeFile(formatOf(fileName) ?? this.format, bytes);
    const found = typeof map === "string" ? map : this.#interpret(map);
    if (typeof found !== "string") return found;
    this.#setAside(fileName, found);
    return null;
  }

  #interpret(map: Body): Found<T> | string {
    const { kind } = this;
    const name = map[kind.nameKey];
    if (kind.isBlank?.(map) && isPeerName(name)) return { name, record: null };
    const record = kind.form.read(map);
    return typeof record === "string" ? record : { name: kind.nameOf(record), record };
  }

  /** 0 for the file that we would write, 1 for it in another format, 2 for any other. */
  #rank(name: string, fileName: string): number {
    const stem = fileName.slice(this.kind.prefix.length + 1, fileName.lastIndexOf("."));
    if (!fileNameForms(name).includes(stem)) return KEEP_FORMATS.length;
    return formatOf(fileName) === this.format ? 0 : 1;
  }

  #newFileName(name: string): string {
    const names = fileNameForms(name).map((form) => `${this.kind.prefix}.${form}.${this.format}`);
    const free = names.find((fileName) => !this.#taken.has(fileName.toLowerCase()));
    assert(free !== undefined, "the form with a hash is no other name's");
    return free;
  }

  #setAside(fileName: string, why: string): void {
    const { root } = this.store;
    const path = this.#path(fileName);
    const movedTo = this.store.setAside(path);
    this.#setAsides.add(fileName);
    this.report({ path: `${root}/${path}`, movedTo: `${root}/${movedTo}`, why });
  }

  #remember(name: string, fileName: string): void {
    this.#index().set(name, fileName);
    this.#taken.add(fileName.toLowerCase());
  }

  #forget(name: string, fileName: string): void {
    this.#index().delete(name);
    this.#taken.delete(fileName.toLowerCase());
  }

  #path(fileName: string): string {
    return `${this.folder}/${fileName}`;
  }
}
