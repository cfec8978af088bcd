/**
 * `raet ask`: a request, and its answer.
 *
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import { BODY_NOTES, FORMS } from "../send/forms.ts";
import { secondsToMs, type Verb } from "../verb.ts";

/** Asks, and prints the answer. */
export const askVerb: Verb = {
  name: "ask",
  summary: "send a request, and print its answer",
  places: ["command", "console"],
  examples: [
    [`ask beta//double 21`, "what share double of estate beta makes of 21"],
    [`ask beta//disk path=/var --timeout 5`, 'of {"path": "/var"}, within 5 seconds'],
    [`ask beta//lint @main.c --as text`, "of a file's text"],
  ],
  notes: [
    "ROUTE is as for send. Whoever takes the request answers it: raet answer, or a program. What is",
    "printed is the answer's body alone: text and bytes as they are, all else as JSON. No answer is",
    "taken from another estate than the one that was asked.",
    ...BODY_NOTES,
    "A request that waits for an estate that is away says so, and so does one that nobody has taken after",
    "two seconds.",
    "Exit codes: that of the delivery if the request was not delivered, 3 (no_answer) if it was but",
    "nothing came back in time, 10 (answered_error) if the answer is an error.",
  ],
  json: [
    "{status, id, ms, from, body}; status is answered, from the [estate, yard, share] that answered",
    "before it, if the request waits for its estate: {event: waiting, id, estate}",
    "an error as answer: {error: {code, message, from, answer: {code, message, exit}}}; code is",
    "  answered_error, exit the exit code of the command that failed, or null",
    "failures: {error: {code, message}}, as the last line",
  ],
  completions: ["route", "file"],
  define(command, session) {
    command
      .argument("<route>", "whom to ask: estate/yard/share")
      .argument("[body...]", "the request: JSON, -, @FILE, or key=text and key:=json")
      .addOption(
        new Option("--as <form>", "what the body is").choices(FORMS).default("json" as const),
      )
      .option("--type <word>", "what kind of request it is, for rules and for whoever takes it")
      .option(
        "--timeout <seconds>",
        "how long request and answer may take (default: 30)",
        secondsToMs,
      )
      .action(async (route, body, options) => {
        const { ask } = await import("../ask.ts");
        await ask(session, route, body, options);
      });
  },
};
