/**
 * `raet repl`: the console.
 *
 * @module
 */
import type { Verb } from "../verb.ts";

/** Starts the console with the verbs that it shares with the command line. */
export function replVerb(verbs: () => readonly Verb[]): Verb {
  return {
    name: "repl",
    summary: "the console: send, watch and manage keys by hand",
    places: ["command"],
    examples: [["repl", "at a prompt; Tab completes, ^D leaves"]],
    notes: ["Lines may also come from standard input, one verb each."],
    define(command, session) {
      command.action(async () => {
        const { runConsole } = await import("../../../repl/console.ts");
        await runConsole(session, verbs().filter((verb) => verb.places.includes("console")));
      });
    },
  };
}
