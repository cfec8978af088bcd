/**
 * `raet answer`: a command that answers requests.
 *
 * @module
 */
import { ownName, positiveInteger, secondsToMs, type Verb } from "../verb.ts";

/** Runs a command for each message of a share. */
export const answerVerb: Verb = {
  name: "answer",
  summary: "answer the requests of a share with what a command prints",
  places: ["command"],
  examples: [
    ["answer double -- jq '. * 2'", "the body on standard input, what is printed is the answer"],
    ["answer disk --parallel 4 --timeout 10 -- ./disk.sh", "four at once, 10 seconds each"],
    ["answer once --count 1 -- cat", "a single one, then end"],
  ],
  notes: [
    "The command gets the body on standard input: text and bytes as they are, all else as JSON; and",
    "RAET_FROM, RAET_TO, RAET_ID, RAET_TYPE and RAET_HOME in its environment. What it prints is the",
    "answer: JSON if it can be sent as that (raet help send), else text without the last line's end,",
    "else bytes. If it ends with another code than 0 the answer is an error, with that code and the end",
    "of what it wrote to standard error. It runs for messages that were sent and not asked as well; what",
    "it prints then is thrown away. ^C takes no more, and lets what runs end.",
  ],
  json: [
    "each message: {from, id, asks, exit, ms, answer}; answer is answered, error or none (not asked),",
    "  or the code with which the answer itself was not delivered",
  ],
  completions: ["share", "rest"],
  define(command, session) {
    command
      .argument("<share>", "the share whose messages it takes")
      .argument("<command...>", "what to run, after --")
      .option(
        "--yard <name>",
        "the name of this process on the lane (default: a random one)",
        ownName("yard"),
      )
      .option("--parallel <n>", "how many run at once (default: 1)", positiveInteger)
      .option("--timeout <seconds>", "end a command that takes longer", secondsToMs)
      .option("--count <n>", "end after that many messages", positiveInteger)
      .option("--for <seconds>", "take no more after that time", secondsToMs)
      .option("--idle <seconds>", "end after that time without a message", secondsToMs)
      .action(async (share, words, options) => {
        const { answer } = await import("../answer.ts");
        await answer(session, share, words, options);
      });
  },
};
