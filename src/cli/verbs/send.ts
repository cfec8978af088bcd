/**
 * `raet send`: a message, or many, and what became of them.
 *
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import { BODY_NOTES, FORMS } from "../send/forms.ts";
import {
  messageId,
  perSecond,
  positiveInteger,
  secondsToMs,
  spanToMs,
  type Verb,
} from "../verb.ts";

/** Sends messages. */
export const sendVerb: Verb = {
  name: "send",
  summary: "send a message, or many, and say what became of it",
  places: ["command", "console"],
  examples: [
    [`send beta//jobs '{"n": 1}'`, "to share jobs of estate beta"],
    [`send beta//jobs run=backup n:=1`, 'the same as {"run": "backup", "n": 1}'],
    [`send /worker/jobs '"hello"'`, "to a process of this host that attached as worker"],
    [`send beta// @report.json`, "to beta's inbox, the body from a file; - for standard input"],
    [`send beta//log - --lines --as text`, "each line of standard input as a message"],
    [`send 'web*//jobs' run=backup`, "to each estate that is known and that the glob fits"],
    [`send beta//jobs run=backup --durable`, "kept on disk until it is delivered"],
    [`send beta//jobs - --lines --durable --ordered --ttl 2h`, "in order, each within two hours"],
    [`send beta//jobs '{"n": {{count}}}' --count 1000 --rate 50`, "a thousand, fifty a second"],
  ],
  notes: [
    "ROUTE is estate/yard/share with exactly two slashes; an empty part is this host, its manor, or",
    "the share inbox. A glob (* ? [a-c]) in place of the estate means every other estate that is",
    "known.",
    ...BODY_NOTES,
    "With --count, templates in the body are filled in anew for each message, before it is read as",
    "JSON: {{count}} counts from 1, {{random 16}} is 16 random letters, {{time}} the time as in",
    "2026-01-31T12:00:00.000Z, {{unix}} the same in milliseconds.",
    "With --lines, blank lines are passed over; with --as text or --as bytes they are messages as well,",
    "and each is all of its line but the line feed.",
    "--durable keeps the message on disk, here and there, until it is delivered, refused for good, or",
    "its life (--ttl) is over; the command then waits up to --timeout for its outcome and says stored if",
    "there is none yet: from then on the manor goes on by itself. The same --id again is the same message.",
    "--ordered hands messages over in the order in which one process sent them to one route. What waits",
    "for an estate that is away says so, and so does what nobody has taken after two seconds.",
    "Where some of several messages fail, or ^C comes before all are sent, the exit code is 7; where all",
    "fail alike it is that of their failure.",
  ],
  json: [
    "one message: {status, id, ms}; status is delivered, handed or acknowledged (or taken, with",
    "  --no-wait; or stored, where a durable one has no outcome yet)",
    "before it, if the message waits for its estate: {event: waiting, id, estate}",
    "a glob: one such object for each estate, with to, and code and message of one that failed",
    "--count, --lines: {to, sent, taken, stored, delivered, handed, acknowledged, failed, outcome_unknown,",
    "  codes, ms, perSecond} for each estate; codes counts the failures by code",
    "failures: {error: {code, message}}, as the last line",
  ],
  completions: ["route", "file"],
  define(command, session) {
    command
      .argument("<route>", "where to: estate/yard/share")
      .argument("[body...]", "the message: JSON, -, @FILE, or key=text and key:=json")
      .addOption(
        new Option("--as <form>", "what the body is").choices(FORMS).default("json" as const),
      )
      .option("--type <word>", "what kind of message it is, for rules and for whoever takes it")
      .option("--lines", "with a body of -: each line is a message")
      .option("--count <n>", "send it so often", positiveInteger)
      .option("--rate <r>", "so many a second, with --count or --lines", perSecond)
      .option("--timeout <seconds>", "how long each message may take (default: 30)", secondsToMs)
      .option("--durable", "keep it on disk until it is delivered")
      .option("--ordered", "hand it over after those that were sent before it")
      .option(
        "--ttl <time>",
        "its life, as 90s, 30m, 24h or 7d (default: --timeout; 24h if durable)",
        spanToMs,
      )
      .option("--id <id>", "its id, 32 hex digits (default: a random one)", messageId)
      .option("--no-wait", "return as soon as the manor has taken it")
      .action(async (route, body, options) => {
        const { send } = await import("../send/run.ts");
        await send(session, route, body, options);
      });
  },
};
