/**
 * Making the sockets of a yard.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { type Libc, socketAddress } from "./libc.ts";
import { clearDeadSocket, identityOf, outOfSockets } from "./unix_path.ts";
import { UnixSenders } from "./unix_senders.ts";

/** What an open socket is made of. */
export interface SocketParts {
  libc: Libc;
  path: string;
  identity: string;
  fd: number;
  wakeFd: number;
  senders: UnixSenders;
}

/**
 * Binds the sockets of a yard. To be called with the directory locked.
 *
 * @throws {RaetError} `bad_config` if a live process holds the path or it can't be bound
 */
export function openParts(libc: Libc, path: string, sendingSockets: number): SocketParts {
  clearDeadSocket(libc, path);
  const address = socketAddress(path);
  if (address === null) throw new RaetError("bad_config", `"${path}" is no path for a socket`);
  const senders = new UnixSenders(libc, address, path, sendingSockets);
  const fd = libc.datagramSocket();
  const wakeFd = libc.eventCounter();
  try {
    if (fd < 0) throw outOfSockets(fd);
    if (wakeFd < 0) throw outOfSockets(wakeFd);
    libc.chmod(fd, 0o600); // before bind: the file never has another mode
    const bound = libc.bind(fd, address.bytes, address.length);
    if (bound < 0) {
      throw new RaetError("bad_config", `"${path}" can't be bound (errno ${-bound})`);
    }
    const identity = identityOf(path);
    if (identity === null) throw new RaetError("bad_config", `"${path}" vanished as it was made`);
    return { libc, path, identity, fd, wakeFd, senders };
  } catch (error) {
    if (fd >= 0) libc.close(fd);
    if (wakeFd >= 0) libc.close(wakeFd);
    senders.close();
    throw error;
  }
}
