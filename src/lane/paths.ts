/**
 * Where the yards of a lane have their sockets: `DIRECTORY/LANE.YARD.uxd` (protocol.md 6).
 *
 * @module
 */
import { isPeerName } from "../base/names.ts";

const SUFFIX = ".uxd";

/** Whether a text can be the name of a yard, ours or another's. */
export function isYardName(name: string): boolean {
  return isPeerName(name) && !name.includes(".");
}

/** The path of a yard's socket. */
export function yardPath(directory: string, lane: string, yard: string): string {
  return `${directory}/${lane}.${yard}${SUFFIX}`;
}

/** The directory that a socket lies in, as its path says; empty if that has none. */
export function directoryOfPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/**
 * The yard whose socket has a path, or null if it is none of the lane's. Only the file's name counts:
 * whether it lies in the lane's directory is another question, as a path may lead there in many ways.
 */
export function yardOfPath(path: string, lane: string): string | null {
  const file = path.slice(path.lastIndexOf("/") + 1);
  if (!file.startsWith(`${lane}.`) || !file.endsWith(SUFFIX)) return null;
  const yard = file.slice(lane.length + 1, -SUFFIX.length);
  return isYardName(yard) ? yard : null;
}
