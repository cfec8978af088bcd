/**
 * The entry of a built program: it stamps how it was built, then starts the program itself.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Build } from "../../src/io/build.ts";
import type { How } from "./product.ts";
import { run } from "./run.ts";

/** The folder of the project. */
export const ROOT: string = resolve(import.meta.dirname!, "../..");
/** The folder that everything built goes to. */
export const DIST: string = join(ROOT, "dist");

/** An entry that was made for one build, and goes away after it. */
export interface Entry extends Disposable {
  /** a folder for what the build makes on its way */
  readonly folder: string;
  /** the file to bundle */
  readonly path: string;
}

/** Makes the entry of a build. */
export async function makeEntry(how: How): Promise<Entry> {
  const build: Build = { how, commit: await commitOf(ROOT) };
  mkdirSync(DIST, { recursive: true });
  const folder = mkdtempSync(join(DIST, ".build-"));
  const path = join(folder, "raet.js");
  // Imports run in their order: whatever asks for the stamp finds it there.
  writeFileSync(join(folder, "stamp.js"), `globalThis.raetBuild = ${JSON.stringify(build)};\n`);
  writeFileSync(path, `import "./stamp.js";\nimport "../../src/main.ts";\n`);
  return { folder, path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The commit of a working tree, with `-changed` behind if files that git knows differ; null without git. */
export async function commitOf(root: string): Promise<string | null> {
  try {
    const head = await run("git", ["-C", root, "rev-parse", "--verify", "HEAD"]);
    if (head.code !== 0) return null;
    const status = await run("git", ["-C", root, "status", "--porcelain", "--untracked-files=no"]);
    return head.out.trim() + (status.out.trim() === "" ? "" : "-changed");
  } catch {
    return null; // there is no git
  }
}
