/**
 * Attaching a process to the manor of a home, over the lane's socket.
 *
 * @module
 */
import process from "node:process";
import { RaetError } from "../base/errors.ts";
import { checkOwnName } from "../base/names.ts";
import { LANE_FAULT } from "../io/backends.ts";
import { findHome, homePath } from "../io/home.ts";
import { findLaneFolder } from "../io/lane_folder.ts";
import { findOperatorSocket, isForeign } from "../io/operator_socket.ts";
import { liveIdentity } from "../io/unix_datagram.ts";
import { systemRandom } from "../io/random.ts";
import { yardPath } from "../lane/paths.ts";
import type { Link } from "../io/link.ts";
import { LANE_NAME, MANOR_YARD, OPERATOR_PREFIX } from "../route/triple.ts";
import { toHex } from "../base/bytes.ts";
import { openLaneLink } from "./lane_link.ts";
import { OperatorLink } from "./operator_link.ts";
import { Yard } from "./yard.ts";

/** A manor in this process, as far as attaching to it goes. */
export interface LinkSource {
  /** A yard inside the manor's own process. */
  link(yard: string): Link;
}

/** How to attach. */
export interface AttachOptions {
  /** the home of the estate whose manor runs in another process (default: RAET_HOME, or ~/.raet) … */
  readonly home?: string;
  /** … or the manor itself, if it runs in this one */
  readonly manor?: LinkSource;
  /** name of the yard (default: a random one) */
  readonly yard?: string;
  /** what this process is, for whoever lists the yards */
  readonly program?: string;
}

/**
 * Attaches this process to the manor that runs for a home, or in this process.
 *
 * @throws {RaetError} no_manor if none runs, or there is no lane to reach it by; bad_config if the yard's
 * socket can't be had, as another process of that name has it; usage if no yard can have that name, or the
 * home is ""; denied if this user may not
 */
export async function attach(options: AttachOptions = {}): Promise<Yard> {
  const { manor, program = "" } = options;
  const yard = options.yard === undefined
    ? `p${toHex(systemRandom(4))}`
    : checkOwnName("yard", options.yard);
  const parts = { random: systemRandom, program, pid: process.pid };
  if (manor) return await Yard.over({ link: manor.link(yard), ...parts });
  if (LANE_FAULT !== null) {
    throw new RaetError("no_manor", `no other process's manor can be reached: ${LANE_FAULT}`);
  }
  const home = homePath(options.home);
  const found = findHome(home);
  if (found && isForeign(found)) {
    const path = findOperatorSocket(found) ?? notOpened(home);
    return await Yard.over({ link: await OperatorLink.open(path, operatorYard(yard)), ...parts });
  }
  const directory = found && findLaneFolder(found);
  if (!directory || !liveIdentity(yardPath(directory, LANE_NAME, MANOR_YARD))) {
    throw new RaetError(
      "no_manor",
      `no manor is running for home "${home}": start one with raet up`,
    );
  }
  return await Yard.over({ link: await openLaneLink({ yard, directory }), ...parts });
}

/** Operators have names of their own, so that none stands for a process of the manor's user. */
function operatorYard(yard: string): string {
  return yard.startsWith(OPERATOR_PREFIX) ? yard : `${OPERATOR_PREFIX}${yard}`.slice(0, 63);
}

function notOpened(home: string): never {
  throw new RaetError(
    "no_manor",
    `no manor is running for home "${home}" that other users may use: expected raet up --group, ` +
      `or its owner`,
  );
}
