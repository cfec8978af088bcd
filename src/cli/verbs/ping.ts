/**
 * `raet ping`: round trips to an estate.
 *
 * @module
 */
import { positiveInteger, secondsToMs, type Verb } from "../verb.ts";

/** Measures round trips. */
export const pingVerb: Verb = {
  name: "ping",
  summary: "measure round trips to an estate, through the road",
  places: ["command", "console"],
  examples: [
    ["ping beta", "five, one a second"],
    ["ping beta --count 100 --interval 0.1 --json", "for a script; the last line sums up"],
  ],
  notes: [
    "A ping is an alive exchange: signed packets between the manors, there and back. It needs a session",
    "with the estate, and no process there. Exit code 7 if some pings had no answer; if none had, that",
    "of their failure.",
  ],
  json: [
    "each ping: {estate, n, ms}, or {estate, n, error: {code, message}}",
    "then {estate, sent, answered, lossPercent, minMs, avgMs, maxMs}; the last three null if none was",
    "  answered",
  ],
  completions: ["estate"],
  define(command, session) {
    command
      .argument("<estate>", "whom to ping")
      .option("--count <n>", "how many (default: 5)", positiveInteger)
      .option("--interval <seconds>", "from one to the next (default: 1)", secondsToMs)
      .option("--timeout <seconds>", "how long to wait for each (default: 3)", secondsToMs)
      .action(async (estate, options) => {
        const { ping } = await import("../ping.ts");
        await ping(session, estate, options);
      });
  },
};
