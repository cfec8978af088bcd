/**
 * The socket file of a yard: taking it, looking at somebody else's, giving it back (protocol.md 6).
 *
 * A live process's socket file is never taken and a dead one's always. Who is alive is asked by
 * connecting to it: the kernel refuses if no process holds the socket any more.
 *
 * Two starters of the same yard: both could find a dead file, and the slower one would then remove the
 * file that the faster one has just made. To bind under another name and rename would settle that, but
 * the kernel goes on telling peers the name that was bound, and source names are how yards are known.
 * So asking, removing and binding happen under a lock of the directory, which leaves no file behind.
 * The reference takes no such lock and removes whatever it finds.
 *
 * @module
 */
import fs from "node:fs";
import nodePath from "node:path";
import process from "node:process";
import { RaetError } from "../base/errors.ts";
import { SOCKET_PATH_BYTES_MAX } from "../base/limits.ts";
import { Errno, type Libc, socketAddress } from "./libc.ts";

/** What stands at a socket path: a live socket, one that nobody holds any more, nothing, or else. */
export type PathState = "alive" | "dead" | "absent" | "foreign";

const LOCK_TRIES = 100;
const LOCK_WAIT_MS = 20;

/** Asks whether a process holds the socket at a path. Sends nothing. */
export function probePath(libc: Libc, path: string): PathState {
  const address = socketAddress(path);
  if (address === null) return "absent";
  const stat = statOrNull(path);
  if (stat === null) return "absent";
  if (!stat.isSocket()) return "foreign";
  const fd = libc.datagramSocket();
  if (fd < 0) throw outOfSockets(fd);
  const answer = libc.connect(fd, address.bytes, address.length);
  libc.close(fd);
  if (answer >= 0 || answer === -Errno.again) return "alive";
  if (answer === -Errno.refused) return "dead";
  // A stream socket, or one that we may not write to: whoever holds it, it isn't ours to take.
  return answer === -Errno.noEntry ? "absent" : "foreign";
}

/**
 * A text that tells one socket file from a later one of the same path: device, inode and time of
 * birth, as inode numbers are given again soon. Null if nothing is there.
 */
export function identityOf(path: string): string | null {
  const stat = statOrNull(path);
  return stat === null ? null : `${stat.dev}:${stat.ino}:${stat.birthtimeNs}`;
}

/** When the socket file at a path was made, by the date, milliseconds; null if there is none. */
export function boundAt(path: string): number | null {
  const stat = statOrNull(path);
  // Nothing that goes through a socket changes that time, and every file system has it.
  return stat === null ? null : Number(stat.mtimeMs);
}

/**
 * Does something with the directory of a socket locked against others who want to make or remove a
 * socket file there.
 *
 * @throws {RaetError} `bad_config` if the directory can't be had, or stays locked for 2 seconds
 */
export async function withDirectoryLock<T>(
  libc: Libc,
  path: string,
  work: () => T,
): Promise<T> {
  const directory = nodePath.dirname(path);
  const fd = libc.openToRead(directory);
  if (fd < 0) {
    throw new RaetError("bad_config", `"${directory}" can't be opened (errno ${-fd})`);
  }
  try {
    for (let tries = 0; libc.tryLock(fd) < 0; tries++) {
      if (tries >= LOCK_TRIES) {
        throw new RaetError(
          "bad_config",
          `"${directory}" is locked: expected other processes to give it back within 2 s`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, LOCK_WAIT_MS));
    }
    return work();
  } finally {
    libc.close(fd);
  }
}

/**
 * Checks the path of a socket that is to be made, and makes its directory if it is missing.
 *
 * @throws {RaetError} `bad_config` if the path is too long or not absolute, or others can reach the directory
 */
export function prepareDirectory(path: string): void {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > SOCKET_PATH_BYTES_MAX) {
    throw new RaetError(
      "bad_config",
      `"${path}" is too long for a socket by ${
        bytes - SOCKET_PATH_BYTES_MAX
      } bytes: expected at most ${SOCKET_PATH_BYTES_MAX}`,
    );
  }
  if (!nodePath.isAbsolute(path) || nodePath.normalize(path) !== path || path.includes("\0")) {
    throw new RaetError("bad_config", `"${path}" can't be a socket: expected an absolute path`);
  }
  const directory = nodePath.dirname(path);
  let stat: fs.Stats;
  try {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    stat = fs.statSync(directory);
  } catch (cause) {
    throw new RaetError("bad_config", `"${directory}" can't be made a directory for sockets`, {
      cause,
    });
  }
  if ((stat.mode & 0o077) !== 0 || stat.uid !== process.getuid?.()) {
    throw new RaetError(
      "bad_config",
      `"${directory}" is open to others (owner ${stat.uid}, mode ${
        (stat.mode & 0o777).toString(8)
      }): expected a directory of ours with mode 700`,
    );
  }
}

/**
 * Clears the way for a socket at a path: removes the file of a dead process. To be called with the
 * directory locked.
 *
 * @throws {RaetError} `bad_config` if a live process holds it, or it is no datagram socket
 */
export function clearDeadSocket(libc: Libc, path: string): void {
  const state = probePath(libc, path);
  if (state === "absent") return;
  if (state === "dead") return fs.rmSync(path, { force: true });
  throw new RaetError(
    "bad_config",
    state === "alive"
      ? `"${path}" is held by a running process: expected a yard name that is free`
      : `"${path}" is not a datagram socket of ours: expected a path that is free`,
  );
}

/** Tells whether other paths lead to a directory; remembers the answers, so it costs a call now and then. */
export function sameDirectoryAs(directory: string): (other: string) => boolean {
  const known = new Map<string, boolean>();
  return (other) => {
    const before = known.get(other);
    if (before !== undefined) return before;
    const real = realPathOrNull(other);
    const isSame = real !== null && real === realPathOrNull(directory);
    if (known.size >= KNOWN_DIRECTORIES_MAX) known.clear();
    known.set(other, isSame);
    return isSame;
  };
}

/** Removes a socket file if it is still the one with that identity. To be called with the directory locked. */
export function removeOwnSocket(path: string, identity: string): void {
  if (identityOf(path) === identity) fs.rmSync(path, { force: true });
}

/** The error for a socket that the kernel does not give. */
export function outOfSockets(answer: number): RaetError {
  return new RaetError("internal", `no socket is to be had (errno ${-answer})`);
}

/** Other paths to a directory that are remembered. */
const KNOWN_DIRECTORIES_MAX = 64;

function realPathOrNull(path: string): string | null {
  try {
    return nodePath.isAbsolute(path) ? fs.realpathSync(path) : null;
  } catch {
    return null;
  }
}

function statOrNull(path: string): fs.BigIntStats | null {
  try {
    return fs.lstatSync(path, { bigint: true });
  } catch {
    return null;
  }
}
