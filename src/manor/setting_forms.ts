/**
 * How the values of settings are read, from raet.yaml and from text, and shown.
 *
 * @module
 */
import { type Address, formatAddress, parseAddress } from "../base/address.ts";
import { RaetError } from "../base/errors.ts";
import { MESSAGES_PER_SHARE_MAX } from "../base/limits.ts";
import { checkOwnName } from "../base/names.ts";
import { didYouMean } from "../base/nearest.ts";
import { readFingerprint } from "../crypto/fingerprint.ts";
import type { JoinTarget } from "./options.ts";
import { type Path, PlacedError } from "./placed_error.ts";

/** How a setting is read; both throw a RaetError that says what was expected. */
export interface SettingForm<T> {
  fromYaml(value: unknown): T;
  /** missing where text can't say it */
  fromText?(text: string): T;
  /** all that it can be, where those are some words */
  readonly choices?: readonly string[];
}

/** A text that is read by `read`. */
export function textForm<T>(read: (text: string) => T, what = "text"): SettingForm<T> {
  return { fromYaml: (value) => read(text(value, what)), fromText: read };
}

/** One of some words. */
export function choiceForm<const T extends string>(choices: readonly T[]): SettingForm<T> {
  const listed = `${choices.slice(0, -1).join(", ")} or ${choices[choices.length - 1]}`;
  const read = (word: string) => {
    const choice = choices.find((one) => one === word);
    if (choice === undefined) throw expected(word, listed);
    return choice;
  };
  return { ...textForm(read, listed), choices };
}

/** A list of some words; in text with commas between. */
export function choicesForm<const T extends string>(choices: readonly T[]): SettingForm<T[]> {
  const one = (word: unknown, path: Path): T => {
    const choice = choices.find((choice) => choice === word);
    if (choice !== undefined) return choice;
    const near = typeof word === "string" ? didYouMean(word, choices) : "";
    const message = expected(word, `some of ${choices.join(", ")}`).message;
    throw new PlacedError(path, `${message}${near}`);
  };
  return {
    fromYaml: (value) =>
      Array.isArray(value) ? value.map((word, i) => one(word, [i])) : [one(value, [])],
    fromText: (list) => list.split(",").map((word) => one(word.trim(), [])),
  };
}

/** True or false. */
export function booleanForm(): SettingForm<boolean> {
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

/** A whole number between two. */
export function integerForm(least: number, most: number): SettingForm<number> {
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

/**
 * Some mains to join; in text with commas between. Each is an address, with the fingerprint of its key
 * behind `=`, or as `{address, pin}`.
 */
export function joinsForm(): SettingForm<JoinTarget[]> {
  return {
    fromYaml(value) {
      const list = Array.isArray(value) ? value : [value];
      return list.map((item) => isMap(item) ? readJoinMap(item) : readJoin(text(item, JOINS)));
    },
    fromText: (list) => list.split(",").map((item) => readJoin(item.trim())),
  };
}

const JOINS = `maps of address and pin, or addresses such as "host:7530", in quotes`;

function readJoinMap({ address, pin, ...others }: Record<string, unknown>): JoinTarget {
  if (Object.keys(others).length > 0) throw expected(others, JOINS);
  const target = parseAddress(text(address, JOINS));
  return pin === undefined ? target : { ...target, pin: readFingerprint(text(pin, JOINS)) };
}

function readJoin(word: string): JoinTarget {
  const at = word.indexOf("=");
  if (at < 0) return parseAddress(word);
  return { ...parseAddress(word.slice(0, at)), pin: readFingerprint(word.slice(at + 1)) };
}

/** An address that only this host reaches. A name other than localhost could lead anywhere. */
export function loopbackForm(): SettingForm<Address> {
  return textForm((word) => {
    const { host, port } = parseAddress(word);
    if (host === "localhost") return { host: "127.0.0.1", port };
    if (/^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) || host === "::1") return { host, port };
    throw new RaetError(
      "bad_config",
      `"${word}" can be reached by other hosts: expected a loopback address such as 127.0.0.1:9464`,
    );
  }, `a loopback address such as "127.0.0.1:9464", in quotes`);
}

/** Shares that are declared, each with how many messages it may hold. */
export function sharesForm(): SettingForm<Map<string, number>> {
  return {
    fromYaml(value) {
      if (!isMap(value)) throw expected(value, "names of shares, each with its settings");
      return new Map(
        Object.entries(value).map(([name, settings]) => {
          checkOwnName("share", name);
          return [name, readHold(name, settings)];
        }),
      );
    },
  };
}

/** A value as people read it; it is the same text where the value is. */
export function showSetting(value: unknown): string {
  if (value === undefined) return "-";
  if (value instanceof Map) {
    return [...value].map(([name, hold]) => `${name} (hold ${hold})`).join(", ") || "none";
  }
  if (Array.isArray(value)) return value.map(showSetting).join(", ") || "none";
  if (!isAddress(value)) return String(value);
  return formatAddress(value) + (value.pin === undefined ? "" : `=${value.pin}`);
}

/** A value as a line of raet.yaml can hold it. */
export function settingToYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(settingToYaml).join(", ")}]`;
  if (!isAddress(value)) return JSON.stringify(value);
  const address = JSON.stringify(formatAddress(value));
  return value.pin === undefined ? address : `{ address: ${address}, pin: "${value.pin}" }`;
}

/** How many messages a declared share holds. */
function readHold(name: string, settings: unknown): number {
  if (settings === null) return MESSAGES_PER_SHARE_MAX;
  const hold = isMap(settings) && Object.keys(settings).join() === "hold" ? settings.hold : null;
  if (typeof hold === "number" && Number.isInteger(hold) && hold >= 1) return hold;
  throw expected(settings, `share ${name} with nothing, or with hold: a whole number from 1`);
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

function isAddress(value: unknown): value is JoinTarget {
  return isMap(value) && "host" in value && "port" in value;
}
