/**
 * Inputs that are kept: for each outcome that a target ever had, the shortest that leads to it. They are
 * replayed in every test run, and what fuzzing begins with.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex, toHex } from "../../src/base/bytes.ts";

const FOLDER = join(import.meta.dirname!, "corpus");

/** The kept inputs of a target. */
export function readCorpus(target: string): Uint8Array[] {
  const file = fileOf(target);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const bytes = fromHex(line === "-" ? "" : line);
    if (!bytes) throw new Error(`${file} holds ${JSON.stringify(line)}: expected hex`);
    return bytes;
  });
}

/** Writes the inputs of a target, the shortest first. */
export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  const lines = inputs.map((input) => toHex(input) || "-");
  lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  writeFileSync(fileOf(target), lines.map((line) => `${line}\n`).join(""));
}

function fileOf(target: string): string {
  return join(FOLDER, `${target}.txt`);
}
