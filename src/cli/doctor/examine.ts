/**
 * `raet doctor`: examines the home of an estate and the system around it, and mends what can be mended.
 *
 * @module
 */
import { statSync } from "node:fs";
import process from "node:process";
import { RaetError } from "../../base/errors.ts";
import { findHome } from "../../io/home.ts";
import { gatherSettings } from "../../manor/config.ts";
import { openHomeKeep } from "../../manor/home_keep.ts";
import type { Settings } from "../../manor/settings.ts";
import type { Session } from "../session.ts";
import { ESTATE_CHECKS } from "./estate.ts";
import { FILE_CHECKS } from "./files.ts";
import { type Check, fault, type Finding, ok, type Patient, type Said } from "./finding.ts";
import { SOCKET_CHECKS } from "./sockets.ts";
import { SYSTEM_CHECKS } from "./system.ts";

const CHECKS: readonly Check[] = [
  ...FILE_CHECKS,
  ...SOCKET_CHECKS,
  ...SYSTEM_CHECKS,
  ...ESTATE_CHECKS,
];

/** Examines, one finding after the other as they come. */
export async function* examine(session: Session, fix: boolean): AsyncGenerator<Finding> {
  const home = findHome(session.home);
  if (!home) {
    const what = `there is none at "${session.home}"`;
    yield { check: "home", ...fault(what, "raet init or raet up makes one; or tell it by --home") };
    return;
  }
  const owner = statSync(home.root).uid;
  const us = process.getuid?.() ?? owner;
  const isOurs = us === owner || us === 0;
  const { settings, said } = isOurs ? await readSettings(session) : { settings: null, said: null };
  if (said) yield { check: "settings", ...said };
  const patient: Patient = {
    home,
    owner,
    settings,
    keep: settings === null ? null : readKeep(home.root, settings),
    ...await findManor(session),
    fix,
  };
  // Where nothing can be seen, nothing can be said: that the home is another's says it all.
  for (const check of CHECKS.filter(({ isPrivate }) => isOurs || !isPrivate)) {
    yield { check: check.name, ...await saidBy(check, patient) };
  }
}

/** A check that can't be carried out is a finding, too. */
async function saidBy(check: Check, patient: Patient): Promise<Said> {
  try {
    return await check.examine(patient);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return fault(what, "mend that, and run raet doctor again");
  }
}

async function readSettings(
  { home, env }: Session,
): Promise<{ settings: Settings | null; said: Said }> {
  try {
    const { settings } = await gatherSettings({ home, env, commandLine: {} });
    const many = Object.keys(settings).length;
    const said = many === 0
      ? "none is told: the defaults hold"
      : `${many} told, all of them can be`;
    return { settings, said: ok(said) };
  } catch (error) {
    if (!(error instanceof RaetError)) throw error;
    return { settings: null, said: fault(error.message, "mend it, and try raet config check") };
  }
}

function readKeep(home: string, settings: Settings): Patient["keep"] {
  try {
    return openHomeKeep(home, settings);
  } catch (error) {
    if (error instanceof RaetError) return null;
    throw error;
  }
}

async function findManor(session: Session): Promise<Pick<Patient, "manor" | "denial">> {
  try {
    const yard = await session.attach();
    return { manor: { yard, health: await yard.control("health", {}) }, denial: null };
  } catch (error) {
    if (!(error instanceof RaetError)) throw error;
    // What else is wrong with the way to it has a check.
    return { manor: null, denial: error.code === "no_manor" ? null : error };
  }
}
