/**
 * What differs between the settings of a manor that runs and those that were read anew, and what of it
 * can take effect at once.
 *
 * @module
 */
import type { Origin } from "./config.ts";
import { showSetting } from "./setting_forms.ts";
import { SETTING_NAMES, type SettingName, settingOf, type Settings } from "./settings.ts";

/** One setting that differs. */
export type SettingChange = {
  setting: SettingName;
  /** values as people read them; `-` where nothing was told */
  from: string;
  to: string;
  /** "part": what was added took effect, what was removed needs a restart */
  applied: "yes" | "part" | "no";
  /** where the new value is from */
  origin: Origin | "default";
  /** what is left to do, one clause; empty if nothing is */
  why: string;
};

/** Every setting that differs, in the order of the table. */
export function changesOf(
  before: Settings,
  after: Settings,
  origins: Partial<Record<SettingName, Origin>>,
): SettingChange[] {
  return SETTING_NAMES.flatMap((setting) => {
    const [from, to] = [showSetting(before[setting]), showSetting(after[setting])];
    if (from === to) return [];
    const origin = after[setting] === undefined ? "default" : origins[setting] ?? "default";
    return [{ setting, from, to, origin, ...effectOf(setting, before, after) }];
  });
}

function effectOf(
  setting: SettingName,
  before: Settings,
  after: Settings,
): Pick<SettingChange, "applied" | "why"> {
  const { live, kept } = settingOf(setting);
  if (live === "yes") return { applied: "yes", why: "" };
  if (live === undefined) {
    const why = kept
      ? "it was settled at the first start, and others know the estate by it"
      : "it takes a restart";
    return { applied: "no", why };
  }
  const [had, has] = [namesOf(before[setting]), namesOf(after[setting])];
  const removed = had.filter((name) => !has.includes(name));
  return removed.length === 0
    ? { applied: "yes", why: "" }
    : { applied: "part", why: `without ${removed.join(", ")} only after a restart` };
}

/** The names of what a map holds. */
function namesOf(value: unknown): string[] {
  return value instanceof Map ? [...value.keys()] : [];
}
