/**
 * The socket for operators who are not the manor's own user: `HOME/operators/socket`, of mode 0660 in a
 * folder of mode 0710, both of the manor's user and of the group. Members can connect and do nothing
 * else: they can't write to the folder, so none can take another's place, or the manor's.
 *
 * The lane beside it stays 0700: what comes over this socket is an operator's, what comes over the lane
 * is the own user's, and no page has to be believed.
 *
 * @module
 */
import fs from "node:fs";
import net from "node:net";
import nodePath from "node:path";
import process from "node:process";
import { RaetError } from "../base/errors.ts";
import { OPERATORS_MAX, SOCKET_PATH_BYTES_MAX } from "../base/limits.ts";
import type { Home } from "./home.ts";
import { codeOf, fileError, FOLDER_MODE, isOursToChange, isOwn, lstatOrNull } from "./private.ts";

const FOLDER = "operators";
const SOCKET = "socket";
const SOCKET_MODE = 0o660;
const OPEN_FOLDER_MODE = 0o710;

/** A socket that listens. */
export interface OperatorServer {
  readonly path: string;
  /** Takes no more connections and removes the socket; those that are open are their handlers'. */
  close(): void;
}

/**
 * Opens it to a group. For the manor, which holds the home's lock.
 *
 * @param onConnection gets each connection, up to a bound
 * @param onFull gets those past it, and ends them at once
 * @throws {RaetError} `bad_config` if the home can't be opened to the group, or the path is too long
 */
export async function serveOperators(
  home: Home,
  gid: number,
  onConnection: (socket: net.Socket) => void,
  onFull: (socket: net.Socket) => void,
): Promise<OperatorServer> {
  const folder = nodePath.join(home.root, FOLDER);
  const path = nodePath.join(folder, SOCKET);
  checkLength(path);
  closedFolder(folder);
  fs.rmSync(path, { force: true }); // of a manor that was killed: we hold the home now
  let connections = 0;
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    if (connections >= OPERATORS_MAX) return onFull(socket);
    connections++;
    socket.once("close", () => connections--);
    onConnection(socket);
  });
  await listen(server, path);
  const close = () => {
    server.close();
    fs.rmSync(path, { force: true });
    try {
      fs.rmdirSync(folder);
    } catch {
      // something else lies in it: the next manor finds it
    }
  };
  try {
    open(path, gid, SOCKET_MODE);
    open(folder, gid, OPEN_FOLDER_MODE);
    openHomeTo(home, gid);
  } catch (error) {
    close();
    throw error;
  }
  return { path, close };
}

/**
 * The socket of a home for users who don't own it; null if its manor opens none.
 *
 * @throws {RaetError} `denied` if this user may not look for it
 */
export function findOperatorSocket(home: Home): string | null {
  const folder = nodePath.join(home.root, FOLDER);
  const stat = statFor(folder, home);
  const isTrusted = stat?.isDirectory() && stat.uid === fs.statSync(home.root).uid &&
    isOursToChange(stat);
  const path = nodePath.join(folder, SOCKET);
  return isTrusted && canSee(path) ? path : null;
}

/** Whether a home belongs to another user than the one that this process runs as. */
export function isForeign(home: Home): boolean {
  return !isOwn(fs.statSync(home.root));
}

/**
 * Connects to it.
 *
 * @throws {RaetError} `denied` if this user may not, `no_manor` if nobody listens there
 */
export function connectOperator(path: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path, allowHalfOpen: true });
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (cause) => {
      const isForbidden = codeOf(cause) === "EACCES" || codeOf(cause) === "EPERM";
      reject(
        isForbidden ? notMember(path, cause) : new RaetError(
          "no_manor",
          `nobody listens at "${path}": start the manor with raet up`,
          { cause },
        ),
      );
    });
  });
}

function notMember(path: string, cause: unknown): RaetError {
  const gid = lstatOrNull(nodePath.dirname(path))?.gid;
  return new RaetError(
    "denied",
    `this user may not use "${path}": expected its owner, or a member of group ${gid}`,
    { cause },
  );
}

function statFor(folder: string, { root }: Home): fs.Stats | null {
  try {
    return fs.lstatSync(folder);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return null;
    throw new RaetError(
      "denied",
      `this user may not use the manor of "${root}": expected its owner, or a member of the group ` +
        `that raet up --group names`,
      { cause },
    );
  }
}

/** A folder that we can't look into may hold the socket: to connect says more. */
function canSee(path: string): boolean {
  try {
    return fs.lstatSync(path).isSocket();
  } catch (cause) {
    return codeOf(cause) === "EACCES";
  }
}

function checkLength(path: string): void {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= SOCKET_PATH_BYTES_MAX) return;
  throw new RaetError(
    "bad_config",
    `"${path}" is too long for a socket by ${bytes - SOCKET_PATH_BYTES_MAX} bytes: expected a ` +
      `home with a shorter path where it is opened to a group`,
  );
}

/** Makes the folder, or takes it over, with nobody else in it. */
function closedFolder(folder: string): void {
  const stat = lstatOrNull(folder);
  try {
    if (!stat) return fs.mkdirSync(folder, { mode: FOLDER_MODE });
    if (stat.isDirectory() && isOwn(stat)) return fs.chmodSync(folder, FOLDER_MODE);
  } catch (cause) {
    throw fileError(folder, "made", cause);
  }
  throw new RaetError(
    "bad_config",
    `"${folder}" is not a folder of this user: expected nothing there`,
  );
}

function listen(server: net.Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(fileError(path, "listened on", cause)));
    server.listen(path, () => {
      server.removeAllListeners("error");
      server.on("error", () => {}); // one connection that fails is its client's business
      resolve();
    });
  });
}

/** Lets members pass through the home: they see no name in it, and all else there is ours alone. */
function openHomeTo({ root }: Home, gid: number): void {
  const stat = fs.statSync(root);
  const canPass = (stat.mode & (stat.gid === gid ? 0o010 : 0o001)) !== 0;
  if (!canPass) open(root, gid, (stat.mode & 0o707) | 0o010);
}

function open(path: string, gid: number, mode: number): void {
  try {
    const stat = fs.lstatSync(path);
    if (stat.gid !== gid) fs.chownSync(path, stat.uid, gid);
    fs.chmodSync(path, mode);
  } catch (cause) {
    if (codeOf(cause) !== "EPERM") throw fileError(path, "opened to the group", cause);
    throw new RaetError(
      "bad_config",
      `"${path}" can't be given to group ${gid}: expected the manor's user (${process.getuid?.()}) ` +
        `to be a member of it`,
      { cause },
    );
  }
}
