/**
 * `raet listen`: claims a share and prints what comes.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import type { Message } from "../../client/message.ts";
import { MESSAGE_JSON, messageLine, messageRecord, rawBody } from "../message.ts";
import type { Session } from "../session.ts";
import { ownName, positiveInteger, secondsToMs, type Verb } from "../verb.ts";

/** How to listen. Times are milliseconds. */
interface ListenOptions {
  readonly yard?: string;
  readonly all?: true;
  readonly raw?: true;
  readonly count?: number;
  readonly for?: number;
  readonly idle?: number;
  readonly from?: string[];
  readonly notFrom?: string[];
}

/** Prints the messages of a share. */
export const listenVerb: Verb = {
  name: "listen",
  summary: "claim a share and print the messages that come to it",
  places: ["command"],
  examples: [
    ["listen jobs", "until ^C"],
    ["listen jobs --count 1 --json", "one message, for a script"],
    ["listen log --raw --idle 10 > log.txt", "bodies alone, until nothing came for 10 seconds"],
    ["listen jobs --all --from 'web*'", "copies of what web estates send, whoever else claims it"],
    ["listen jobs --yard worker", "also reached as /worker/jobs from this host"],
  ],
  notes: [
    "Several who listen on one share get its messages in turn. A message is acknowledged as it is",
    "printed, a durable one once its line has been taken by the pipe, file or terminal; one that a",
    "process which went away may have seen before is marked. Ends with exit code 0 after --count",
    "messages, after --for seconds (also if nothing came), after --idle seconds without a message, and",
    "on ^C. --raw prints text with a line's end, bytes as they are, and anything else as a line of",
    "JSON. --from and --not-from need --all: what is claimed has to be taken, whoever sent it; they",
    "are globs, an estate or estate/yard/share. Copies that come faster than they are printed are left",
    "out past 10,000; at the end it is said how many.",
  ],
  json: MESSAGE_JSON,
  completions: ["share"],
  define(command, session) {
    command
      .argument("<share>", "the share; inbox is where messages without a share go")
      .option(
        "--yard <name>",
        "the name of this process on the lane (default: a random one)",
        ownName("yard"),
      )
      .option("--all", "observe: copies of all messages, and leave the work to others")
      .option("--raw", "bodies only")
      .option("--count <n>", "end after that many messages", positiveInteger)
      .option("--for <seconds>", "end after that time", secondsToMs)
      .option("--idle <seconds>", "end after that time without a message", secondsToMs)
      .option("--from <glob>", "with --all: only from there; may be given several times", collect)
      .option("--not-from <glob>", "with --all: not from there; several times too", collect)
      .action((share, options) => listen(session, share, options));
  },
};

async function listen(session: Session, share: string, options: ListenOptions): Promise<void> {
  const { output } = session;
  const { all, raw, from, notFrom } = options;
  if (raw && output.json) {
    throw new RaetError("usage", "--raw prints no JSON: expected either --raw or --json");
  }
  if ((from || notFrom) && !all) {
    const why = "--from and --not-from would lose what others sent: expected --all as well";
    throw new RaetError("usage", why);
  }
  const wanted = await sourceFilter(from, notFrom);
  const { takeMessages } = await import("../claim.ts");
  const doing = all ? "observing" : "listening on";
  for await (
    const message of takeMessages(session, { ...options, share, observe: all, doing, wanted })
  ) {
    if (raw) output.raw(rawBody(message.body));
    else output.record(messageRecord(message), messageLine(message));
    if (!message.durable) await output.drained(); // the next one waits where it is counted
    else if (!await output.written()) return; // and it goes to somebody else
  }
}

async function sourceFilter(
  from: readonly string[] | undefined,
  notFrom: readonly string[] = [],
): Promise<(message: Message) => boolean> {
  const { routeMatcher } = await import("../glob.ts");
  const fits = from?.map(routeMatcher) ?? [() => true];
  const fitsNot = notFrom.map(routeMatcher);
  return ({ from }) =>
    fits.some((matches) => matches(from)) && !fitsNot.some((matches) => matches(from));
}

function collect(value: string, list: string[] | undefined): string[] {
  return [...list ?? [], value];
}
