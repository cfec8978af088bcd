/**
 * Checks of the sockets of this host: the lane's, the operators', and the road's.
 *
 * @module
 */
import fs from "node:fs";
import nodePath from "node:path";
import { formatAddress } from "../../base/address.ts";
import { RaetError } from "../../base/errors.ts";
import { SOCKET_PATH_BYTES_MAX } from "../../base/limits.ts";
import { blockedFolder, groupId } from "../../io/groups.ts";
import { findLaneFolder } from "../../io/lane_folder.ts";
import { changeMode } from "../../io/others_files.ts";
import { lstatOrNull, socketsIn } from "../../io/private.ts";
import { findStaleSockets, removeStaleSockets } from "../../io/stale_sockets.ts";
import { UdpSocket } from "../../io/udp.ts";
import { yardPath } from "../../lane/paths.ts";
import { LANE_NAME } from "../../route/triple.ts";
import {
  type Check,
  fault,
  firstOf,
  mended,
  ok,
  type Patient,
  type Said,
  warning,
} from "./finding.ts";

/** The longest name of a yard that raet makes up by itself. */
const YARD_MADE_UP = "p00000000";

/** The lane: its folder, room for paths, and sockets that nobody holds. */
export const laneCheck: Check = {
  name: "lane",
  isPrivate: true,
  async examine(patient) {
    const { home, fix } = patient;
    const closed = closeLane(patient);
    if (closed?.verdict === "fault") return closed;
    const folder = findLaneFolder(home);
    const stat = lstatOrNull(home.lane);
    if (folder === null) {
      if (!stat) return closed ?? ok("not there while no manor runs");
      const what = `"${home.lane}" leads to no folder that was made for this home`;
      if (!fix) return warning(what, "raet up makes it anew; raet doctor --fix removes it");
      fs.unlinkSync(home.lane);
      return mended(what);
    }
    const bytes = new TextEncoder().encode(yardPath(folder, LANE_NAME, YARD_MADE_UP)).length;
    if (bytes > SOCKET_PATH_BYTES_MAX) {
      const what = `paths in "${folder}" are too long for sockets`;
      return fault(what, "use a home with a shorter path, or set TMPDIR to a short one");
    }
    const stale = findStaleSockets(folder);
    if (stale.length === 0) return closed ?? ok(`${folder}, ${countSockets(folder)}`);
    const what = `nobody holds ${firstOf(stale)}: its process was killed`;
    if (!fix) return warning(what, "harmless; raet doctor --fix removes it");
    await removeStaleSockets(stale);
    return mended(what);
  },
};

/** The socket for operators of a group. */
export const operatorsCheck: Check = {
  name: "operators",
  isPrivate: true,
  examine({ home, settings }) {
    if (settings?.group === undefined) return ok("the manor is open to no group");
    const path = nodePath.join(home.root, "operators", "socket");
    const gid = groupId(settings.group);
    const blocked = blockedFolder(nodePath.dirname(path), gid);
    if (blocked !== null && blocked !== home.root) {
      const what = `members of group ${settings.group} can't pass through "${blocked}"`;
      return fault(what, `chmod o+x "${blocked}", or a home elsewhere`);
    }
    if (!lstatOrNull(path)) return ok(`group ${settings.group}; opened while a manor runs`);
    return ok(`group ${settings.group}, ${path}`);
  },
};

/** The road's address: free, or the manor's. */
export const portCheck: Check = {
  name: "port",
  isPrivate: true,
  async examine({ keep, manor, denial }) {
    if (manor) {
      return ok(`${manor.yard.manor.address}, held by the manor (pid ${manor.health.pid})`);
    }
    if (denial !== null) return warning("not looked at: the manor may hold it", "see manor");
    if (keep === null) return warning("not looked at: the keep can't be read", "see keep");
    const { listen } = keep.plan;
    try {
      const nobody = { onDatagram: () => {}, onError: () => {} };
      const socket = await UdpSocket.open(listen, nobody);
      await socket.close();
      return ok(`${formatAddress(listen)} is free`);
    } catch (error) {
      if (!(error instanceof RaetError)) throw error;
      return fault(error.message, "end who holds it (ss -ulpn shows who), or use another home");
    }
  },
};

/** In the order in which they are told. */
export const SOCKET_CHECKS: readonly Check[] = [laneCheck, operatorsCheck, portCheck];

/** Closes a lane folder that is open to others; null if there is nothing to say. */
function closeLane({ home, owner, fix }: Patient): Said | null {
  const stat = lstatOrNull(home.lane);
  if (!stat?.isDirectory() || (stat.mode & 0o077) === 0) return null;
  const what = `"${home.lane}" is open to other users (mode ${(stat.mode & 0o777).toString(8)})`;
  if (!fix) return fault(what, "raet doctor --fix, or chmod 700");
  changeMode(home.lane, 0o700, owner);
  return mended(what);
}

function countSockets(folder: string): string {
  const count = socketsIn(folder).length;
  return `${count} socket${count === 1 ? "" : "s"}`;
}
