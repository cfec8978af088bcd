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

/** Options are told by the help on a verb; so its name leaves room for what it does. */
const HELP = {
  subcommandTerm: (command: CommandUnknownOpts) =>
    [command.name(), command.usage().replace("[options]", "").trim()].join(" ").trim(),
  minWidthToWrap: 24,
};
/** In the console the program has no name, and its options go without saying. */
const CONSOLE_HELP = {
  ...HELP,
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
    .configureHelp(
      session.place === "console" ? CONSOLE_HELP : { ...HELP, showGlobalOptions: true },
    )
    .exitOverride()
    .configureOutput({
      getOutHelpWidth: () => widthOf(session),
      getErrHelpWidth: () => widthOf(session),
      writeOut: (text) => sinks.out.write(text),
      writeErr: (text) => sinks.err.write(text),
      outputError: () => {}, // it is thrown too, and said once
    });
  for (const verb of verbs) {
    const command = commandOf(verb, session).copyInheritedSettings(program);
    program.addCommand(command, { hidden: verb.hidden ?? false });
  }
}

/** How wide help is; 80 columns where there is no terminal. */
function widthOf({ output }: Session): number {
  return Number.isFinite(output.width) ? output.width : 80;
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
    if (!(error instanceof CommanderError)) return session.output.failure(error);
    const help = session.place === "console" ? "help" : "raet help";
    return session.output.failure(usageError(error, whatWasCalled(program), help));
  }
}

/** The verb of a line that was read, else the program. */
function whatWasCalled(program: CommandUnknownOpts): CommandUnknownOpts {
  return program.commands.find((command) => command.name() === program.args[0]) ?? program;
}

/** A fault that commander found in the line of a command, as one sentence of ours. */
function usageError(error: CommanderError, command: CommandUnknownOpts, help: string): RaetError {
  if (error.code === "commander.help") {
    return new RaetError("usage", "no command is given: expected one of those above");
  }
  const [first, ...rest] = error.message.replace(/^error: /, "").split("\n");
  const sentence = first.replaceAll("'", '"').replace(/\.$/, "").replace(
    /\. Expected/,
    ": expected",
  )
    .replace(/^command-argument value (".*") is invalid for argument "(.*)"/, "$1 can't be the $2")
    .replace(/\. Allowed choices are/, ": expected one of")
    .replace(/^missing required argument "(.*)"/, `$1 is missing: expected ${usageOf(command)}`)
    .replace(/^option "(\S+) (.*)" argument missing/, "$1 needs a value: expected $1 $2");
  const said = /Did you mean (?:one of )?(.*?)\?/.exec(rest.join(" "))?.[1];
  return new RaetError(
    "usage",
    said
      ? `${sentence}; did you mean ${said}`
      : sentence + near(first) + expected(error, command, help),
  );
}

/** How a command is called, without the program's options. */
function usageOf(command: CommandUnknownOpts): string {
  return command.createHelp().commandUsage(command).replace(" [options]", "");
}

/** Where to read what was expected in place of a word that is not known and like no other. */
function expected({ code }: CommanderError, command: CommandUnknownOpts, help: string): string {
  const isUnknown = code === "commander.unknownOption" || code === "commander.unknownCommand";
  if (!isUnknown) return "";
  return `: expected one that ${command.parent ? `${help} ${command.name()}` : help} shows`;
}

/** Of choices, the one that was meant. */
function near(sentence: string): string {
  const match = /(?:value|argument) '([^']*)' is invalid.* Allowed choices are (.*)\.$/.exec(
    sentence,
  );
  return match ? didYouMean(match[1], match[2].split(", ")) : "";
}
