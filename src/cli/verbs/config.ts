/**
 * `raet init` and `raet config`: the file of settings of a home.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import { RaetError } from "../../base/errors.ts";
import type { Settings } from "../../manor/settings.ts";
import type { SettingView } from "../../manor/config_file.ts";
import { plural } from "../draw/event.ts";
import type { Column } from "../output.ts";
import type { Session } from "../session.ts";
import { addSettingOptions, readSettingOptions } from "../setting_options.ts";
import { paint, type Style } from "../text.ts";
import type { Verb } from "../verb.ts";

const ACTIONS = ["show", "check"] as const;

/** Writes a raet.yaml. */
export const initVerb: Verb = {
  name: "init",
  summary: "make a home with a commented raet.yaml",
  places: ["command"],
  examples: [
    ["init --name alpha --main", "for an estate that others join"],
    ["init --home ./beta --join alpha.example:7530", "for one that joins, in another home"],
  ],
  notes: [
    "The file tells what is told here, and explains every other setting in a comment. A raet.yaml that",
    "is there already is left as it is (bad_config), and so is a home with an estate on record that is",
    "called otherwise. Keys are made when raet up first runs.",
  ],
  json: ['{"path"}'],
  define(command, session) {
    addSettingOptions(command);
    command.action(async (options) => {
      const told = readSettingOptions(options);
      const { writeConfig } = await import("../../manor/config_file.ts");
      const path = writeConfig(session.home, told);
      session.output.record({ path }, [paint("green", "written"), ` ${path}; next: raet up`]);
    });
  },
};

/** Shows and checks the settings of a home. */
export const configVerb: Verb = {
  name: "config",
  summary: "show each setting and where it comes from, or check raet.yaml",
  places: ["command"],
  examples: [
    ["config", "what raet up would take now"],
    ["config check", "for a script, before a restart: exit code 78 if something is wrong"],
    ["config show --listen 127.0.0.1:7531", "what raet up would take with that option"],
  ],
  notes: [
    "A value comes from the command line, else the environment, else raet.yaml, else what the home has",
    "on record (keep), else the default. A check tells every fault, those of raet.yaml with line and",
    "column. Without a raet.yaml the defaults hold, and all is well. It warns of variables RAET_* that",
    "mean nothing, and so does raet up.",
  ],
  json: [
    'show: {"setting","value","origin","variable","about"}  a line each',
    'check: {"path","exists","settings","warnings"}, how many it tells; or {"error":{"code","message",',
    '  "faults","warnings"}}',
  ],
  completions: [ACTIONS],
  define(command, session) {
    command
      .addArgument(
        new Argument("[action]", "what to do").choices(ACTIONS).default("show" as const),
      );
    addSettingOptions(command);
    command.action(async (...[action, options]: unknown[]) => {
      const told = readSettingOptions(options as Record<string, unknown>);
      await (action === "check" ? check(session, told) : show(session, told));
    });
  },
};

async function show(session: Session, commandLine: Settings): Promise<void> {
  const { viewSettings } = await import("../../manor/config_file.ts");
  const { home, env } = session;
  session.output.rows(await viewSettings({ home, env, commandLine }), COLUMNS, "");
}

async function check(session: Session, commandLine: Settings): Promise<void> {
  const { checkSettings } = await import("../../manor/config_file.ts");
  const { home, env, output } = session;
  const { path, exists, settings, faults, warnings } = await checkSettings({
    home,
    env,
    commandLine,
  });
  if (!output.json) { for (const warning of warnings) output.note(warning); }
  if (faults.length > 0) {
    if (!output.json) { for (const fault of faults) output.note(fault); }
    const sum = faults.length === 1 ? "this is wrong" : `these ${faults.length} are wrong`;
    const fault = new RaetError("bad_config", `${sum}: raet up would not take the settings`);
    return session.setExitCode(output.failure(fault, { faults, warnings }));
  }
  output.record(
    { path, exists, settings, warnings },
    exists
      ? [paint("green", "fine"), ` ${path} tells ${plural(settings, "setting")}`]
      : [paint("yellow", "defaults"), ` hold, as there is no ${path}; raet init writes one`],
  );
}

const STYLES: Partial<Record<SettingView["origin"], Style>> = {
  default: "dim",
  "command line": "green",
  environment: "green",
  "raet.yaml": "cyan",
};

const COLUMNS: Column<SettingView>[] = [
  ["SETTING", ({ setting }) => setting],
  ["VALUE", ({ value }) => value],
  ["FROM", ({ origin }) => paint(STYLES[origin] ?? "bold", origin)],
  ["VARIABLE", ({ variable }) => paint("dim", variable ?? "-")],
];
