/**
 * From bare functions of the C library, as a runtime's foreign function interface gives them, to the
 * `Libc` port: their constants, how threads that wait are shared, and where a failing call leaves its reason.
 *
 * That is `errno`, which is read by a second call. Nothing of this thread runs in between, save
 * perhaps a garbage collection, whose own system calls succeed.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { type ForeignBytes, foreignBytes, type Libc } from "./libc.ts";
import { sharePolls } from "./poll_shared.ts";

/** The library's name: that of glibc. */
export const LIBRARY = "libc.so.6";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const NONBLOCK = 0o4000;
const CLOSE_ON_EXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_PEERCRED = 17;
const RLIMIT_CORE = 4;
const PR_SET_DUMPABLE = 4;
/** Process, user and group, each 32 bits. */
const CREDENTIALS_BYTES = 12;
/** Soft and hard limit, each 64 bits. */
const LIMIT_BYTES = 16;
const SIOCOUTQ = 0x5411;
const LOCK_EXCLUSIVE_NOW = 2 | 4;
const CLOCK_MONOTONIC = 1;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** The bare functions, each as C has it. */
export interface BareCalls {
  socket(domain: number, type: number, protocol: number): number;
  eventfd(start: number, flags: number): number;
  bind(fd: number, address: ForeignBytes, length: number): number;
  connect(fd: number, address: ForeignBytes, length: number): number;
  sendto(
    fd: number,
    bytes: ForeignBytes,
    length: number,
    flags: number,
    to: ForeignBytes,
    toLength: number,
  ): number;
  recvfrom(
    fd: number,
    into: ForeignBytes,
    length: number,
    flags: number,
    from: ForeignBytes,
    fromLength: ForeignBytes,
  ): number;
  ioctl(fd: number, request: number, into: ForeignBytes): number;
  setsockopt(fd: number, level: number, name: number, value: ForeignBytes, length: number): number;
  getsockopt(
    fd: number,
    level: number,
    name: number,
    into: ForeignBytes,
    length: ForeignBytes,
  ): number;
  setrlimit(resource: number, limits: ForeignBytes): number;
  prctl(option: number, a: number, b: number, c: number, d: number): number;
  fchmod(fd: number, mode: number): number;
  clock_gettime(clock: number, into: ForeignBytes): number;
  sched_yield(): number;
  read(fd: number, into: ForeignBytes, length: number): number;
  write(fd: number, from: ForeignBytes, length: number): number;
  open(path: ForeignBytes, flags: number): number;
  flock(fd: number, operation: number): number;
  close(fd: number): number;
}

/** Makes the port out of bare functions, of what reads `errno`, and of what polls. */
export function makeLibc(c: BareCalls, errno: () => number, poll: Libc["poll"]): Libc {
  const result = (value: number): number => value < 0 ? -errno() : value;
  const one = foreignBytes(8);
  one[0] = 1;
  const scratch = foreignBytes(8);
  const scratchView = new DataView(scratch.buffer);
  const time = foreignBytes(16); // seconds and nanoseconds
  const timeView = new DataView(time.buffer);
  const sendFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  const receiveFlags = MSG_DONTWAIT | MSG_TRUNC;
  return sharePolls({
    datagramSocket: () => result(c.socket(AF_UNIX, SOCK_DGRAM | NONBLOCK | CLOSE_ON_EXEC, 0)),
    eventCounter: () => result(c.eventfd(0, NONBLOCK | CLOSE_ON_EXEC)),
    bind: (fd, address, length) => result(c.bind(fd, address, length)),
    connect: (fd, address, length) => result(c.connect(fd, address, length)),
    sendTo: (fd, bytes, address, length) =>
      result(c.sendto(fd, bytes as ForeignBytes, bytes.length, sendFlags, address, length)),
    receiveFrom: (fd, into, from, fromLength) =>
      result(c.recvfrom(fd, into, into.length, receiveFlags, from, fromLength)),
    unreadBytes: (fd) => {
      const answer = result(c.ioctl(fd, SIOCOUTQ, scratch));
      return answer < 0 ? answer : scratchView.getInt32(0, true);
    },
    setSendBuffer: (fd, bytes) => {
      scratchView.setInt32(0, bytes, true);
      return result(c.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, scratch, 4));
    },
    peerUser: (fd) => {
      const credentials = foreignBytes(CREDENTIALS_BYTES);
      scratchView.setInt32(0, CREDENTIALS_BYTES, true);
      const answer = result(c.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, scratch));
      return answer < 0 ? answer : new DataView(credentials.buffer).getUint32(4, true);
    },
    switchOffCoreDumps: () => {
      const limited = result(c.setrlimit(RLIMIT_CORE, foreignBytes(LIMIT_BYTES)));
      return limited < 0 ? limited : result(c.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
    },
    chmod: (fd, mode) => result(c.fchmod(fd, mode)),
    poll,
    monotonicUs: () => {
      c.clock_gettime(CLOCK_MONOTONIC, time);
      const nanoseconds = Number(timeView.getBigInt64(8, true));
      return Number(timeView.getBigInt64(0, true)) * 1e6 + Math.floor(nanoseconds / 1000);
    },
    yieldCore: () => c.sched_yield(),
    signal: (fd) => result(c.write(fd, one, 8)),
    clear: (fd) => result(c.read(fd, scratch, 8)),
    // Without O_DIRECTORY, whose number is another one on arm64 (where this one's is O_DIRECT).
    openToRead: (path) => result(c.open(terminated(path), CLOSE_ON_EXEC)),
    read: (fd, into) => result(c.read(fd, into, into.length)),
    tryLock: (fd) => result(c.flock(fd, LOCK_EXCLUSIVE_NOW)),
    close: (fd) => result(c.close(fd)),
  });
}

/** The error where there is no such library, or it may not be used. */
export function noLibc(system: string, expected: string, cause?: unknown): RaetError {
  return new RaetError(
    "bad_config",
    system === "linux"
      ? `"${LIBRARY}" can't be used for the lane's sockets: expected ${expected}`
      : `the lane's Unix datagram sockets are not there on "${system}": expected linux`,
    { cause },
  );
}

function terminated(text: string): ForeignBytes {
  const bytes = new TextEncoder().encode(text);
  const whole = foreignBytes(bytes.length + 1);
  whole.set(bytes);
  return whole;
}
