/**
 * One line of words, from the command line or the console: a program of verbs that reads it, runs the
 * verb, and says how it ended.
 *
 * @module
 */
import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { RaetError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import type { Session } from "./session.ts";
import { commandOf, type Verb } from "./verb.ts";
import type { World } from "./world.ts";

/** In the console the program has no name, and its options go without saying. */
const CONSOLE_HELP = {
  commandUsage: (command: CommandUnknownOpts) =>
    command.parent ? `${command.name()} ${command.usage()}` : "VERB [ARGUMENTS]",
};

/** Gives a program its verbs, and makes it throw where it would end the process. */
export function addVerbs(
  program: CommandUnknownOpts,
  verbs: readonly Verb[],
  session: Session,
  sinks: Pick<World, "out" | "err">,
): void {
  program
    .helpCommand(false)
    .helpOption("-h, --help", "help on the program or a verb")
    .configureHelp(session.place === "console" ? CONSOLE_HELP : { showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => sinks.out.write(text),
      writeErr: (text) => sinks.err.write(text),
      outputError: () => {}, // it is thrown too, and said once
    });
  for (const verb of verbs) {
    const command = commandOf(verb, session).copyInheritedSettings(program);
    program.addCommand(command, { hidden: verb.hidden ?? false });
  }
}

/** Runs a line of words; the exit code of its failure, or null if it went well. */
export async function runLine(
  program: CommandUnknownOpts,
  words: readonly string[],
  session: Session,
): Promise<number | null> {
  try {
    await program.parseAsync(words, { from: "user" });
    return null;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return null;
    return session.output.failure(error instanceof CommanderError ? usageError(error) : error);
  }
}

/** A fault that commander found, as one sentence of ours. */
export function usageError(error: CommanderError): RaetError {
  if (error.code === "commander.help") {
    return new RaetError("usage", "no command is given: expected one of those above");
  }
  const [first, ...rest] = error.message.replace(/^error: /, "").split("\n");
  const sentence = first.replaceAll("'", '"').replace(/\.$/, "").replace(
    /\. Expected/,
    ": expected",
  )
    .replace(/^command-argument value (".*") is invalid for argument "(.*)"/, "$1 can't be the $2")
    .replace(/\. Allowed choices are/, ": expected one of");
  const said = /Did you mean (?:one of )?(.*?)\?/.exec(rest.join(" "))?.[1];
  return new RaetError(
    "usage",
    said ? `${sentence}; did you mean ${said}` : sentence + near(first),
  );
}

/** Of choices, the one that was meant. */
function near(sentence: string): string {
  const match = /(?:value|argument) '([^']*)' is invalid.* Allowed choices are (.*)\.$/.exec(
    sentence,
  );
  return match ? didYouMean(match[1], match[2].split(", ")) : "";
}
