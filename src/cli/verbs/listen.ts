/**
 * `raet listen`: claims a share and prints what comes.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import { checkOwnName } from "../../base/names.ts";
import type { Message } from "../../client/message.ts";
import { formatTriple, type Triple } from "../../route/triple.ts";
import { showBody } from "../body.ts";
import type { Session } from "../session.ts";
import { formatTime, type Line, paint } from "../text.ts";
import { positiveInteger, secondsToMs, type Verb } from "../verb.ts";

interface ListenOptions {
  readonly yard?: string;
  readonly all?: true;
  readonly count?: number;
  /** milliseconds */
  readonly for?: number;
}

/** Prints the messages of a share. */
export const listenVerb: Verb = {
  name: "listen",
  summary: "claim a share and print the messages that come to it",
  places: ["command"],
  examples: [
    ["listen jobs", "until ^C"],
    ["listen jobs --count 1 --json", "one message, for a script"],
    ["listen jobs --all", "a copy of every message, whoever else claims the share"],
    ["listen jobs --yard worker", "also reached as /worker/jobs from this host"],
  ],
  notes: [
    "Several who listen on one share get its messages in turn. A message is acknowledged as it is",
    "printed. Ends with exit code 0 after --count messages, after --for seconds (also if nothing",
    "came), and on ^C.",
  ],
  define(command, session) {
    command
      .argument("<share>", "the share; inbox is where messages without a share go")
      .option("--yard <name>", "the name of this process on the lane (default: a random one)")
      .option("--all", "observe: copies of all messages, and leave the work to others")
      .option("--count <n>", "end after that many messages", positiveInteger)
      .option("--for <seconds>", "end after that time", secondsToMs)
      .action((share, options) => listen(session, share, options));
  },
};

async function listen(session: Session, share: string, options: ListenOptions): Promise<void> {
  checkOwnName("share", share);
  if (options.yard !== undefined) checkOwnName("yard", options.yard);
  if (share.startsWith(".")) {
    throw new RaetError("usage", `"${share}" begins with a dot: such shares are the manor's own`);
  }
  const yard = await session.attach(options.yard);
  const { output } = session;
  yard.onManor((state) =>
    output.note(state === "gone" ? "the manor went away; waiting for it" : "the manor is back")
  );
  const ends = [session.signal];
  if (options.for !== undefined) ends.push(AbortSignal.timeout(options.for));
  const signal = AbortSignal.any(ends);
  await using listener = await yard.listen(share, { observe: options.all, signal });
  const here = `${yard.manor.estate}//${share}`;
  output.note(`${options.all ? "observing" : "listening on"} ${here} as yard ${yard.name}`);
  let left = options.count ?? Infinity;
  for await (const message of listener) {
    output.record(messageRecord(message), messageLine(message));
    if (--left === 0) return;
  }
}

/** A message as `--json` shows it. */
function messageRecord({ from, to, id, body }: Message): object {
  return { from: parts(from), to: parts(to), id, body };
}

function messageLine({ from, to, body }: Message): Line {
  return [
    paint("dim", formatTime(Date.now())),
    " ",
    paint("cyan", formatTriple(from)),
    ` > ${formatTriple(to)} `,
    showBody(body),
  ];
}

function parts({ estate, yard, share }: Triple): string[] {
  return [estate, yard, share];
}
