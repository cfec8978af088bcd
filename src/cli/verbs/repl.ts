/**
 * `raet repl`: the console, at the manor that runs or with one inside itself.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import type { Yard } from "../../client/yard.ts";
import type { Settings } from "../../manor/settings.ts";
import type { Session } from "../session.ts";
import { addSettingOptions, readSettingOptions } from "../setting_options.ts";
import { type Line, paint } from "../text.ts";
import type { Verb } from "../verb.ts";
import { VERSION } from "../version.ts";

interface ReplOptions {
  readonly up?: true;
  readonly shell?: true;
}

/** Starts the console with the verbs that it shares with the command line. */
export function replVerb(verbs: () => readonly Verb[]): Verb {
  return {
    name: "repl",
    summary: "the console: send, watch and manage keys by hand",
    places: ["command"],
    examples: [
      ["repl", "at a prompt; Tab completes, ^D leaves"],
      ["repl --up --join alpha.example:7530", "with a manor inside, where none is running"],
      ["repl < lines.raet", "from a file, one verb a line"],
    ],
    notes: [
      "With no manor running it asks whether to run one inside itself, which ends with the console. What",
      "that one is told, here, by RAET_* and in raet.yaml, is the same as for raet up; its log is off",
      "unless a level or a file is told. It takes SIGHUP as that of raet up does.",
      "Lines may also come from standard input: then the exit code is that of the last line that failed.",
    ],
    json: ["what the verbs print; see raet help VERB"],
    define(command, session) {
      command
        .option("--up", "with no manor running, run one inside without asking")
        .option("--shell", "let ! run shell commands");
      addSettingOptions(command);
      command.action((options) => repl(session, options as ReplOptions, verbs()));
    },
  };
}

async function repl(
  session: Session,
  options: ReplOptions,
  verbs: readonly Verb[],
): Promise<void> {
  const consoleVerbs = verbs.filter(({ places }) => places.includes("console"));
  let say = (line: Line) => session.output.note(line);
  const commandLine = readSettingOptions({ ...options });
  const up = options.up ?? false;
  await using place = await findManor(session, { up, commandLine }, (line) => say(line));
  const { yard } = place;
  const { runConsole } = await import("../../../repl/console.ts");
  const { estate, address } = yard.manor;
  const inside = place.isInside ? "; its manor runs in this console, and ends with it" : "";
  const code = await runConsole({
    session,
    verbs: consoleVerbs,
    yard,
    signal: AbortSignal.any([session.signal, place.terminalGone]),
    shell: options.shell ?? false,
    greeting: [
      ["estate ", paint("bold", estate), ` at ${address}${inside}`],
      paint("dim", "Tab completes, help says what there is, ^D leaves"),
    ],
    onReady: (print) => say = print,
  });
  session.setExitCode(code);
}

/** A manor to talk to. */
interface Place extends AsyncDisposable {
  readonly yard: Yard;
  readonly isInside: boolean;
  /** aborted once one that is inside has to end, as its terminal is closed */
  readonly terminalGone: AbortSignal;
}

async function findManor(
  session: Session,
  { up, commandLine }: { up: boolean; commandLine: Settings },
  say: (line: Line) => void,
): Promise<Place> {
  try {
    const yard = await session.attach();
    const [told] = Object.keys(commandLine);
    if (told !== undefined) {
      const { estate } = yard.manor;
      throw new RaetError(
        "usage",
        `the manor of ${estate} runs already, so setting ${told} has no use here: expected it in raet up`,
      );
    }
    const terminalGone = new AbortController().signal; // then it ends by the system's own way
    return { yard, isInside: false, terminalGone, [Symbol.asyncDispose]: () => Promise.resolve() };
  } catch (error) {
    if (!(error instanceof RaetError) || error.code !== "no_manor") throw error;
    if (!up && !await askForOne(session)) {
      throw new RaetError("no_manor", `${error.message}, or here with raet repl --up`);
    }
  }
  return await openInside(session, commandLine, say);
}

async function askForOne({ home }: Session): Promise<boolean> {
  const { isTerminal, processStreams } = await import("../terminal/streams.ts");
  const streams = processStreams();
  if (!isTerminal(streams)) return false;
  const { askYesNo } = await import("../terminal/question.ts");
  return await askYesNo(streams, `No manor is running for ${home}. Run one in this console?`);
}

/** Runs a manor in this process, with the settings that `raet up` would have. */
async function openInside(
  session: Session,
  commandLine: Settings,
  say: (line: Line) => void,
): Promise<Place> {
  const [{ openService }, { attach }, { ProcessLog }, { onHangup }, { humanLogLine, jsonLogLine }] =
    await Promise.all([
      import("../../manor/service.ts"),
      import("../../client/attach.ts"),
      import("../../io/log.ts"),
      import("../../io/signals.ts"),
      import("../log_lines.ts"),
    ]);
  const { home, env } = session;
  const service = await openService({
    home,
    env,
    commandLine,
    log: new ProcessLog({
      stderrLine: (level, entry, at) => humanLogLine(level, entry, at, false),
      fileLine: jsonLogLine,
      stderr: (text) => text.trimEnd().split("\n").forEach((line) => say(line)),
    }),
    // What happens stands among the live lines already.
    logLevel: "off",
    version: VERSION,
    onEvent: (event) => {
      if (event.event === "warning") say([paint("yellow", "warning "), event.message]);
    },
  });
  const terminalGone = new AbortController();
  const stopListening = onHangup({
    onReload: () => void service.reload(),
    onTerminalGone: () => terminalGone.abort(),
  });
  const yard = await attach({ manor: service.manor, program: "raet repl" });
  return {
    yard,
    isInside: true,
    terminalGone: terminalGone.signal,
    async [Symbol.asyncDispose]() {
      await yard.close();
      await service.close();
      stopListening();
    },
  };
}
