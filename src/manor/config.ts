/**
 * The settings of a manor. A command line wins over the environment (RAET_*), that over raet.yaml in
 * the home, and that over what a manor assumes by itself; where each came from is kept. A raet.yaml
 * with an unknown key or a value of the wrong form is refused with its line and column.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RaetError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import {
  type Setting,
  SETTING_NAMES,
  type SettingName,
  settingOf,
  SETTINGS,
  type Settings,
  variableOf,
} from "./settings.ts";

/** The file of settings in a home. */
export const CONFIG_FILE = "raet.yaml";

/** Where a setting came from. */
export type Origin = "command line" | "environment" | "raet.yaml";

/** Settings, and where each came from. */
export interface GatheredSettings {
  readonly settings: Settings;
  readonly origins: Partial<Record<keyof Settings, Origin>>;
}

/** From where settings are gathered. */
export interface SettingsSources {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly commandLine: Settings;
}

/**
 * Gathers the settings of a manor.
 *
 * @throws {RaetError} `bad_config` for a setting that can't be
 */
export async function gatherSettings(sources: SettingsSources): Promise<GatheredSettings> {
  const layers: [Origin, Settings][] = [
    ["raet.yaml", await readConfigFile(sources.home)],
    ["environment", readEnvironment(sources.env)],
    ["command line", sources.commandLine],
  ];
  const settings: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [origin, layer] of layers) {
    for (const [name, value] of Object.entries(layer)) {
      if (value === undefined) continue;
      settings[name] = value;
      origins[name] = origin;
    }
  }
  return { settings, origins };
}

/**
 * The settings in RAET_NAME, RAET_LISTEN and so on.
 *
 * @throws {RaetError} `bad_config`
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Settings {
  const found: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const setting = settingOf(name);
    const variable = variableOf(name);
    const text = env[variable];
    if (text === undefined || text === "" || !setting.fromText) continue;
    found[name] = orBadConfig(`environment variable ${variable}`, () => setting.fromText!(text));
  }
  return found;
}

/**
 * The settings in the text of a raet.yaml.
 *
 * @param path how the file is called in errors
 * @throws {RaetError} `bad_config`, with line and column
 */
export async function parseConfig(text: string, path: string): Promise<Settings> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path} line ${line}, column ${col}`;
  };
  const fault = document.errors[0];
  if (fault) {
    const said = fault.message.split("\n")[0].replace(/[.:]$/, "");
    const tab = /\t/.test(text.slice(...fault.pos))
      ? " (YAML is indented with blanks, not tabs)"
      : "";
    throw new RaetError("bad_config", `${at(fault.pos[0])}: ${said}${tab}`);
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return {};
  if (!isMap(contents)) {
    throw new RaetError(
      "bad_config",
      `${at(contents.range?.[0] ?? 0)}: expected lines "key: value"`,
    );
  }
  const found: Record<string, unknown> = {};
  for (const { key, value } of contents.items) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const keyAt = at((isScalar(key) ? key.range?.[0] : undefined) ?? 0);
    const valueAt = at(rangeOf(value) ?? (isScalar(key) ? key.range?.[0] : undefined) ?? 0);
    if (!Object.hasOwn(SETTINGS, name)) {
      const known = SETTING_NAMES;
      throw new RaetError(
        "bad_config",
        `${keyAt}: unknown key "${name}"${didYouMean(name, known)}; expected one of ${
          known.join(", ")
        }`,
      );
    }
    const setting: Setting = settingOf(name as SettingName);
    const plain: unknown = isNode(value) ? value.toJS(document) : value;
    found[name] = orBadConfig(`${valueAt}: ${name}`, () => setting.fromYaml(plain));
  }
  return found;
}

async function readConfigFile(home: string): Promise<Settings> {
  const path = join(home, CONFIG_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return {};
    throw new RaetError("bad_config", `${path} can't be read: ${message}`, { cause: error });
  }
  return await parseConfig(text, path);
}

/** Says where the setting stands in front of what is wrong with it. */
function orBadConfig<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RaetError)) throw error;
    throw new RaetError("bad_config", `${where}: ${error.message}`, { cause: error });
  }
}

interface YamlNode {
  readonly range?: readonly [number, number, number] | null;
  toJS(document: unknown): unknown;
}

function isNode(value: unknown): value is YamlNode {
  return typeof value === "object" && value !== null && "toJS" in value;
}

function rangeOf(value: unknown): number | undefined {
  return isNode(value) ? value.range?.[0] : undefined;
}
