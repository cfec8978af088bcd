/**
 * `!` runs a shell command, where the console was started for that; `quit` leaves.
 *
 * @module
 */
import { consoleOf } from "../../console_controls.ts";
import type { Verb } from "../../verb.ts";

/** Runs a shell command. */
export const shellVerb: Verb = {
  name: "!",
  summary: "run a shell command, if the console was started with --shell",
  places: ["console"],
  examples: [["!date", "what it prints appears above the prompt; ^C ends it"]],
  notes: ["It reads nothing: what is typed is the console's."],
  define(command, session) {
    command.argument("<command>", "for sh").action((line) =>
      consoleOf(session).shell(line, session.signal)
    );
  },
};

/** Leaves the console. */
export const quitVerb: Verb = {
  name: "quit",
  summary: "leave the console",
  places: ["console"],
  examples: [["quit", "the same as ^D; the manor runs on, unless it runs in the console"]],
  define(command, session) {
    command.action(() => consoleOf(session).leave());
  },
};
