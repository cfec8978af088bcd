/**
 * The route in use: what it means for a line that names none.
 *
 * @module
 */
import type { Usages } from "./verb_usage.ts";

/** The words of a line with the route in use put in where the verb takes one and none is given. */
export function withTarget(
  words: readonly string[],
  usages: Usages,
  target: string,
): readonly string[] {
  const [name, ...rest] = words;
  const verb = usages.of(name)?.verb;
  if (target === "" || !verb || verb.name === "use" || verb.completions?.[0] !== "route") {
    return words;
  }
  if (rest.includes("--help") || rest.includes("-h")) return words;
  const first = rest.find((_, i) =>
    usages.place([name, ...rest.slice(0, i)], rest[i])!.argument === 0
  );
  return first !== undefined && looksLikeRoute(first) ? words : [name, target, ...rest];
}

/** Bodies have slashes too, but within quotes, behind a key, or as a file. */
function looksLikeRoute(word: string): boolean {
  return /^[^{["@=]*\//.test(word);
}
