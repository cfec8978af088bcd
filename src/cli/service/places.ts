/**
 * Where the files of a service lie, and from where its program can be started.
 *
 * @module
 */
import fs from "node:fs";
import nodePath from "node:path";
import { RaetError } from "../../base/errors.ts";
import type { Build } from "../../io/build.ts";
import { selfCommand } from "../../io/process.ts";
import { SERVICE } from "./unit.ts";

/** The files of a service. */
export interface ServiceFiles {
  readonly unit: string;
  /** what its user is made of; null for a service of the user who asks */
  readonly sysusers: string | null;
}

/** What the unit shuts off: nothing there can be started by it (ProtectHome, PrivateTmp). */
const HIDDEN = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"];

/** The files of a host's service. @param root the folder that stands for / */
export function systemFiles(root = "/"): ServiceFiles {
  return {
    unit: nodePath.join(root, "etc/systemd/system", `${SERVICE}.service`),
    sysusers: nodePath.join(root, "etc/sysusers.d", `${SERVICE}.conf`),
  };
}

/** The files of a user's service. */
export function userFiles(env: Readonly<Record<string, string | undefined>>): ServiceFiles {
  const config = env.XDG_CONFIG_HOME || nodePath.join(env.HOME || "/", ".config");
  const unit = nodePath.resolve(config, "systemd/user", `${SERVICE}.service`);
  return { unit, sysusers: null };
}

/**
 * What a unit starts: the file that was told, else this program. A self-extracting one runs from a cache
 * and doesn't know where it came from; then it is the `raet` that stands in PATH.
 *
 * @throws {RaetError} `usage`
 */
export function programCommand(
  told: string | undefined,
  how: Build["how"],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (told !== undefined) {
    if (nodePath.isAbsolute(told)) return [told];
    throw new RaetError("usage", `program "${told}" is not the absolute path of a file`);
  }
  if (how !== "sfx") {
    const { file, args } = selfCommand();
    return [file, ...args];
  }
  const folders = (env.PATH ?? "").split(":").filter((folder) => nodePath.isAbsolute(folder));
  const found = folders.map((folder) => nodePath.join(folder, "raet")).find(isExecutable);
  if (found !== undefined) return [found];
  throw new RaetError(
    "usage",
    "no raet is in PATH, and a file that unpacks itself doesn't know where it lies: expected --program",
  );
}

/**
 * Checks that a unit can name a program.
 *
 * @throws {RaetError} `bad_config`
 */
export function checkNamable(program: string): void {
  if (!/["'\\\p{Cc}]/u.test(program)) return;
  throw new RaetError(
    "bad_config",
    `"${program}" can't be the program of a unit: expected a path without quotes and backslashes`,
  );
}

/**
 * Checks that a host's service can start a program from there.
 *
 * @param files the program, and what it is given to run
 * @throws {RaetError} `bad_config`
 */
export function checkStartable(files: readonly string[]): void {
  const hidden = files.find((file) => HIDDEN.some((folder) => file.startsWith(`${folder}/`)));
  if (hidden === undefined) return;
  throw new RaetError(
    "bad_config",
    `"${hidden}" is out of reach of a service that is locked in: expected a program outside of ` +
      `${HIDDEN.join(", ")}, such as /usr/local/bin/raet`,
  );
}

function isExecutable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return fs.statSync(path).isFile();
  } catch {
    return false;
  }
}
