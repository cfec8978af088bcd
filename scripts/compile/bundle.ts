/**
 * The program as one JavaScript file.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./run.ts";
import { type Entry, ROOT } from "./stamp.ts";

/** Bundles the program for Deno, next to its entry; the path of the file. */
export async function bundleForDeno(entry: Entry): Promise<string> {
  const path = join(entry.folder, "raet.mjs");
  await mustRun(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--frozen",
    "--platform",
    "deno",
    "--minify",
    "--external",
    "bun:ffi",
    "--external",
    "bun",
    "-o",
    path,
    entry.path,
  ], { cwd: ROOT });
  return path;
}

/** The version in deno.json. */
export function versionOf(root: string): string {
  return JSON.parse(readFileSync(join(root, "deno.json"), "utf8")).version;
}
