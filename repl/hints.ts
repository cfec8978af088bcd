/**
 * What may come next on a line, in a few words: the rest of a verb's name, the arguments that are
 * still to come and what the next one is.
 *
 * @module
 */
import { argumentText, type Place, type Usages } from "./verb_usage.ts";
import { splitWords } from "./words.ts";

/** The hint for a line; empty where there is nothing to say. @param target the route in use */
export function hintFor(line: string, usages: Usages, target: string): string {
  if (line.trim() === "" || /^\s*[#!]/.test(line)) return "";
  const words = wordsOf(line);
  if (words === null) return "";
  const isNext = /\s$/.test(line);
  const word = isNext ? "" : words.pop()!;
  if (words.length === 0) return verbHint(word, usages, target);
  const place = usages.place(words, word);
  if (!place?.usage) return "";
  if (place.argument < 0) return optionHint(place);
  const rest = argumentsFrom(place, place.argument + (word === "" ? 0 : 1), target);
  if (rest === "") return "";
  return word === "" ? `${rest}${description(place)}` : ` ${rest}`;
}

/** The rest of a name that can be no other, and what follows it. */
function verbHint(word: string, usages: Usages, target: string): string {
  const names = usages.names.filter((name) => name.startsWith(word));
  const name = names.includes(word) ? word : names.length === 1 ? names[0] : null;
  if (name === null) return "";
  const place = usages.place([name], "")!;
  const rest = argumentsFrom(place, 0, target);
  const summary = rest === "" ? `  ${place.usage!.verb.summary}` : "";
  return `${name.slice(word.length)}${rest === "" ? "" : ` ${rest}`}${summary}`;
}

function argumentsFrom({ usage }: Place, from: number, target: string): string {
  const shown = usage!.arguments.map((argument, i) => {
    const isRoute = usage!.verb.completions?.[i] === "route";
    if (isRoute && target !== "" && argument.required) return `[${argument.name()}]`;
    return argumentText(argument);
  });
  return shown.slice(from).join(" ");
}

/** What the argument is that comes next. */
function description({ usage, argument }: Place): string {
  const next = usage!.arguments[argument];
  return next?.description ? `  ${next.description}` : "";
}

function optionHint({ usage, word, option }: Place): string {
  if (option) {
    return word === "" ? `${option.flags.split(/[ ,]+/).at(-1)}  ${option.description}` : "";
  }
  const fitting = usage!.options.filter(({ long }) => long?.startsWith(word));
  const [found] = fitting.length === 1 ? fitting : fitting.filter(({ long }) => long === word);
  if (!found) return "";
  const value = /[<[].*$/.exec(found.flags)?.[0] ?? "";
  return `${found.long!.slice(word.length)}${value ? ` ${value}` : ""}  ${found.description}`;
}

/** The words of a line; null where a quote or bracket is open. */
function wordsOf(line: string): string[] | null {
  try {
    return splitWords(line);
  } catch {
    return null;
  }
}
