/**
 * What the tests of this folder are about: raet as a stranger has it, a file or a command line.
 *
 *     RAET_EXECUTABLE=dist/raet deno test -A test/executable/
 *
 * Without that it is the source, run by the runtime that runs the tests. `deno task test executable`
 * builds the files and takes one after the other.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";

/** The folder of the project. */
export const ROOT: string = resolve(import.meta.dirname!, "../..");

/** A raet that can be started. */
export interface Subject {
  /** how it was built, as `raet version` has to say */
  readonly how: "source" | "deno" | "sfx" | "bun";
  /** the executable, if it is one */
  readonly file: string | null;
  /** the words before raet's own arguments */
  readonly words: readonly string[];
  /** what it can't do without in its environment: a runtime that runs sources wants its cache */
  readonly env: Readonly<Record<string, string>>;
}

/** The raet that is tested. */
export const SUBJECT: Subject = findSubject();
/** The self-extracting file, if that is what is tested. */
export const SFX: string | null = SUBJECT.how === "sfx" ? SUBJECT.file : null;

/** Whether system calls can be watched. */
export const HAS_STRACE: boolean = spawnSync("strace", ["-f", "true"]).status === 0;

/** A place for temporary folders, links resolved. */
export const PLACE: string = realpathSync(tmpdir());

function findSubject(): Subject {
  const { RAET_EXECUTABLE, DENO_DIR, HOME = "" } = process.env;
  if (RAET_EXECUTABLE) {
    const file = resolve(ROOT, RAET_EXECUTABLE);
    return { how: howOf(file), file, words: [file], env: {} };
  }
  const main = join(ROOT, "src/main.ts");
  const flags = "Deno" in globalThis ? ["--quiet", "--unstable-net", "-A"] : [];
  const words = [process.execPath, "run", ...flags, main];
  return {
    how: "source",
    file: null,
    words,
    env: { DENO_DIR: DENO_DIR ?? join(HOME, ".cache/deno") },
  };
}

/** Told from what the file begins with, and what it says of itself. */
function howOf(file: string): Subject["how"] {
  const start = new Uint8Array(2);
  const fd = openSync(file, "r");
  readSync(fd, start);
  closeSync(fd);
  if (String.fromCharCode(...start) === "#!") return "sfx";
  const { stdout } = spawnSync(file, ["version", "--json"], { encoding: "utf8" });
  return JSON.parse(stdout).runtime.startsWith("bun") ? "bun" : "deno";
}
