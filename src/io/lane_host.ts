/**
 * Where the sockets of a lane come from: the system, or a simulation.
 *
 * @module
 */
import type { SendResult } from "../lane/port.ts";
import { socketsIn } from "./private.ts";
import { liveIdentity, liveSince, UnixDatagramSocket } from "./unix_datagram.ts";
import type { UnixDatagramHandler } from "./unix_datagram.ts";
import { sameDirectoryAs } from "./unix_path.ts";

/** A bound socket of a yard. */
export interface LaneSocket {
  /** Hands a page to the socket at a path, or doesn't, at once. @throws {RaetError} too_large */
  send(path: string, page: Uint8Array): SendResult;
  /** The handler is told once the path may have room, or nobody is there any more. */
  watch(path: string): void;
  /** Nobody can send to it from now on; what had come until then is handed over. Sending goes on. */
  leave(): Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

/** Sockets, and who holds them. */
export interface LaneHost {
  /** Binds a socket. @throws {RaetError} `bad_config` if it can't be had */
  open(path: string, handler: UnixDatagramHandler): Promise<LaneSocket>;
  /** What a socket has as its own while a process holds it, else null. A later process's differs. */
  identity(path: string): string | null;
  /** When a socket was bound while a process holds it, Unix time in milliseconds; else null. */
  bornAt(path: string): number | null;
  /** Paths of the sockets in a directory, whether somebody holds them or not. */
  paths(directory: string): string[];
  /** Tells whether another path leads to the same directory. */
  sameDirectoryAs(directory: string): (other: string) => boolean;
}

/** The sockets of this system. */
export const systemLane: LaneHost = {
  open: (path, handler) => UnixDatagramSocket.open(path, handler),
  identity: liveIdentity,
  bornAt: liveSince,
  paths: socketsIn,
  sameDirectoryAs,
};
