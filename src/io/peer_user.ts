/**
 * Which user is at the other end of a connected Unix stream socket, as the kernel saw it connect.
 *
 * @module
 */
import type { Socket } from "node:net";
import { systemLibc } from "./backends.ts";

/** The user's number; null where the system or the runtime can't tell: what is logged has none then. */
export function peerUser(socket: Socket): number | null {
  const fd = (socket as { _handle?: { fd?: unknown } })._handle?.fd;
  if (typeof fd !== "number" || fd < 0) return null;
  try {
    const user = systemLibc().peerUser(fd);
    return user < 0 ? null : user;
  } catch {
    return null;
  }
}
