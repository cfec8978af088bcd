/**
 * Completion by Tab: verbs, and what the manor knows: estates, yards and shares in routes, keys.
 *
 * @module
 */
import { candidatesOf } from "../src/cli/complete.ts";
import type { Verb } from "../src/cli/verb.ts";
import type { Yard } from "../src/client/yard.ts";

/** What a word can become, and the part of the line that it replaces. */
export type Completed = [candidates: string[], word: string];

/** What the last word of a line can become. */
export async function completeLine(
  line: string,
  verbs: readonly Verb[],
  yard: Pick<Yard, "control">,
): Promise<Completed> {
  const words = line.trimStart().split(/\s+/);
  const word = words.at(-1) ?? "";
  const names = verbs.map(({ name }) => name);
  if (words.length === 1) return [starting(names, word), word];
  const verb = verbs.find(({ name }) => name === words[0]);
  const completion = verb?.completions?.[words.length - 2];
  if (!completion) return [[], word];
  const candidates = completion === "verb" ? names : await candidatesOf(completion, yard);
  return [starting(candidates, word), word];
}

/** A word that is whole is followed by a blank. */
function starting(candidates: readonly string[], word: string): string[] {
  return [...new Set(candidates)].filter((candidate) => candidate.startsWith(word))
    .map((candidate) => candidate.endsWith("/") ? candidate : `${candidate} `);
}
