/**
 * Completion by Tab: verbs, and what the manor knows: estates, yards and shares in routes, keys.
 *
 * @module
 */
import type { Completion, Verb } from "../src/cli/verb.ts";
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
  if (words.length === 1) return [starting(verbs.map(({ name }) => `${name} `), word), word];
  const verb = verbs.find(({ name }) => name === words[0]);
  const completion = verb?.completions?.[words.length - 2];
  if (!completion) return [[], word];
  return [starting(await candidates(completion, verbs, yard), word), word];
}

async function candidates(
  completion: Completion,
  verbs: readonly Verb[],
  yard: Pick<Yard, "control">,
): Promise<string[]> {
  if (completion === "verb") return verbs.map(({ name }) => `${name} `);
  if (completion === "route") return await routes(yard);
  if (completion !== "key") return completion.map((word) => `${word} `);
  const { rows } = await yard.control("keys", {});
  return rows.filter(({ acceptance }) => acceptance !== "own").map(({ role }) => `${role} `);
}

/** Estates with their slashes, then what this host has. */
async function routes(yard: Pick<Yard, "control">): Promise<string[]> {
  const [estates, yards, shares] = await Promise.all([
    yard.control("estates", {}),
    yard.control("yards", {}),
    yard.control("shares", {}),
  ]);
  return [
    ...estates.rows.map(({ name }) => `${name}//`),
    ...shares.rows.filter(({ name }) => !name.startsWith(".")).map(({ name }) => `//${name} `),
    ...yards.rows.map(({ name }) => `/${name}/`),
  ];
}

function starting(candidates: readonly string[], word: string): string[] {
  return [...new Set(candidates)].filter((candidate) => candidate.startsWith(word));
}
