/**
 * The options of `raet up` and of those that speak about it, made of the table of settings.
 *
 * @module
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { SETTING_NAMES, settingOf, type Settings } from "../manor/settings.ts";
import { named } from "./verb.ts";

/**
 * Gives a command an option for each setting that can be told on a command line.
 *
 * What is told is read at once: `usage` or `bad_config`, with the name of the option, if it can't be.
 */
export function addSettingOptions(command: CommandUnknownOpts): void {
  for (const name of SETTING_NAMES) {
    const { flag, about, assumed, fromText } = settingOf(name);
    if (flag === undefined) continue;
    if (!flag.includes("<")) {
      command.option(flag, about);
      continue;
    }
    const text = assumed === "none" ? about : `${about} (default: ${assumed})`;
    const read = named(flag, fromText!);
    if (name === "join") {
      command.option(flag, text, (value, list: unknown[] | undefined) => [
        ...list ?? [],
        ...read(value) as unknown[],
      ]);
    } else command.option(flag, text, read);
  }
}

/** Of the options of a command, the settings. */
export function readSettingOptions(options: Readonly<Record<string, unknown>>): Settings {
  const told = SETTING_NAMES.filter((name) => options[name] !== undefined);
  return Object.fromEntries(told.map((name) => [name, options[name]]));
}
