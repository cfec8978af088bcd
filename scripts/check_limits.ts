/**
 * Fails if docs/limits.md is not what src/base/limits.ts says: each `*_MAX` stands there once with its
 * value, either as a cap, with counters that the program has and a test that names it, or as a size.
 *
 * Run by `deno task check`; also a library for its own test.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import * as limits from "../src/base/limits.ts";

/** The page, from the root of the repository. */
export const LIMITS_PAGE = "docs/limits.md";

/** Checks the text of the page against the limits and the files under `root`; each fault is one line. */
export function checkLimits(
  text: string,
  values: Readonly<Record<string, number>>,
  root: string,
): string[] {
  const named = new Set<string>();
  const names = Object.keys(values).filter((name) => name.endsWith("_MAX"));
  const counted = countersOf(root);
  const faults = text.split("\n").flatMap((line, at) => {
    const [name, value, ...cells] = cellsOf(line);
    if (name === undefined) return [];
    const say = (what: string) => `${LIMITS_PAGE}:${at + 1}: ${name} ${what}`;
    if (!names.includes(name)) return [say("is no limit")];
    if (named.has(name)) return [say("stands here twice")];
    named.add(name);
    const shown = showLimit(name, values[name]);
    return [
      ...value === shown ? [] : [say(`is ${shown}, not ${value}`)],
      ...cells.length === 1 ? [] : faultsOfCap(name, cells, counted, root).map(say),
    ];
  });
  const missing = names.filter((name) => !named.has(name));
  return [...faults, ...missing.map((name) => `${LIMITS_PAGE}: lacks ${name}`)];
}

/** A value as people read it. */
export function showLimit(name: string, value: number): string {
  if (/_MS_/.test(name)) {
    return value % 86_400_000 === 0 ? `${value / 86_400_000} days` : `${value / 1000} s`;
  }
  if (/BYTES/.test(name) && value >= 10_240) {
    if (value % 1_048_576 === 0) return `${value / 1_048_576} MiB`;
    if (value % 1024 === 0) return `${value / 1024} KiB`;
  }
  return value.toLocaleString("en-US");
}

/** What is wrong with the counter, the sender's view and the test of a cap. */
function faultsOfCap(
  name: string,
  [, counters, seen, tried, ...more]: string[],
  counted: ReadonlySet<string>,
  root: string,
): string[] {
  if (more.length > 0 || tried === undefined) return ["has not the cells of a cap or of a size"];
  const faults = [...counters.matchAll(/`(\w+)`/g)].map(([, counter]) => counter)
    .filter((counter) => !counted.has(counter))
    .map((counter) => `is counted as "${counter}", which the program never counts`);
  if (!/`\w+`|–/.test(counters)) faults.push("has no counter: expected one, or –");
  if (seen === "") faults.push("does not say what the sender sees");
  const [, path] = /^`(test\/\S+_test\.ts)`$/.exec(tried) ?? [];
  if (!path || !existsSync(join(root, path))) return [...faults, `is tried by no test: ${tried}`];
  const isNamed = new RegExp(`\\b${name}\\b`).test(readFileSync(join(root, path), "utf8"));
  return isNamed ? faults : [...faults, `is not named in ${path}`];
}

/** The cells of a row of a limit; none for another line. */
function cellsOf(line: string): string[] {
  if (!/^\| `[A-Z_]+` /.test(line)) return [];
  const [name, ...cells] = line.split("|").slice(1, -1).map((cell) => cell.trim());
  return [name.slice(1, -1), ...cells];
}

/** All words in quotes of the sources: the names of counters, codes and drops are among them. */
function countersOf(root: string): Set<string> {
  const words = new Set<string>();
  for (const name of readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const source = readFileSync(join(root, "src", name), "utf8");
    for (const [, word] of source.matchAll(/"([a-z_]+)"/g)) words.add(word);
  }
  return words;
}

if (import.meta.main) {
  const faults = checkLimits(readFileSync(LIMITS_PAGE, "utf8"), limits, ".");
  for (const fault of faults) console.log(fault);
  if (faults.length > 0) process.exitCode = 1;
}
