/**
 * What the shells have to know of the verbs, read off their own declarations.
 *
 * @module
 */
import type { Session } from "../session.ts";
import { choicesOf } from "../setting_options.ts";
import { commandOf, type Completion, type Verb } from "../verb.ts";

/** An option of a verb. */
export interface OptionModel {
  /** with its dashes */
  readonly long: string;
  readonly description: string;
  /** what follows it is its value */
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

/** A verb. */
export interface VerbModel {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionModel[];
  /** what its arguments can be, in order */
  readonly kinds: readonly Completion[];
}

/** The options that every verb has. */
export const GLOBAL_OPTIONS: readonly OptionModel[] = [
  { long: "--home", description: "folder of the estate", takesValue: true, choices: [] },
  { long: "--json", description: "one JSON object a line", takesValue: false, choices: [] },
  { long: "--help", description: "help on the verb", takesValue: false, choices: [] },
];

/** Reads the verbs. A help topic can be any of them. */
export function modelOf(verbs: readonly Verb[], session: Session): VerbModel[] {
  const names = [...verbs.map(({ name }) => name), "exit-codes"];
  return verbs.map((verb) => ({
    name: verb.name,
    summary: verb.summary,
    options: commandOf(verb, session).options.map((option) => ({
      long: option.long ?? "",
      description: option.description,
      takesValue: option.required || option.optional,
      choices: choicesOf(option),
    })).filter(({ long }) => long !== ""),
    kinds: (verb.completions ?? []).map((kind) => kind === "verb" ? names : kind),
  }));
}
