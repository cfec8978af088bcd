/**
 * The command line: reads the arguments, runs the verb, and says how it ended.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { CommandSession } from "./command_session.ts";
import { addVerbs, runLine } from "./line.ts";
import { Output } from "./output.ts";
import { verbsOf } from "./verbs/table.ts";
import { VERSION } from "./version.ts";
import type { World } from "./world.ts";

const DESCRIPTION = "Reliable messages between hosts, and between the processes of a host.";
const AFTER = `
Commands find the running manor of an estate by --home, RAET_HOME or ~/.raet.
More: raet help send, raet help exit-codes.
`;

/**
 * Runs one command line and returns its exit code. What it prints goes to the world's sinks.
 *
 * @param args the arguments after the program's name
 */
export async function runProgram(args: readonly string[], world: World): Promise<number> {
  const output = new Output({ ...world, json: asksForJson(args), progress: true });
  world.onFault((error) => output.failure(error));
  const program = new Command("raet")
    .description(DESCRIPTION)
    .version(
      output.json ? JSON.stringify({ version: VERSION }) : `raet ${VERSION}`,
      "--version",
      "say which version this is",
    )
    .option("--home <dir>", "folder of the estate (default: RAET_HOME, else ~/.raet)")
    .option("--json", "one JSON object a line")
    .addHelpText("after", AFTER);
  await using session = new CommandSession(world, output, () => program.opts().home);
  addVerbs(program, verbsOf("command"), session, world);
  return await runLine(program, args, session) ?? session.exitCode;
}

/** Known before the arguments are read, so that faults in them are said in JSON too. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? undefined : end).includes("--json");
}
