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
import { codeOf, fileError } from "../io/private.ts";
import { PlacedError } from "./placed_error.ts";
import {
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
    const value = fromVariable(name, env);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** What is wrong with the variables of the environment, a sentence each. */
export function faultsOfEnvironment(env: SettingsSources["env"]): string[] {
  return SETTING_NAMES.flatMap((name) => {
    try {
      fromVariable(name, env);
      return [];
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      return [error.message];
    }
  });
}

/** What else is called RAET_: for every command, for the executable, for what is answered, and for scripts. */
const OTHER_VARIABLES = [
  ...["RAET_HOME", "RAET_DEBUG", "RAET_CACHE"],
  ...["RAET_FROM", "RAET_TO", "RAET_ID", "RAET_TYPE"],
  ...["RAET_BUN", "RAET_PYTHON", "RAET_EXECUTABLE"],
];

/** Variables that look like settings and are none, a sentence each; a value is never quoted. */
export function strangeVariables(env: SettingsSources["env"]): string[] {
  const unread = SETTING_NAMES.filter((name) => !settingOf(name).fromText);
  const read = SETTING_NAMES.filter((name) => !unread.includes(name)).map(variableOf);
  const known = [...read, ...OTHER_VARIABLES];
  const told = Object.keys(env).filter((name) => name.startsWith("RAET_") && env[name]);
  return told.sort().flatMap((variable) => {
    if (known.includes(variable)) return [];
    const setting = unread.find((name) => variableOf(name) === variable);
    return setting
      ? [`environment variable ${variable} is not read: expected ${setting} in ${CONFIG_FILE}`]
      : [`environment variable "${variable}" means nothing${didYouMean(variable, known)}`];
  });
}

function fromVariable(name: SettingName, env: SettingsSources["env"]): unknown {
  const { fromText } = settingOf(name);
  const variable = variableOf(name);
  const text = env[variable];
  if (text === undefined || text === "" || !fromText) return undefined;
  return orBadConfig(`environment variable ${variable}`, () => fromText(text));
}

/** What a raet.yaml tells, and everything that is wrong with it. */
export interface ReadConfig {
  /** without those that are wrong */
  readonly settings: Settings;
  /** a sentence each, with line and column, in the order of the file */
  readonly faults: readonly string[];
}

/**
 * The settings in the text of a raet.yaml.
 *
 * @param path how the file is called in errors
 * @throws {RaetError} `bad_config`, with line and column of the first fault
 */
export async function parseConfig(text: string, path: string): Promise<Settings> {
  return orFirstFault(await readConfig(text, path));
}

/** The same with all its faults. */
export async function readConfig(text: string, path: string): Promise<ReadConfig> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error", // what it warns of on stderr is a fault of ours or none
  });
  const faults: { offset: number; what: string }[] = [];
  for (const { message, pos } of document.errors) {
    const said = message.split("\n")[0].replace(/[.:]$/, "");
    const tab = /\t/.test(text.slice(...pos)) ? " (YAML is indented with blanks, not tabs)" : "";
    faults.push({ offset: pos[0], what: `not YAML: ${said}${tab}` });
  }
  // A setting with text in it that can't be read is guessed: of that one enough is said already.
  const unreadable = faults.map(({ offset }) => offset);
  const settings: Record<string, unknown> = {};
  const { contents } = document;
  if (isMap(contents)) {
    for (const [i, { key, value }] of contents.items.entries()) {
      const keyOffset = rangeOf(key) ?? 0;
      const end = rangeOf(contents.items[i + 1]?.key) ?? text.length + 1;
      if (unreadable.some((offset) => offset >= keyOffset && offset < end)) continue;
      const name = isScalar(key) ? String(key.value) : String(key);
      const read = readItem(name, () => isNode(value) ? value.toJS(document) : value);
      if ("value" in read) settings[name] = read.value;
      else faults.push({ offset: read.offsetIn(value) ?? keyOffset, what: read.what });
    }
  } else if (faults.length === 0 && !isEmpty(contents)) {
    faults.push({ offset: rangeOf(contents) ?? 0, what: 'expected lines "key: value"' });
  }
  faults.sort((one, other) => one.offset - other.offset);
  return {
    settings,
    faults: faults.map(({ offset, what }) => {
      const { line, col } = lines.linePos(offset);
      return `${path} line ${line}, column ${col}: ${what}`;
    }),
  };
}

/** One setting, or what is wrong with its key or its value, and where in that, if in it at all. */
function readItem(
  name: string,
  value: () => unknown,
): { value: unknown } | { what: string; offsetIn: (value: unknown) => number | undefined } {
  if (!Object.hasOwn(SETTINGS, name)) {
    const near = didYouMean(name, SETTING_NAMES);
    const what = `unknown key "${name}"${near}; expected one of ${SETTING_NAMES.join(", ")}`;
    return { what, offsetIn: () => undefined };
  }
  try {
    return { value: settingOf(name as SettingName).fromYaml(value()) };
  } catch (error) {
    // An alias that names nothing, or too much: the parser lets it pass.
    if (error instanceof ReferenceError) {
      return { what: `${name}: ${error.message.replace(/ \(.*/, "")}`, offsetIn: rangeOf };
    }
    if (!(error instanceof RaetError)) throw error;
    const offsetIn = (value: unknown) =>
      error instanceof PlacedError ? offsetOf(value, error) : rangeOf(value);
    return { what: `${name}: ${error.message}`, offsetIn };
  }
}

/** The settings in the raet.yaml of a home with all that is wrong with it; null if there is none. */
export async function readConfigOf(home: string): Promise<ReadConfig | null> {
  const path = join(home, CONFIG_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return null;
    throw fileError(path, "read", error);
  }
  return await readConfig(text, path);
}

async function readConfigFile(home: string): Promise<Settings> {
  const read = await readConfigOf(home);
  return read === null ? {} : orFirstFault(read);
}

function orFirstFault({ settings, faults }: ReadConfig): Settings {
  if (faults.length === 0) return settings;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more: see raet config check)` : "";
  throw new RaetError("bad_config", `${faults[0]}${more}`);
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

function isEmpty(contents: unknown): boolean {
  return contents === null || isNode(contents) && contents.value === null;
}

interface YamlNode {
  readonly range?: readonly [number, number, number] | null;
  readonly value?: unknown;
  toJS(document: unknown): unknown;
}

/** Where the part of a value that is at fault begins in the file; undefined if it can't be found. */
function offsetOf(value: unknown, { path, atKey }: PlacedError): number | undefined {
  let offset = rangeOf(value);
  let node = value;
  for (const [depth, step] of path.entries()) {
    const items: readonly unknown[] = (node as { items?: unknown[] } | null)?.items ?? [];
    const pair = typeof step === "number" ? undefined : items.find((item) => keyOf(item) === step);
    const next = typeof step === "number" ? items[step] : (pair as Pair | undefined)?.value;
    const isLast = depth === path.length - 1;
    const key = rangeOf((pair as Pair | undefined)?.key);
    offset = (isLast && atKey ? key : rangeOf(next) ?? key) ?? offset;
    node = next;
  }
  return offset;
}

interface Pair {
  readonly key: unknown;
  readonly value: unknown;
}

function keyOf(item: unknown): unknown {
  const key = (item as Pair | null)?.key;
  return (key as { value?: unknown } | null | undefined)?.value;
}

function isNode(value: unknown): value is YamlNode {
  return typeof value === "object" && value !== null && "toJS" in value;
}

function rangeOf(value: unknown): number | undefined {
  return isNode(value) ? value.range?.[0] : undefined;
}
