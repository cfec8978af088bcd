/**
 * Makes the manor a service of systemd, takes that back, and says how it is.
 *
 * @module
 */
import fs from "node:fs";
import nodePath from "node:path";
import process from "node:process";
import { RaetError } from "../../base/errors.ts";
import { groupId } from "../../io/groups.ts";
import { giveFile } from "../../io/others_files.ts";
import { isSystemdBooted, systemd, userOf } from "../../io/systemd.ts";
import { gatherSettings } from "../../manor/config.ts";
import { writeConfig } from "../../manor/config_file.ts";
import type { Settings } from "../../manor/settings.ts";
import {
  checkNamable,
  checkStartable,
  type ServiceFiles,
  systemFiles,
  userFiles,
} from "./places.ts";
import { SERVICE, SYSTEM_HOME, systemUnit, SYSUSERS, userUnit } from "./unit.ts";

/** Whose service it is, and where. */
export interface ServiceScope {
  /** a service of the user who asks, not of the host */
  readonly user: boolean;
  /** a folder that stands for / while an image or a package is made; nothing is run then */
  readonly root: string | null;
  /** the home of a user's service */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What was done to make a service, or to take it back. */
export type ServiceChange = {
  unit: string;
  /** the user that it runs as; null if it is the one who asked */
  user: string | null;
  home: string;
  /** whether systemd was told: it was not if it doesn't run here, or a root was given */
  told: boolean;
};

/** How a service is. */
export type ServiceStatus = {
  unit: string;
  installed: boolean;
  /** as systemd says it: active, inactive, failed …; "unknown" where systemd doesn't run */
  state: string;
  enabled: string;
  pid: number | null;
  /** what the manor says of itself */
  says: string;
};

/**
 * Writes the unit, makes the user and its home with a raet.yaml where there is none, and has the
 * service started at boot.
 *
 * @param now start it at once, too
 * @throws {RaetError} `bad_config`
 */
export async function install(
  scope: ServiceScope,
  command: readonly string[],
  settings: Settings,
  now: boolean,
): Promise<ServiceChange> {
  checkScope(scope);
  const files = filesOf(scope);
  checkNamable(command[0]);
  if (!scope.user) checkStartable(command.filter((word) => nodePath.isAbsolute(word)));
  const group = await groupOf(scope, files.unit, settings);
  if (files.sysusers !== null) writePublic(files.sysusers, SYSUSERS);
  if (scope.root === null) await makeHome(scope, settings);
  const unit = scope.user ? userUnit(command, scope.home, group) : systemUnit(command, group);
  writePublic(files.unit, unit);
  const told = scope.root === null && isSystemdBooted();
  if (told) {
    await systemctl(scope, "daemon-reload");
    await systemctl(scope, "enable", SERVICE);
    if (now) await systemctl(scope, "restart", SERVICE);
  } else if (now) {
    throw new RaetError(
      "bad_config",
      `the unit is written, but systemd does not run here to start it`,
    );
  }
  return changeOf(scope, files, told);
}

/** Stops the service and removes its unit; the user, the home and the keys in it stay. */
export async function uninstall(scope: ServiceScope): Promise<ServiceChange> {
  checkScope(scope);
  const files = filesOf(scope);
  if (!fs.existsSync(files.unit)) {
    throw new RaetError(
      "bad_config",
      `"${files.unit}" is not there: expected a service to uninstall`,
    );
  }
  const told = scope.root === null && isSystemdBooted();
  if (told) await systemctl(scope, "disable", "--now", SERVICE);
  fs.rmSync(files.unit, { force: true });
  if (files.sysusers !== null) fs.rmSync(files.sysusers, { force: true });
  if (told) await systemctl(scope, "daemon-reload");
  return changeOf(scope, files, told);
}

/** How it is. */
export async function statusOf(scope: ServiceScope): Promise<ServiceStatus> {
  const { unit } = filesOf(scope);
  const installed = fs.existsSync(unit);
  const nothing = { unit, installed, state: "unknown", enabled: "unknown", pid: null, says: "" };
  if (scope.root !== null || !isSystemdBooted()) return nothing;
  const names = ["ActiveState", "UnitFileState", "MainPID", "StatusText"];
  const text = await systemctl(scope, "show", SERVICE, `--property=${names.join(",")}`);
  const shown = Object.fromEntries(
    text.trim().split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  return {
    unit,
    installed,
    state: shown.ActiveState ?? "unknown",
    enabled: shown.UnitFileState || "no",
    pid: Number(shown.MainPID) || null,
    says: shown.ActiveState === "active" ? shown.StatusText ?? "" : "",
  };
}

function checkScope({ user, root }: ServiceScope): void {
  if (process.platform !== "linux") {
    const found = `systemd is not there on "${process.platform}"`;
    throw new RaetError("bad_config", `${found}: expected linux; raet up runs by any supervisor`);
  }
  if (user || root !== null || process.getuid?.() === 0) return;
  throw new RaetError(
    "bad_config",
    "a service of the host is for root to make: expected sudo raet service …, or --user",
  );
}

function filesOf({ user, root, env }: ServiceScope): ServiceFiles {
  return user ? userFiles(env) : systemFiles(root ?? undefined);
}

function changeOf(scope: ServiceScope, { unit }: ServiceFiles, told: boolean): ServiceChange {
  return {
    unit,
    user: scope.user ? null : SERVICE,
    home: homeOf(scope),
    told,
  };
}

function systemctl({ user }: ServiceScope, ...words: string[]): Promise<string> {
  return systemd("systemctl", ...(user ? ["--user"] : []), ...words);
}

/** Units are read by everybody, and changed by their owner. */
function writePublic(path: string, text: string): void {
  fs.mkdirSync(nodePath.dirname(path), { recursive: true, mode: 0o755 });
  fs.writeFileSync(path, text, { mode: 0o644 });
  fs.chmodSync(path, 0o644);
}

/** The group of operators that is told now or stands in the raet.yaml that is there; null for none. */
async function groupOf(
  scope: ServiceScope,
  unit: string,
  settings: Settings,
): Promise<string | null> {
  if (scope.root !== null) return null; // whoever installs the package tells it
  const group = settings.group ?? await groupInConfig(scope);
  if (group === null) return null;
  groupId(group); // not there? no service can be started with it
  if (!scope.user && settings.group === undefined && group !== groupInUnit(unit)) {
    // The service's user may write there. Of which group it runs is for root to say: some can do all.
    throw new RaetError(
      "bad_config",
      `"${SYSTEM_HOME}/raet.yaml" gives the service to group "${group}", and user ${SERVICE} can write ` +
        `that: expected --group ${group}, too, if it is meant`,
    );
  }
  return group;
}

async function groupInConfig(scope: ServiceScope): Promise<string | null> {
  const sources = { home: homeOf(scope), env: {}, commandLine: {} };
  return (await gatherSettings(sources)).settings.group ?? null;
}

/** The group that root gave the service before. */
function groupInUnit(unit: string): string | null {
  const text = fs.existsSync(unit) ? fs.readFileSync(unit, "utf8") : "";
  return /^Group=(.+)$/m.exec(text)?.[1] ?? null;
}

function homeOf({ user, home }: ServiceScope): string {
  return user ? home : SYSTEM_HOME;
}

async function makeHome(scope: ServiceScope, settings: Settings): Promise<void> {
  const root = homeOf(scope);
  const hasConfig = fs.existsSync(nodePath.join(root, "raet.yaml"));
  // A group that stands there is told to confirm it.
  const isGroupThere = hasConfig && settings.group === await groupInConfig(scope);
  const isTold = Object.keys(settings).some((name) => name !== "group" || !isGroupThere);
  const owner = scope.user ? null : await makeUser();
  if (!hasConfig || isTold) writeConfig(root, settings);
  if (owner === null) return;
  fs.chownSync(root, owner.uid, owner.gid); // where it lies nobody else puts a link
  giveFile(nodePath.join(root, "raet.yaml"), owner);
}

async function makeUser(): Promise<{ uid: number; gid: number }> {
  if (userOf(SERVICE) === null) await systemd("systemd-sysusers", `${SERVICE}.conf`);
  const user = userOf(SERVICE);
  if (user !== null) return user;
  throw new RaetError("bad_config", `systemd-sysusers made no user "${SERVICE}": expected one`);
}
