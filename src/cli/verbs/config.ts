/**
 * `raet init` and `raet config`: the file of settings of a home.
 *
 * @module
 */
import { Argument } from "@commander-js/extra-typings";
import type { Settings } from "../../manor/settings.ts";
import type { SettingView } from "../../manor/config_file.ts";
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
    "is there already is left as it is (bad_config). Keys are made when raet up first runs.",
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
    "on record (keep), else the default. A fault in raet.yaml is told with its line and column.",
  ],
  json: [
    'show: {"setting","value","origin","variable","about"}  a line each',
    'check: {"path","settings"}  how many it tells',
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
  const { configPath, viewSettings } = await import("../../manor/config_file.ts");
  const { home, env, output } = session;
  const views = await viewSettings({ home, env, commandLine });
  const settings = views.filter(({ origin }) => origin === "raet.yaml").length;
  const path = configPath(home);
  output.record({ path, settings }, [
    paint("green", "fine"),
    ` ${path} tells ${settings} setting${settings === 1 ? "" : "s"}`,
  ]);
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
