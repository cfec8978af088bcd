/**
 * `use`: the route that the console's verbs mean where none is given.
 *
 * @module
 */
import { formatTriple, parseTriple } from "../../../route/triple.ts";
import { consoleOf } from "../../console_controls.ts";
import { paint } from "../../text.ts";
import type { Verb } from "../../verb.ts";

/** Sets the route in use. */
export const useVerb: Verb = {
  name: "use",
  summary: "set the route that send and ask use where none is given",
  places: ["console"],
  examples: [
    ["use beta//jobs", "the prompt shows it; then: send n=1"],
    ["use", "say which it is"],
    ["use -", "use none"],
  ],
  completions: ["route"],
  define(command, session) {
    command.argument("[route]", "estate/yard/share, or - for none").action((route) => {
      const controls = consoleOf(session);
      if (route === "-") controls.target = "";
      else if (route !== undefined) controls.target = formatTriple(parseTriple(route));
      const { target } = controls;
      session.output.record(
        { target },
        target === "" ? "no route is in use" : ["using ", paint("cyan", target)],
      );
    });
  },
};
