/**
 * What a manor can be told: each setting with how it is read from raet.yaml and from text. They are
 * the same names everywhere; in the environment `alivePeriodMs` is RAET_ALIVE_PERIOD_MS.
 *
 * @module
 */
import { parseAddress } from "../base/address.ts";
import { RaetError } from "../base/errors.ts";
import { MESSAGES_PER_SHARE_MAX } from "../base/limits.ts";
import { checkOwnName, isOwnName } from "../base/names.ts";
import type { ManorOptions } from "./options.ts";

type AutoMode = NonNullable<ManorOptions["auto"]>;

/** The ways to accept keys, from the strictest. */
export const AUTO_MODES: readonly AutoMode[] = ["never", "once", "always"];

/** What a manor can be told; what is missing it takes from its keep, or assumes. */
export type Settings = Omit<ManorOptions, "home" | "onEvent">;

/** How a setting is read; both throw a RaetError that says what was expected. */
export interface Setting<T = unknown> {
  fromYaml(value: unknown): T;
  /** missing where text can't say it */
  fromText?(text: string): T;
}

/** Every setting. */
export const SETTINGS: { readonly [K in keyof Settings]-?: Setting<Settings[K]> } = {
  name: textSetting((text) => checkOwnName("estate", text)),
  role: textSetting((text) => checkOwnName("role", text)),
  main: booleanSetting(),
  listen: textSetting(parseAddress, `an address such as "0.0.0.0:7530", in quotes`),
  join: {
    fromYaml(value) {
      const list = Array.isArray(value) ? value : [value];
      return list.map((item) =>
        parseAddress(text(item, `addresses such as "host:7530", in quotes`))
      );
    },
    fromText: (list) => list.split(",").map((item) => parseAddress(item.trim())),
  },
  auto: textSetting(readAuto),
  mutable: booleanSetting(),
  kind: integerSetting(0, 255),
  alivePeriodMs: integerSetting(100, 3_600_000),
  shares: { fromYaml: readShares },
  keepFormat: textSetting(readFormat),
};

/** A name for an estate from the name of its host: what can't stand in a name becomes a dash. */
export function nameOfHost(hostName: string): string {
  const name = hostName.split(".")[0].replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "");
  const short = name.slice(0, 63);
  return isOwnName("estate", short) ? short : "raet";
}

/**
 * Reads a way to accept keys.
 *
 * @throws {RaetError} `usage`
 */
export function readAuto(text: string): AutoMode {
  const mode = AUTO_MODES.find((mode) => mode === text);
  if (!mode) throw expected(text, "never, once or always");
  return mode;
}

function readFormat(text: string): "json" | "msgpack" {
  if (text !== "json" && text !== "msgpack") throw expected(text, "json or msgpack");
  return text;
}

function readShares(value: unknown): Map<string, number> {
  if (!isMap(value)) throw expected(value, "names of shares, each with its settings");
  return new Map(
    Object.entries(value).map(([name, settings]) => {
      checkOwnName("share", name);
      return [name, readHold(name, settings)];
    }),
  );
}

/** How many messages a declared share holds. */
function readHold(name: string, settings: unknown): number {
  if (settings === null) return MESSAGES_PER_SHARE_MAX;
  const hold = isMap(settings) && Object.keys(settings).join() === "hold" ? settings.hold : null;
  if (typeof hold === "number" && Number.isInteger(hold) && hold >= 1) return hold;
  throw expected(settings, `share ${name} with nothing, or with hold: a whole number from 1`);
}

function textSetting<T>(read: (text: string) => T, what = "text"): Setting<T> {
  return { fromYaml: (value) => read(text(value, what)), fromText: read };
}

function booleanSetting(): Setting<boolean> {
  const words: Record<string, boolean> = { true: true, false: false, 1: true, 0: false };
  return {
    fromYaml(value) {
      if (typeof value !== "boolean") throw expected(value, "true or false");
      return value;
    },
    fromText(word) {
      if (!Object.hasOwn(words, word)) throw expected(word, "true or false");
      return words[word];
    },
  };
}

function integerSetting(least: number, most: number): Setting<number> {
  const check = (value: unknown): number => {
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) {
      return value;
    }
    throw expected(value, `a whole number from ${least} to ${most}`);
  };
  return {
    fromYaml: check,
    fromText: (word) => check(/^\d{1,9}$/.test(word) ? Number(word) : word),
  };
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw expected(value, what);
  return value;
}

function expected(value: unknown, what: string): RaetError {
  const shown = typeof value === "string" ? `"${value}"` : JSON.stringify(value) ?? "nothing";
  return new RaetError("usage", `${shown} is not what was expected: ${what}`);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
