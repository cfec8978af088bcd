/**
 * The options of `raet up` and of those that speak about it, made of the table of settings.
 *
 * @module
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { SETTING_NAMES, settingOf, type Settings } from "../manor/settings.ts";

/** Gives a command an option for each setting that can be told on a command line. */
export function addSettingOptions(command: CommandUnknownOpts): void {
  for (const name of SETTING_NAMES) {
    const { flag, about, assumed } = settingOf(name);
    if (flag === undefined) continue;
    const isFlag = !flag.includes("<");
    const text = isFlag || assumed === "none" ? about : `${about} (default: ${assumed})`;
    if (name === "join") command.option(flag, text, collect);
    else command.option(flag, text);
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
  return settings;
}

function collect(value: string, list: string[] | undefined): string[] {
  return [...list ?? [], value];
}
