/**
 * `listen` and `unlisten` of the console: messages appear as live lines while other things are done.
 *
 * @module
 */
import { RaetError } from "../../../base/errors.ts";
import { checkOwnName } from "../../../base/names.ts";
import { INBOX } from "../../../route/triple.ts";
import { consoleOf } from "../../console_controls.ts";
import type { ConsoleControls, Listening } from "../../console_controls.ts";
import { plural } from "../../draw/event.ts";
import type { Column } from "../../output.ts";
import type { Session } from "../../session.ts";
import type { Verb } from "../../verb.ts";

const COLUMNS: Column<Listening>[] = [
  ["SHARE", ({ share }) => share],
  ["MESSAGES", ({ count }) => String(count), "right"],
  ["HOW", ({ observe }) => observe ? "copies" : "takes them"],
];

/** Listens in the background. */
export const consoleListenVerb: Verb = {
  name: "listen",
  summary: "listen on a share: its messages appear as live lines",
  places: ["console"],
  examples: [
    ["listen jobs", "until unlisten jobs, or the console ends"],
    ["listen jobs --all", "copies of all messages, whoever else claims the share"],
    ["listen", "say which shares those are"],
  ],
  notes: [
    "A message is acknowledged as it comes. Live lines cut long bodies; last shows the whole of it,",
    "and of a flood only some are shown, and the rest counted: raet listen prints every one.",
  ],
  json: ["share, observe, count", "each message: from, to (lists of three), id, type, body"],
  completions: ["share"],
  define(command, session) {
    command
      .argument("[share]", `the share; ${INBOX} is where messages without a share go`)
      .option("--all", "observe: copies of all messages, and leave the work to others")
      .action((share, options) => listen(session, share, options.all ?? false));
  },
};

/** Ends that. */
export const unlistenVerb: Verb = {
  name: "unlisten",
  summary: "listen no more, on a share or on any",
  places: ["console"],
  examples: [["unlisten jobs", "leave it to others"], ["unlisten", "listen on nothing"]],
  completions: ["share"],
  define(command, session) {
    command.argument("[share]", "the share (default: all)").action((share) => {
      const controls = consoleOf(session);
      const ended = controls.unlisten(share);
      if (ended.length === 0 && share !== undefined) throw notListening(controls, share);
      if (ended.length === 0) return session.output.note("nothing was listened on");
      for (const { share, count } of ended) {
        session.output.record(
          { share, count },
          `no more on ${share}, after ${plural(count, "message")}`,
        );
      }
    });
  },
};

async function listen(session: Session, share: string | undefined, observe: boolean) {
  const { output } = session;
  const controls = consoleOf(session);
  if (share === undefined) {
    return output.rows(controls.listening, COLUMNS, "nothing is listened on");
  }
  checkOwnName("share", share);
  if (share.startsWith(".")) {
    throw new RaetError("usage", `"${share}" begins with a dot: such shares are the manor's own`);
  }
  const listening = await controls.listen(share, observe);
  const yard = await session.attach();
  const how = observe ? "observing" : "listening on";
  output.record(listening, `${how} ${yard.manor.estate}//${share} as yard ${yard.name}`);
}

function notListening({ listening }: ConsoleControls, share: string): RaetError {
  const names = listening.map(({ share }) => share).join(", ") || "none";
  return new RaetError("no_share", `"${share}" is not listened on: those that are: ${names}`);
}
