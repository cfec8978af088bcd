/**
 * Writes docs/commands.md out of the tables of verbs, settings, errors and reasons for drops.
 *
 *     deno run -A scripts/docs.ts            writes the page
 *     deno run -A scripts/docs.ts --check    fails if the page is not what would be written
 *
 * The check is a part of `deno task check`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { DROP_MEANINGS } from "../src/base/drop_meanings.ts";
import { exitCodeRows } from "../src/cli/exit.ts";
import { addVerbs } from "../src/cli/line.ts";
import { Output } from "../src/cli/output.ts";
import type { Place, Session } from "../src/cli/session.ts";
import type { Verb } from "../src/cli/verb.ts";
import { VERBS } from "../src/cli/verbs/table.ts";
import { SETTING_NAMES, settingOf, variableOf } from "../src/manor/settings.ts";

/** The page, from the root of the repository. */
export const PAGE = "docs/commands.md";

/** Terminals differ, the page doesn't. */
const WIDTH = 100;

const INTRO = `# Commands

This page is made from the program's own table of verbs by \`deno run -A scripts/docs.ts\`: it is what
\`raet help VERB\` prints. [\`console.md\`](console.md) tells how the console differs.
`;

/** The text of the page. */
export function commandsPage(): string {
  const shown = VERBS.filter(({ hidden }) => !hidden);
  const commands = shown.filter(({ places }) => places.includes("command"));
  const consoleOnly = shown.filter(({ places }) => !places.includes("command"));
  return [
    INTRO,
    "Commands; those marked * are verbs of the console too:\n",
    list(commands, "command"),
    "Verbs of the console only:\n",
    list(consoleOnly, "console"),
    ...commands.map((verb) => section(verb, "command")),
    ...consoleOnly.map((verb) => section(verb, "console")),
    settingsSection(),
    exitCodesSection(),
    dropsSection(),
  ].join("\n");
}

function list(verbs: readonly Verb[], place: Place): string {
  return verbs.map((verb) => {
    const title = titleOf(verb, place);
    const mark = place === "command" && verb.places.length > 1 ? "*" : "";
    return `- [\`${verb.name}\`](#${slugOf(title)})${mark} ${verb.summary}${
      otherOf(verb, place)
    }\n`;
  }).join("");
}

/** A command and a verb of the console may share a name and differ: then each says so. */
function otherOf(verb: Verb, place: Place): string {
  const other = VERBS.find((one) => one !== verb && one.name === verb.name && !one.hidden);
  if (!other) return "";
  const [there, where] = place === "command"
    ? ["console", "the console's"] as const
    : ["command", "the command"] as const;
  return ` (${where} [\`${other.name}\`](#${slugOf(titleOf(other, there))}) is another one)`;
}

function titleOf({ name }: Verb, place: Place): string {
  return place === "command" ? name : `${name} in the console`;
}

/** What a heading's anchor is made of. */
function slugOf(title: string): string {
  return title.replaceAll(" ", "-").replace(/[^a-z-]/g, "");
}

function section(verb: Verb, place: Place): string {
  const also = place === "command" && verb.places.length > 1
    ? "Also a verb of the console.\n\n"
    : otherOf(verb, place) === ""
    ? ""
    : `In the ${place === "command" ? "shell" : "console"}${otherOf(verb, place)}.\n\n`;
  return `## ${titleOf(verb, place)}\n\n${also}${fenced(helpOf(verb, place))}`;
}

/** What help prints about a verb. */
function helpOf(verb: Verb, place: Place): string {
  let text = "";
  const sink = { isTerminal: false, write: (more: string) => void (text += more) };
  const program = new Command(place === "command" ? "raet" : "");
  if (place === "command") {
    program.option("--home <dir>", "folder of the estate (default: RAET_HOME, else ~/.raet)");
    program.option("--json", "one JSON object a line");
  }
  addVerbs(program, [verb], sessionFor(place), { out: sink, err: sink });
  const [command] = program.commands;
  command.configureHelp({ ...command.configureHelp(), helpWidth: WIDTH });
  command.outputHelp();
  return text;
}

/** A session in which no verb is ever run. */
export function sessionFor(place: Place): Session {
  const sink = { isTerminal: false, write: () => {} };
  const nothing = () => Promise.reject(new Error("no verb is run here"));
  return {
    place,
    output: new Output({ out: sink, err: sink, json: false, env: {} }),
    home: "/home/you/.raet",
    env: {},
    signal: new AbortController().signal,
    attach: nothing,
    readInput: nothing,
    setExitCode: () => {},
    console: null,
  };
}

function settingsSection(): string {
  const texts = SETTING_NAMES.map((name) => {
    const { about, assumed, flag, live, kept, fromText, example } = settingOf(name);
    const ways = [
      flag === undefined ? "" : `option ${flag}`,
      fromText ? `variable ${variableOf(name)}` : "",
      `in raet.yaml: ${name}: ${example}`,
    ].filter((way) => way !== "");
    const when = live === "yes"
      ? "SIGHUP reads it anew."
      : live === "additions"
      ? "SIGHUP takes what was added; what was removed takes a restart."
      : kept
      ? "It stays as it was at the first start."
      : "A change takes a restart.";
    const lines = [`${about}`, `default: ${assumed}`, ...ways, when];
    return `${name}\n${lines.map((line) => `    ${line}\n`).join("")}`;
  });
  return `## Settings\n\nWhat \`raet up\` can be told, and how. An option wins over a variable of the
environment, that over \`raet.yaml\` in the home, and that over what the home has on record.\n\n${
    fenced(texts.join(""))
  }`;
}

function exitCodesSection(): string {
  const rows = exitCodeRows();
  const width = Math.max(...rows.map(({ code }) => code.length));
  const lines = rows.map(({ exit, code, meaning }) =>
    `${String(exit).padStart(2)}  ${code.padEnd(width)}  ${meaning}\n`
  );
  return `## Exit codes\n\nThe same as \`raet help exit-codes\`. [\`troubleshooting.md\`](troubleshooting.md)
says what to do about each. A second ^C ends a command at once, with 130; a second SIGTERM with 143.\n\n${
    fenced(lines.join(""))
  }`;
}

function dropsSection(): string {
  const width = Math.max(...Object.keys(DROP_MEANINGS).map((reason) => reason.length));
  const lines = Object.entries(DROP_MEANINGS).map(([reason, meaning]) =>
    `${reason.padEnd(width)}  ${meaning}\n`
  );
  return `## Reasons for drops\n\nWhy input was thrown away, as in \`raet stats\`, \`raet watch drops\`, the log and
the metrics.\n\n${fenced(lines.join(""))}`;
}

function fenced(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}

if (import.meta.main) {
  const path = join(import.meta.dirname!, "..", PAGE);
  const page = commandsPage();
  if (!process.argv.includes("--check")) {
    writeFileSync(path, page);
  } else if (readFileSync(path, "utf8") !== page) {
    console.error(
      `${PAGE} is not what the verbs say: expected what deno run -A scripts/docs.ts writes`,
    );
    process.exitCode = 1;
  }
}
