/**
 * How a verb is called, for hints and completion: its arguments and options, as commander knows them.
 *
 * @module
 */
import type { Argument, Command, Option } from "@commander-js/extra-typings";
import type { Session } from "../src/cli/session.ts";
import { commandOf, type Verb } from "../src/cli/verb.ts";

/** How one verb is called. */
export interface Usage {
  readonly verb: Verb;
  readonly arguments: readonly Argument[];
  readonly options: readonly Option[];
}

/** Where in a line somebody is: which verb, and what the word at the end is going to be. */
export interface Place {
  readonly usage: Usage | null;
  /** the word at the end, empty behind a blank */
  readonly word: string;
  /** number of that word among the verb's arguments; -1 if it is an option or the value of one */
  readonly argument: number;
  /** the option whose value it is */
  readonly option: Option | null;
}

/** Knows how the verbs of a console are called. */
export class Usages {
  readonly #verbs: ReadonlyMap<string, Verb>;
  readonly #session: Session;
  readonly #known = new Map<string, Usage>();

  /** @param session one to define verbs with; none is run */
  constructor(verbs: readonly Verb[], session: Session) {
    this.#verbs = new Map(verbs.map((verb) => [verb.name, verb]));
    this.#session = session;
  }

  /** The names of all verbs that are shown. */
  get names(): string[] {
    return [...this.#verbs.values()].filter(({ hidden }) => !hidden).map(({ name }) => name);
  }

  /** How a verb is called; null if there is none of that name. */
  of(name: string): Usage | null {
    const verb = this.#verbs.get(name);
    if (!verb) return null;
    let usage = this.#known.get(name);
    if (!usage) {
      const command: Command = commandOf(verb, this.#session);
      const { registeredArguments, options } = command;
      usage = { verb, arguments: registeredArguments, options };
      this.#known.set(name, usage);
    }
    return usage;
  }

  /** Where the end of a line is, by its words; null while it is still the verb. */
  place(words: readonly string[], word: string): Place | null {
    const [name, ...rest] = words;
    if (name === undefined) return null;
    const usage = this.of(name);
    let argument = 0;
    let option: Option | null = null;
    for (const done of rest) {
      if (option) option = null;
      else if (usage && done.startsWith("-") && done !== "-") option = takesValue(usage, done);
      else argument++;
    }
    const isOption = option === null && word.startsWith("-");
    return { usage, word, argument: option || isOption ? -1 : argument, option };
  }
}

/** The option of that name, if its value is the next word. */
function takesValue({ options }: Usage, name: string): Option | null {
  const found = options.find(({ short, long }) => name === short || name === long);
  return found && (found.required || found.optional) ? found : null;
}

/** `<route>` or `[body...]`. */
export function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  const words = argument.argChoices ? argument.argChoices.join("|") : name;
  return argument.required ? `<${words}>` : `[${words}]`;
}
