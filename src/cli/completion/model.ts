/**
 * What the shells have to know of the verbs, read off their own declarations.
 *
 * @module
 */
import { valueOf } from "../complete.ts";
import type { Session } from "../session.ts";
import { commandOf, type Completion, type Verb } from "../verb.ts";

/** An option of a verb. */
export interface OptionModel {
  /** with its dashes */
  readonly long: string;
  readonly description: string;
  /** what follows it is its value */
  readonly takesValue: boolean;
  /** what that can be; null where nothing is known of it */
  readonly value: Completion | null;
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
  { long: "--home", description: "folder of the estate", takesValue: true, value: "file" },
  { long: "--json", description: "one JSON object a line", takesValue: false, value: null },
  { long: "--help", description: "help on the verb", takesValue: false, value: null },
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
      value: valueOf(option),
    })).filter(({ long }) => long !== ""),
    kinds: (verb.completions ?? []).map((kind) => kind === "verb" ? names : kind),
  }));
}
