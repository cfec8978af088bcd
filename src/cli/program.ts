/**
 * The command line: reads the arguments, runs the verb, and says how it ended.
 *
 * @module
 */
import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { RaetError } from "../base/errors.ts";
import { CommandSession } from "./command_session.ts";
import { Output } from "./output.ts";
import type { Session } from "./session.ts";
import { commandOf, type Verb } from "./verb.ts";
import { verbsOf } from "./verbs/table.ts";
import { VERSION } from "./version.ts";
import type { World } from "./world.ts";

const DESCRIPTION = "Reliable messages between hosts, and between the processes of a host.";
const AFTER = `
Every command finds the running manor of its estate by --home, RAET_HOME or ~/.raet.
More: raet help send, raet help exit-codes.
`;

/** In the console the program has no name, and its options go without saying. */
const CONSOLE_HELP = {
  commandUsage: (command: CommandUnknownOpts) =>
    command.parent ? `${command.name()} ${command.usage()}` : "VERB [ARGUMENTS]",
};

/**
 * Runs one command line and returns its exit code. What it prints goes to the world's sinks.
 *
 * @param args the arguments after the program's name
 */
export async function runProgram(args: readonly string[], world: World): Promise<number> {
  const output = new Output({ ...world, json: asksForJson(args) });
  world.onFault((error) => output.failure(error));
  const program = new Command("raet")
    .description(DESCRIPTION)
    .version(`raet ${VERSION}`, "--version", "say which version this is")
    .option("--home <dir>", "folder of the estate (default: RAET_HOME, else ~/.raet)")
    .option("--json", "one JSON object a line")
    .addHelpText("after", AFTER);
  await using session = new CommandSession(world, output, () => program.opts().home);
  addVerbs(program, verbsOf("command"), session, world);
  return await runLine(program, args, session) ?? session.exitCode;
}

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
    program.addCommand(commandOf(verb, session).copyInheritedSettings(program));
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
  const suggestion = /Did you mean (?:one of )?(.*?)\?/.exec(rest.join(" "))?.[1];
  return new RaetError("usage", suggestion ? `${sentence}; did you mean ${suggestion}` : sentence);
}

/** Known before the arguments are read, so that faults in them are said in JSON too. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? undefined : end).includes("--json");
}
