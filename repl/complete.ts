/**
 * Completion by Tab: verbs and their options, what the manor knows (estates, yards and shares in
 * routes, keys), and files.
 *
 * @module
 */
import { type Dirent, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { candidatesOf, valueOf } from "../src/cli/complete.ts";
import type { Completion } from "../src/cli/verb.ts";
import type { Yard } from "../src/client/yard.ts";
import type { Completed } from "./editor/editor.ts";
import type { Place, Usages } from "./verb_usage.ts";

/** What is asked for candidates. */
export interface CompletionSources {
  readonly usages: Usages;
  readonly yard: Pick<Yard, "control">;
  /** shares that the console listens on */
  readonly listening: readonly string[];
}

/** What the last word of a line can become; each candidate ends with a blank unless it goes on. */
export async function completeLine(line: string, sources: CompletionSources): Promise<Completed> {
  const words = line.trimStart().split(/\s+/);
  const word = words.pop() ?? "";
  const { usages } = sources;
  const names = () => usages.names.map((name) => `${name} `);
  if (words.length === 0) return starting(word, names());
  const place = usages.place(words, word);
  if (!place?.usage) return starting(word, []);
  if (place.option) return await completeAs(valueOf(place.option), word, words, sources);
  if (place.argument < 0) return starting(word, optionWords(place));
  const { verb, arguments: args } = place.usage;
  if (word.startsWith("@")) {
    return starting(word, filesFor(word.slice(1)).map((file) => `@${file}`));
  }
  const last = args.at(-1);
  const at = last?.variadic ? Math.min(place.argument, args.length - 1) : place.argument;
  const completion = verb.completions?.[place.argument] ?? verb.completions?.[at];
  if (completion === "verb") return starting(word, names());
  if (verb.name === "unlisten") return starting(word, sources.listening.map(ended));
  return await completeAs(completion ?? null, word, words, sources);
}

/** A word of a known kind; what stands in the line already is not said twice. */
async function completeAs(
  completion: Completion | null,
  word: string,
  before: readonly string[],
  { yard }: CompletionSources,
): Promise<Completed> {
  if (completion === null) return starting(word, []);
  if (completion === "file") return starting(word, filesFor(word));
  const candidates = await candidatesOf(completion, yard);
  return starting(word, candidates.filter((one) => !before.includes(one)).map(ended));
}

function optionWords({ usage }: Place): string[] {
  return usage!.options.flatMap(({ long, hidden }) => long && !hidden ? [`${long} `] : []);
}

/** Files and folders whose path begins so; `~/` is the user's own folder. */
function filesFor(word: string): string[] {
  const start = word.slice(0, word.lastIndexOf("/") + 1);
  const folder = start === "" ? "." : start.replace(/^~\//, `${homedir()}/`);
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  const hidden = word.slice(start.length).startsWith(".");
  return entries.filter(({ name }) => hidden || !name.startsWith("."))
    .map((entry) => `${start}${entry.name}${isFolder(folder, entry) ? "/" : " "}`)
    .sort();
}

function isFolder(folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    readdirSync(join(dirname(join(folder, "x")), entry.name));
    return true;
  } catch {
    return false;
  }
}

function ended(candidate: string): string {
  return /[/=]$/.test(candidate) ? candidate : `${candidate} `;
}

function starting(word: string, candidates: readonly string[]): Completed {
  const fitting = [...new Set(candidates)].filter((candidate) => candidate.startsWith(word));
  return { candidates: fitting, word };
}
