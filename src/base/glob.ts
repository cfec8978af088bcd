/**
 * Globs over names, as shells have them: `*` for any run of characters, `?` for one, `[a-c]` for one of
 * these, `[!a-c]` for one of no others.
 *
 * Names come from the network, so no glob may take long over any of them: of several `*` only the last
 * one that was passed is ever tried again, which is at most length of the glob times length of the name.
 *
 * @module
 */
import { RaetError } from "./errors.ts";

/** Tells whether a name is fit for it. */
export type Matcher = (name: string) => boolean;

/** What one place of a glob fits: any run of characters, any one, one of a set, or one that is told. */
type Part = "run" | "any" | string | { readonly not: boolean; readonly set: readonly Range[] };
type Range = readonly [first: number, last: number];

/** Whether a text holds what makes it a glob. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/**
 * What a glob fits. A bracket that is never closed stands for itself.
 *
 * @throws {RaetError} `usage` if a bracket makes no sense
 */
export function globMatcher(glob: string): Matcher {
  if (!isGlob(glob)) return (name) => name === glob;
  const start = glob.slice(0, -1);
  if (glob.endsWith("*") && !isGlob(start)) return (name) => name.startsWith(start);
  const parts = partsOf(glob);
  return (name) => fits(parts, Array.from(name));
}

function fits(parts: readonly Part[], name: readonly string[]): boolean {
  let [part, at] = [0, 0];
  let [run, runAt] = [-1, 0];
  while (at < name.length) {
    if (parts[part] === "run") {
      [run, runAt] = [part++, at];
    } else if (part < parts.length && fitsOne(parts[part], name[at])) {
      part++;
      at++;
    } else if (run >= 0) {
      [part, at] = [run + 1, ++runAt];
    } else {
      return false;
    }
  }
  while (parts[part] === "run") part++;
  return part === parts.length;
}

function fitsOne(part: Part, character: string): boolean {
  if (part === "any") return true;
  // A character that is told has its mark before it, so that none is taken for a word.
  if (typeof part === "string") return part === `=${character}`;
  const code = character.codePointAt(0)!;
  return part.set.some(([first, last]) => code >= first && code <= last) !== part.not;
}

function partsOf(glob: string): Part[] {
  const parts: Part[] = [];
  for (const [whole, not, set] of glob.matchAll(/\[(!?)([^\]]+)\]|[\s\S]/gu)) {
    if (set !== undefined) parts.push({ not: not === "!", set: rangesOf(set, glob) });
    else if (whole !== "*") parts.push(whole === "?" ? "any" : `=${whole}`);
    else if (parts.at(-1) !== "run") parts.push("run");
  }
  return parts;
}

function rangesOf(set: string, glob: string): Range[] {
  return [...set.matchAll(/([\s\S])-([\s\S])|[\s\S]/gu)].map(([whole, first, last]) => {
    const [from, to] = [first ?? whole, last ?? whole].map((text) => text.codePointAt(0)!);
    if (from <= to) return [from, to];
    throw new RaetError("usage", `"${glob}" is not a glob: expected such as web* or web[1-3]`);
  });
}
