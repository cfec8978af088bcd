/**
 * `raet up`: runs the manor of an estate until it is told to end.
 *
 * @module
 */
import { parseAddress } from "../../base/address.ts";
import type { ManorEvent } from "../../manor/options.ts";
import type { Settings } from "../../manor/settings.ts";
import type { Output } from "../output.ts";
import type { Session } from "../session.ts";
import { formatTime, type Line, paint, type Style } from "../text.ts";
import type { Verb } from "../verb.ts";

interface UpOptions {
  readonly name?: string;
  readonly role?: string;
  readonly main?: true;
  readonly listen?: string;
  readonly join?: string[];
  readonly auto?: string;
}

const STYLES: Partial<Record<ManorEvent["event"], Style>> = {
  ready: "green",
  joined: "green",
  allowed: "green",
  alive: "green",
  pending: "yellow",
  warning: "yellow",
  lost: "red",
  refused: "red",
  rejected: "red",
};

/** Runs a manor. */
export const upVerb: Verb = {
  name: "up",
  summary: "run the manor of this estate, until ^C",
  places: ["command"],
  examples: [
    ["up --main", "let others join; their keys wait until you accept them"],
    ["up --join alpha.example:7530", "join that main"],
    ["up --listen 127.0.0.1:0 --json", "for a script: a free port, told in the first line"],
  ],
  notes: [
    "What is not told here is taken from RAET_NAME, RAET_LISTEN …, then from raet.yaml in the home,",
    "then from what the home has on record; else the name is the host's, and it listens on",
    "0.0.0.0:7530. A main accepts keys by hand (never); an estate that was told to join accepts the",
    "main's key the first time and holds on to it (once). ^C and SIGTERM let open messages end for a",
    "while; a second one ends at once.",
  ],
  define(command, session) {
    command
      .option("--name <name>", "the estate's name")
      .option("--role <role>", "whose keys it bears (default: its name)")
      .option("--main", "let newcomers join")
      .option(
        "--listen <host:port>",
        "UDP address to listen on; port 0 picks a free one, and keeps it",
      )
      .option("--join <host:port>", "a main to join; may be given several times", collect)
      .option("--auto <mode>", "accept new keys: never, once or always")
      .action((options) => up(session, options));
  },
};

async function up(session: Session, options: UpOptions): Promise<void> {
  const { output, home, signal } = session;
  const commandLine = await readOptions(options);
  const { gatherSettings } = await import("../../manor/config.ts");
  const { settings } = await gatherSettings({ home, env: session.env, commandLine });
  const { openManor } = await import("../../manor/open.ts");
  const onEvent = (event: ManorEvent) => output.record(event, eventLine(event));
  await using _manor = await openManor({ ...settings, home, onEvent });
  await aborted(signal);
  noteEnd(output, signal);
}

async function readOptions(options: UpOptions): Promise<Settings> {
  const { readAuto } = await import("../../manor/settings.ts");
  const { name, role, main, listen, join, auto } = options;
  return {
    name,
    role,
    main,
    listen: listen === undefined ? undefined : parseAddress(listen),
    join: join?.map(parseAddress),
    auto: auto === undefined ? undefined : readAuto(auto),
  };
}

function eventLine(event: ManorEvent): Line {
  const time = paint("dim", formatTime(Date.now()));
  const what = paint(STYLES[event.event] ?? "bold", event.event);
  if (event.event === "ready") {
    return [time, " ", what, ` ${event.name} at ${event.address}, home ${event.home}`];
  }
  if (event.event === "warning") return [time, " ", what, ` ${event.message}`];
  return [time, " ", what, ` ${event.estate}`, event.message ? `: ${event.message}` : ""];
}

function noteEnd(output: Output, signal: AbortSignal): void {
  if (!output.json && signal.reason !== "EPIPE") output.note("ending; once more to end at once");
}

function collect(value: string, list: string[] | undefined): string[] {
  return [...list ?? [], value];
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}
