/**
 * The keep of a home as one that only looks at it sees it, and who its estate is.
 *
 * @module
 */
import { join } from "node:path";
import { ReadOnlyStore } from "../io/read_only_store.ts";
import { Keep } from "../keep/keep.ts";
import { type EstatePlan, findStackName, planEstate } from "./estate.ts";
import type { Settings } from "./settings.ts";

/**
 * Opens it to read.
 *
 * @throws {RaetError} `bad_config` if it is damaged, or does not agree with the settings
 */
export function openHomeKeep(home: string, settings: Settings): { keep: Keep; plan: EstatePlan } {
  const folder = join(home, "keep");
  const name = findStackName(folder, settings.name);
  const keep = new Keep(new ReadOnlyStore(folder), name, settings.keepFormat);
  return { keep, plan: planEstate(keep, name, { ...settings, home }) };
}
