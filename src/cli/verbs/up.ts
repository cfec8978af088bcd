/**
 * `raet up`: runs the manor of an estate until it is told to end.
 *
 * @module
 */
import type { ServiceEvent } from "../../manor/service.ts";
import type { Settings } from "../../manor/settings.ts";
import { PRESENCE_NAMES } from "../../route/control.ts";
import type { Output } from "../output.ts";
import { ServiceEvents } from "../service_events.ts";
import type { Session } from "../session.ts";
import { addSettingOptions, readSettingOptions } from "../setting_options.ts";
import type { Verb } from "../verb.ts";
import { VERSION } from "../version.ts";

/** Runs a manor. */
export const upVerb: Verb = {
  name: "up",
  summary: "run the manor of this estate, until ^C",
  places: ["command"],
  examples: [
    ["up --main", "let others join; their keys wait until you accept them"],
    ["up --join alpha.example:7530", "join that main"],
    ['up --join alpha.example:7530 --pin "$FP"', "only if its key has that fingerprint"],
    ["up --listen 127.0.0.1:0 --json", "for a script: a free port, told in the first line"],
    ["up --log-file raet.log --log-level debug", "a log in the home, a line for each transaction"],
  ],
  notes: [
    "What is not told here is taken from RAET_NAME, RAET_LISTEN …, then from raet.yaml in the home,",
    "then from what the home has on record; else the name is the host's, and it listens on",
    "0.0.0.0:7530. A main accepts keys by hand (never); an estate that was told to join accepts the",
    "main's key the first time and holds on to it (once). ^C and SIGTERM let open messages end for a",
    "while; a second one ends at once. SIGHUP reads raet.yaml anew and opens the log file anew; the",
    "log says of each setting that differs whether it holds now. Under systemd (Type=notify) it says when",
    "it is ready, and feeds the watchdog. The log goes to stderr: lines for people on a terminal, JSON",
    "otherwise and in a file.",
  ],
  json: [
    '{"event":"ready","name","address","home","fingerprint"}  once, when it runs',
    '{"event","estate","message"}  how it stands with an estate; event is one of',
    `  ${PRESENCE_NAMES.join(", ")}`,
    '{"event":"warning","message"}',
    '{"event":"metrics","address"}  where they are served',
    '{"event":"left_out","count"}  so many were not told, as nobody read',
    '{"event":"reloaded","changes":[{"setting","from","to","applied":"yes|part|no","origin","why"}]}',
  ],
  define(command, session) {
    addSettingOptions(command);
    command.action((options) => up(session, readSettingOptions(options)));
  },
};

async function up(session: Session, commandLine: Settings): Promise<void> {
  const { output, home, env } = session;
  const [{ openService }, { ProcessLog }, { humanLogLine, jsonLogLine }, { onHangup }, notify] =
    await Promise.all([
      import("../../manor/service.ts"),
      import("../../io/log.ts"),
      import("../log_lines.ts"),
      import("../../io/signals.ts"),
      import("../../io/notify.ts"),
    ]);
  const notes = output.notes;
  const log = new ProcessLog({
    stderrLine: notes.isTerminal
      ? (level, entry, at) => humanLogLine(level, entry, at, notes.colour)
      : jsonLogLine,
    fileLine: jsonLogLine,
    stderr: (text) => notes.write(text),
    isStderrFull: () => notes.isFull ?? false,
  });
  // On a terminal the log is what people read; where it goes elsewhere they are told what happens.
  const isToldByLog = () => log.target.level !== "off" && log.target.file === null;
  const events = new ServiceEvents(output);
  const onEvent = (event: ServiceEvent) => {
    if (output.json || !isToldByLog()) events.tell(event);
  };
  const terminalGone = new AbortController();
  const signal = AbortSignal.any([session.signal, terminalGone.signal]);
  const opening = openService({
    home,
    env,
    commandLine,
    log,
    logLevel: output.json ? "off" : "info",
    version: VERSION,
    onEvent,
    notifier: notify.openNotifier(env),
  });
  const stopListening = onHangup({
    onReload: () => void opening.then((service) => service.reload(), () => {}),
    onTerminalGone: () => terminalGone.abort("SIGHUP"),
  });
  try {
    await using _service = await opening;
    await aborted(signal);
    noteEnd(output, signal);
  } finally {
    stopListening();
  }
}

function noteEnd(output: Output, signal: AbortSignal): void {
  if (output.json || signal.reason === "EPIPE" || signal.reason === "SIGHUP") return;
  if (!output.notes.isTerminal) return; // who asked it to end doesn't read, and its log is JSON
  output.note("ending; once more to end at once");
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
