/**
 * The options of `raet up` and of those that speak about it, made of the table of settings.
 *
 * @module
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { RaetError } from "../base/errors.ts";
import { readFingerprint } from "../crypto/fingerprint.ts";
import type { JoinTarget } from "../manor/options.ts";
import { SETTING_NAMES, settingOf, type Settings } from "../manor/settings.ts";

/** Gives a command an option for each setting that can be told on a command line. */
export function addSettingOptions(command: CommandUnknownOpts): void {
  for (const name of SETTING_NAMES) {
    const { flag, about, assumed } = settingOf(name);
    if (flag === undefined) continue;
    const isFlag = !flag.includes("<");
    const text = isFlag || assumed === "none" ? about : `${about} (default: ${assumed})`;
    if (name !== "join") {
      command.option(flag, text);
      continue;
    }
    command.option(flag, text, collect);
    command.option(
      "--pin <fingerprint>",
      "the one key that may answer where --join leads; one for each --join, in their order",
      collect,
    );
  }
}

/** The settings that were told so. @throws {RaetError} `usage`, `bad_config` */
export function readSettingOptions(options: Readonly<Record<string, unknown>>): Settings {
  const settings: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const told = options[name];
    const { fromText } = settingOf(name);
    if (told === true) settings[name] = true;
    else if (Array.isArray(told)) settings[name] = fromText!(told.join(","));
    else if (typeof told === "string") settings[name] = fromText!(told);
  }
  if (Array.isArray(options.pin)) settings.join = pinned(settings.join, options.pin);
  return settings;
}

function pinned(join: unknown, pins: readonly string[]): JoinTarget[] {
  const targets = (join ?? []) as readonly JoinTarget[];
  if (targets.length === pins.length) {
    return targets.map((target, i) => ({ ...target, pin: readFingerprint(pins[i]) }));
  }
  throw new RaetError(
    "usage",
    `--pin was told ${pins.length} times and --join ${targets.length} times: expected one --pin for each --join`,
  );
}

function collect(value: string, list: string[] | undefined): string[] {
  return [...list ?? [], value];
}
