/**
 * Completion by Tab: verbs and their options, what the manor knows (estates, yards and shares in
 * routes, keys), and files.
 *
 * @module
 */
import { type Dirent, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { candidatesOf } from "../src/cli/complete.ts";
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
  if (place.argument < 0) return starting(word, optionWords(place));
  const { verb, arguments: args } = place.usage;
  if (word.startsWith("@")) {
    return starting(word, filesFor(word.slice(1)).map((file) => `@${file}`));
  }
  const last = args.at(-1);
  const at = last?.variadic ? Math.min(place.argument, args.length - 1) : place.argument;
  const completion = verb.completions?.[place.argument] ?? verb.completions?.[at];
  if (!completion) return starting(word, []);
  if (completion === "verb") return starting(word, names());
  if (completion === "file") return starting(word, filesFor(word));
  if (verb.name === "unlisten") return starting(word, sources.listening.map(ended));
  return starting(word, (await candidates(completion, sources)).map(ended));
}

async function candidates(completion: Completion, { yard }: CompletionSources): Promise<string[]> {
  return await candidatesOf(completion, yard);
}

function optionWords({ usage, option }: Place): string[] {
  if (option) return (option.argChoices ?? []).map(ended);
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
