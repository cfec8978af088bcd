/**
 * `raet help`.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import { didYouMean } from "../../base/nearest.ts";
import { exitCodeRows } from "../exit.ts";
import { paint } from "../text.ts";
import type { Verb } from "../verb.ts";

const EXIT_CODES = "exit-codes";

/** Help on the program, a verb or a topic. */
export const helpVerb: Verb = {
  name: "help",
  summary: "say what there is, or more about a verb",
  places: ["command", "console"],
  examples: [
    ["help send", "how to send"],
    [`help ${EXIT_CODES}`, "what the exit codes mean"],
  ],
  json: ["exit-codes: {exit, code, meaning}; all other help is text"],
  completions: ["verb"],
  define(command, session) {
    command.argument("[topic]", `a verb, or ${EXIT_CODES}`).action((topic) => {
      const program = command.parent;
      if (topic === EXIT_CODES) {
        return session.output.rows(exitCodeRows(), [
          ["EXIT", ({ exit }) => String(exit)],
          ["CODE", ({ code }) => paint("cyan", code)],
          ["MEANING", ({ meaning }) => meaning],
        ], "");
      }
      const verbs = program?.commands ?? [];
      const verb = verbs.find((verb) => verb.name() === topic);
      if (topic !== undefined && !verb) {
        const shown = verbs.map((verb) => verb.name()).filter((name) => !name.startsWith("_"));
        const topics = [...shown, EXIT_CODES];
        throw new RaetError(
          "usage",
          `no help on "${topic}": expected one of ${topics.join(", ")}${didYouMean(topic, topics)}`,
        );
      }
      (verb ?? program)?.outputHelp();
    });
  },
};
