/**
 * The options of `raet up` and of those that speak about it, made of the table of settings.
 *
 * @module
 */
import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { RaetError } from "../base/errors.ts";
import { readFingerprint } from "../crypto/fingerprint.ts";
import type { JoinTarget } from "../manor/options.ts";
import { SETTING_NAMES, settingOf, type Settings } from "../manor/settings.ts";
import { named } from "./verb.ts";

/**
 * Gives a command an option for each setting that can be told on a command line.
 *
 * What is told is read at once: `usage` or `bad_config`, with the name of the option, if it can't be.
 */
export function addSettingOptions(command: CommandUnknownOpts): void {
  for (const name of SETTING_NAMES) {
    const { flag, about, assumed, fromText, choices } = settingOf(name);
    if (flag === undefined) continue;
    if (!flag.includes("<")) {
      command.option(flag, about);
      continue;
    }
    const text = assumed === "none" ? about : `${about} (default: ${assumed})`;
    const read = named(flag, fromText!);
    if (name !== "join") {
      const option = command.createOption(flag, text).argParser(read);
      if (choices) CHOICES.set(option, choices);
      command.addOption(option);
      continue;
    }
    command.option(flag, text, gathering((value) => read(value) as unknown[]));
    command.option(
      PIN_FLAG,
      "the one key that may answer where --join leads; one for each --join, in their order",
      gathering((value) => [named(PIN_FLAG, readFingerprint)(value)]),
    );
  }
}

/** What the value of an option can be; none where it can be anything. */
export function choicesOf(option: Option): readonly string[] {
  return option.argChoices ?? CHOICES.get(option) ?? [];
}

/** Those of settings: their description has them, so that help need not say them again. */
const CHOICES = new WeakMap<Option, readonly string[]>();

/** Of the options of a command, the settings. */
export function readSettingOptions(options: Readonly<Record<string, unknown>>): Settings {
  const told = SETTING_NAMES.filter((name) => options[name] !== undefined);
  const settings = Object.fromEntries(told.map((name) => [name, options[name]]));
  return options.pin ? { ...settings, join: pinned(settings.join, options.pin) } : settings;
}

const PIN_FLAG = "--pin <fingerprint>";

/** Reads an option that may be given several times. */
function gathering(read: (value: string) => unknown[]) {
  return (value: string, list: unknown[] | undefined) => [...list ?? [], ...read(value)];
}

function pinned(join: unknown, told: unknown): JoinTarget[] {
  const targets = (join ?? []) as readonly JoinTarget[];
  const pins = told as readonly string[];
  if (targets.length === pins.length) {
    return targets.map((target, i) => ({ ...target, pin: pins[i] }));
  }
  throw new RaetError(
    "usage",
    `--pin was told ${pins.length} times and --join ${targets.length} times: expected one --pin for each --join`,
  );
}
