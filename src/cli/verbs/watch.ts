/**
 * The console's own verbs: `watch` turns live lines on and off, `quit` leaves.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import { assert } from "../../base/errors.ts";
import type { ConsoleControls, Session } from "../session.ts";
import type { Verb } from "../verb.ts";

const MODES = ["on", "off", "all"] as const;
const MEANINGS: Record<typeof MODES[number], string> = {
  on: "transactions and presence, without alives that go well",
  all: "transactions and presence, alives too",
  off: "no live lines",
};

/** Turns live lines on and off. */
export const watchVerb: Verb = {
  name: "watch",
  summary: "live lines for transactions and presence: on, all or off",
  places: ["console"],
  examples: [
    ["watch", "say which live lines are shown"],
    ["watch all", MEANINGS.all],
    ["watch off", MEANINGS.off],
  ],
  completions: [MODES],
  define(command, session) {
    command
      .addArgument(new Argument("[mode]", "which lines to show").choices(MODES))
      .action((mode) => {
        const controls = consoleOf(session);
        if (mode !== undefined) controls.watchMode = mode;
        const watching = controls.watchMode;
        session.output.record({ watching }, `watch ${watching}: ${MEANINGS[watching]}`);
      });
  },
};

/** Leaves the console. */
export const quitVerb: Verb = {
  name: "quit",
  summary: "leave the console; the manor runs on",
  places: ["console"],
  examples: [["quit", "the same as ^D"]],
  define(command, session) {
    command.action(() => consoleOf(session).leave());
  },
};

function consoleOf(session: Session): ConsoleControls {
  assert(session.console, "console verbs run in a console");
  return session.console;
}
