/**
 * What `raet init` writes and `raet config` shows: the settings of a home, as a file and as a list.
 *
 * @module
 */
import { openSync } from "node:fs";
import { join } from "node:path";
import { formatAddress } from "../base/address.ts";
import { RaetError } from "../base/errors.ts";
import { DURABLE_BYTES_MAX, DURABLE_MESSAGES_MAX } from "../base/limits.ts";
import { openHome } from "../io/home.ts";
import { codeOf, FILE_MODE, fileError, fillFile } from "../io/private.ts";
import { READ_ONLY } from "../route/grants.ts";
import {
  CONFIG_FILE,
  faultsOfEnvironment,
  gatherSettings,
  type Origin,
  readConfigOf,
  type SettingsSources,
  strangeVariables,
} from "./config.ts";
import { autoDefault } from "./estate.ts";
import { openHomeKeep } from "./home_keep.ts";
import { settingToYaml, showSetting } from "./setting_forms.ts";
import {
  SETTING_NAMES,
  type SettingName,
  settingOf,
  type Settings,
  variableOf,
} from "./settings.ts";

/** A setting as it holds in a home. */
export type SettingView = {
  setting: SettingName;
  /** as people read it; `-` where there is none */
  value: string;
  origin: Origin | "keep" | "default";
  /** the variable of the environment that can tell it; null if none can */
  variable: string | null;
  about: string;
};

/**
 * Makes a home (0700) if it isn't there, and writes its raet.yaml (0600): what is told as settings, and
 * every other setting as a comment.
 *
 * @returns the path of the file
 * @throws {RaetError} `bad_config` if there is one already, it can't be written, or the home has an estate
 * on record that what is told does not agree with
 */
export function writeConfig(homePath: string, told: Settings): string {
  openHomeKeep(homePath, told);
  const home = openHome(homePath);
  try {
    fillFile(openSync(home.config, "wx", FILE_MODE), home.config, configText(told), true);
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw fileError(home.config, "written", cause);
    throw new RaetError(
      "bad_config",
      `"${home.config}" is there already, and is left as it is: expected a home without one`,
      { cause },
    );
  }
  return home.config;
}

/** The text of a raet.yaml that tells these settings and explains the others. */
export function configText(told: Settings): string {
  const lines = [
    "# Settings of one RAET estate. What is commented out shows an example; take the # away to tell it.",
    "# The environment (RAET_NAME, RAET_LISTEN …) wins over this file, and options of raet up over both.",
    "# raet config check reads this file for faults, raet config show says what holds.",
    "# What is marked [SIGHUP] a running manor reads anew on that signal; the rest takes a restart.",
  ];
  for (const name of SETTING_NAMES) {
    const { about, assumed, example, live, kept } = settingOf(name);
    const marks = [
      live === "yes" ? "[SIGHUP]" : live === "additions" ? "[SIGHUP, what is added]" : "",
      kept ? "[stays as it was at the first start]" : "",
    ].filter((mark) => mark !== "");
    const sentence = `${about[0].toUpperCase()}${about.slice(1)}.`;
    lines.push("", `# ${[sentence, ...marks].join(" ")}`, `# Default: ${assumed}.`);
    const value = told[name];
    lines.push(value === undefined ? `# ${name}: ${example}` : `${name}: ${settingToYaml(value)}`);
  }
  return `${lines.join("\n")}\n`;
}

/**
 * Every setting as `raet up` would take it now, and where it is from. Also finds out whether it agrees
 * with the keep.
 *
 * @throws {RaetError} `bad_config` if a setting can't be, or not any more
 */
export async function viewSettings(sources: SettingsSources): Promise<SettingView[]> {
  const { settings, origins } = await gatherSettings(sources);
  const { plan } = openHomeKeep(sources.home, settings);
  const assumed: Record<SettingName, string> = {
    name: plan.name,
    role: plan.role,
    main: String(plan.main),
    listen: formatAddress(plan.listen),
    join: "none",
    auto: autoDefault(plan.main),
    mutable: "true",
    kind: String(plan.kind),
    alivePeriodMs: "5000",
    sessionMs: "3600000",
    drainMs: "5000",
    shares: "none",
    durableMessages: String(DURABLE_MESSAGES_MAX),
    durableBytes: String(DURABLE_BYTES_MAX),
    policy: "none",
    group: "none",
    groupVerbs: READ_ONLY.join(", "),
    keepFormat: "json",
    logLevel: "info",
    logFile: "-",
    metrics: "-",
  };
  return SETTING_NAMES.map((setting) => {
    const { about, kept, fromText } = settingOf(setting);
    const isKept = kept === true && plan.onRecord !== null;
    // A port 0 that was told stands for the one on record.
    const isAssumed = settings[setting] === undefined || setting === "listen";
    const value = isAssumed ? assumed[setting] : showSetting(settings[setting]);
    const origin = origins[setting] ?? (isKept ? "keep" : "default");
    return { setting, value, origin, variable: fromText ? variableOf(setting) : null, about };
  });
}

/** What a check of the settings of a home finds. */
export interface ConfigCheck {
  readonly path: string;
  /** whether there is a raet.yaml */
  readonly exists: boolean;
  /** how many settings it tells */
  readonly settings: number;
  /** a sentence each; where it is in the file, with line and column */
  readonly faults: readonly string[];
  /** what is passed over and was likely meant otherwise, a sentence each */
  readonly warnings: readonly string[];
}

/**
 * Everything that keeps `raet up` from taking its settings.
 *
 * @throws {RaetError} `bad_config` if the file can't be read
 */
export async function checkSettings(sources: SettingsSources): Promise<ConfigCheck> {
  const read = await readConfigOf(sources.home);
  const faults = [...read?.faults ?? [], ...faultsOfEnvironment(sources.env)];
  if (faults.length === 0) {
    try {
      await viewSettings(sources);
    } catch (error) {
      if (!(error instanceof RaetError) || error.code !== "bad_config") throw error;
      faults.push(error.message);
    }
  }
  return {
    path: join(sources.home, CONFIG_FILE),
    exists: read !== null,
    settings: Object.keys(read?.settings ?? {}).length,
    faults,
    warnings: strangeVariables(sources.env),
  };
}
