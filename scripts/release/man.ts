/**
 * The man pages, in mdoc, out of the tables of verbs, settings and errors: raet(1), one raet-VERB(1) for
 * each verb of the command line, and raet.yaml(5).
 *
 * @module
 */
import type { Argument, CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { exitCodeRows } from "../../src/cli/exit.ts";
import { commandOf, type Verb } from "../../src/cli/verb.ts";
import { VERBS } from "../../src/cli/verbs/table.ts";
import { SETTING_NAMES, settingOf, variableOf } from "../../src/manor/settings.ts";
import { sessionFor } from "../docs.ts";

const DESCRIPTION =
  `Reliable messages between hosts, and between the processes of a host. One process of a host, its
manor, runs with raet up; every other command finds it by the home of its estate.
A route is estate/yard/share with exactly two slashes; an empty part is the default: this host, its
manor, the share inbox.`;

/** The verbs that have a page. */
export const PAGED: readonly Verb[] = VERBS.filter(({ hidden, places }) =>
  !hidden && places.includes("command")
);

/** Every page by its file name. @param date of the release */
export function manPages(date: Date): Map<string, string> {
  const pages = new Map([["raet.1", mainPage(date)], ["raet.yaml.5", settingsPage(date)]]);
  for (const verb of PAGED) pages.set(`raet-${verb.name}.1`, verbPage(verb, date));
  return pages;
}

function mainPage(date: Date): string {
  const verbs = PAGED.map(({ name, summary }) =>
    `.It Cm ${word(name)}\n${prose(`${summary}: see`)}\n.Xr raet-${name} 1 .\n`
  );
  const exits = exitCodeRows().map(({ exit, code, meaning }) =>
    `.It ${exit} Pq ${word(code)}\n${prose(meaning)}\n`
  );
  return [
    head("RAET", 1, date),
    name("raet", "reliable messages between hosts and between processes"),
    ".Sh SYNOPSIS\n.Nm\n.Op Fl -home Ar dir\n.Op Fl -json\n.Ar command\n.Op Ar argument ...\n",
    `.Sh DESCRIPTION\n${prose(DESCRIPTION)}\n.Pp\nThe options are as follows:\n`,
    list([
      ".It Fl -home Ar dir\nThe folder of the estate.\n",
      ".It Fl -json\nPrint one JSON object a line.\n",
      ".It Fl -version\nSay which version this is.\n",
    ]),
    ".Pp\nThe commands are as follows:\n",
    list(verbs),
    ".Sh ENVIRONMENT\n",
    list([
      ".It Ev RAET_HOME\nThe folder of the estate, if\n.Fl -home\ndoes not tell it.\n",
      ".It Ev RAET_DEBUG\nShows where an unexpected fault came from.\n",
      ".It Ev NO_COLOR\nNo colour on a terminal.\n",
    ]),
    ".Pp\nEach setting of\n.Xr raet.yaml 5\ncan be told by a variable of its own.\n",
    ".Sh FILES\n",
    list([
      ".It Pa ~/.raet\nThe home, if nothing tells another.\n",
      ".It Pa raet.yaml\nSettings, in the home.\n",
      ".It Pa keep\nKeys and peers, in the home.\n",
      ".It Pa lane\nThe sockets of the processes of this host, in the home.\n",
      ".It Pa durable.db\nMessages that are kept on disk, in the home.\n",
      ".It Pa operators\nThe socket for users of a group, in the home.\n",
    ]),
    `.Sh EXIT STATUS\n`,
    list(exits),
    `.Sh SEE ALSO\n${
      [...PAGED.map(({ name }) => `raet-${name} 1`).sort(), "raet.yaml 5"]
        .map((page, i, all) => `.Xr ${page}${i < all.length - 1 ? " ," : ""}\n`).join("")
    }`,
  ].join("");
}

function verbPage(verb: Verb, date: Date): string {
  const command = commandOf(verb, sessionFor("command")) as CommandUnknownOpts;
  const options = command.options.filter(({ hidden }) => !hidden);
  const args = command.registeredArguments;
  const describedArgs = args.filter(({ description }) => description !== "");
  const items = [
    ...describedArgs.map((arg) => `.It Ar ${word(arg.name())}\n${described(arg)}\n`),
    ...options.map((option) => `.It ${flags(option)}\n${described(option)}\n`),
  ];
  const examples = verb.examples.flatMap(([line, meaning]) => [`# ${meaning}`, `raet ${line}`]);
  return [
    head(`RAET-${verb.name.toUpperCase()}`, 1, date),
    name(`raet-${verb.name}`, verb.summary),
    ".Sh SYNOPSIS\n.Nm raet\n.Op Fl -home Ar dir\n.Op Fl -json\n",
    `.Cm ${word(verb.name)}\n`,
    options.length > 0 ? ".Op Ar option ...\n" : "",
    ...args.map(synopsisOf),
    `.Sh DESCRIPTION\n${prose(sentence(verb.notes?.join("\n") ?? verb.summary))}\n`,
    items.length > 0 ? ".Pp\nThe arguments and options are as follows:\n" : "",
    items.length > 0 ? list(items) : "",
    verb.json ? `.Ss With \\-\\-json\n${literal(verb.json)}` : "",
    ".Sh EXIT STATUS\nSee\n.Xr raet 1 .\n",
    verb.examples.length > 0 ? `.Sh EXAMPLES\n${literal(examples)}` : "",
    ".Sh SEE ALSO\n.Xr raet 1\n",
  ].join("");
}

function settingsPage(date: Date): string {
  const items = SETTING_NAMES.map((setting) => {
    const { about, assumed, flag, fromText, example } = settingOf(setting);
    const ways = [
      flag === undefined ? "" : `option ${flag} of raet up`,
      fromText ? `variable ${variableOf(setting)}` : "",
    ].filter((way) => way !== "");
    const also = ways.length === 0 ? "" : `Also: ${ways.join(", ")}.\n`;
    const text = `${sentence(about)}\nDefault: ${assumed}.\n${also}`;
    return `.It Ic ${word(setting)}\n${prose(text)}\n${literal([`${setting}: ${example}`])}`;
  });
  return [
    head("RAET.YAML", 5, date),
    name("raet.yaml", "settings of a RAET estate"),
    ".Sh DESCRIPTION\nThe file lies in the home of the estate, and is YAML.\nAn option of\n",
    ".Xr raet-up 1\nwins over a variable of the environment, that over this file.\n",
    "SIGHUP has a running manor read it anew.\n.Pp\nThe settings are as follows:\n",
    list(items),
    ".Sh SEE ALSO\n.Xr raet 1 ,\n.Xr raet-config 1 ,\n.Xr raet-init 1\n",
  ].join("");
}

function head(title: string, section: number, date: Date): string {
  const day = date.toLocaleDateString("en-US", {
    year: "numeric",
    month: "long",
    day: "numeric",
    timeZone: "UTC",
  });
  return `.Dd ${day}\n.Dt ${title} ${section}\n.Os\n`;
}

function name(page: string, what: string): string {
  return `.Sh NAME\n.Nm ${page}\n.Nd ${escape(what)}\n`;
}

function list(items: readonly string[]): string {
  return `.Bl -tag -width Ds\n${items.join("")}.El\n`;
}

/** Lines as they are. */
function literal(lines: readonly string[]): string {
  return `.Bd -literal -offset indent\n${lines.map(escape).join("\n")}\n.Ed\n`;
}

/** Text that is filled, each sentence on a line of its own. */
function prose(text: string): string {
  const lines = text.trim().replaceAll("\n", " ").replace(/([.!?]) +(?=[A-Z^])/g, "$1\n");
  return lines.split("\n").map(escape).join("\n");
}

function sentence(text: string): string {
  const first = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

function described(item: Argument | Option): string {
  const { argChoices, defaultValue, description } = item;
  const choices = argChoices ? ` (${argChoices.join(", ")})` : "";
  const assumed = defaultValue === undefined ? "" : ` (default: ${String(defaultValue)})`;
  return prose(sentence(`${description}${choices}${assumed}`));
}

function synopsisOf(arg: Argument): string {
  const shown = `Ar ${word(arg.name())}${arg.variadic ? " ..." : ""}`;
  return arg.required ? `.${shown}\n` : `.Op ${shown}\n`;
}

/** `-t, --timeout <seconds>` as macros. */
function flags({ flags }: Option): string {
  return flags.split(/, */).map((flag) => {
    const [, dashed, value] = /^-(\S+)(?: +[<[](.+)[>\]])?$/.exec(flag)!;
    return `Fl ${dashed}${value === undefined ? "" : ` Ar ${word(value)}`}`;
  }).join(" , ");
}

/** A word on a line of macros: none of them, and no roff. */
function word(text: string): string {
  return /^(?:[A-Z%][A-Za-z0-9]|[[(.,:;)\]?!|])$/.test(text) ? `\\&${text}` : escape(text);
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replace(/^(?=[.'])/, "\\&");
}
