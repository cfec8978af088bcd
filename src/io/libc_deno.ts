/**
 * The C library through Deno's foreign function interface.
 *
 * A failing call leaves its reason in `errno`, which is read by a second call. Nothing of this thread
 * runs in between, save perhaps a garbage collection, whose own system calls succeed.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { Errno, type ForeignBytes, foreignBytes, type Libc } from "./libc.ts";

const LIBRARY = "libc.so.6";
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const NONBLOCK = 0o4000;
const CLOSE_ON_EXEC = 0o2000000;
const DIRECTORY = 0o200000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SIOCOUTQ = 0x5411n;
const LOCK_EXCLUSIVE_NOW = 2 | 4;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

// Lengths that come back are declared as 32 bits: they are small, and 64 bits would be bigints.
const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "i32" },
  recvfrom: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "buffer"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32", nonblocking: true },
  sched_yield: { parameters: [], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

let loaded: Libc | null = null;

/**
 * The C library of this process; loaded once.
 *
 * @throws {RaetError} `bad_config` if it can't be had
 */
export function denoLibc(): Libc {
  return loaded ??= makeLibc(loadSymbols());
}

type Symbols = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;

function loadSymbols(): Symbols {
  if (Deno.build.os !== "linux") {
    throw new RaetError(
      "bad_config",
      `the lane's Unix datagram sockets are not there on "${Deno.build.os}": expected linux`,
    );
  }
  try {
    return Deno.dlopen(LIBRARY, SYMBOLS).symbols;
  } catch (cause) {
    throw new RaetError(
      "bad_config",
      `"${LIBRARY}" can't be used for the lane's sockets: expected a Linux with glibc and Deno's --allow-ffi`,
      { cause },
    );
  }
}

function makeLibc(c: Symbols): Libc {
  const errnoAt = c.__errno_location();
  if (errnoAt === null) throw new RaetError("internal", "the C library tells no errno");
  const errno = new Deno.UnsafePointerView(errnoAt);
  const result = (value: number): number => value < 0 ? -errno.getInt32() : value;
  const one = foreignBytes(8);
  one[0] = 1;
  const scratch = foreignBytes(8);
  const scratchView = new DataView(scratch.buffer);
  return {
    datagramSocket: () => result(c.socket(AF_UNIX, SOCK_DGRAM | NONBLOCK | CLOSE_ON_EXEC, 0)),
    eventCounter: () => result(c.eventfd(0, NONBLOCK | CLOSE_ON_EXEC)),
    bind: (fd, address, length) => result(c.bind(fd, address, length)),
    connect: (fd, address, length) => result(c.connect(fd, address, length)),
    sendTo: (fd, bytes, address, length) =>
      result(
        c.sendto(
          fd,
          bytes as Uint8Array<ArrayBuffer>,
          BigInt(bytes.length),
          MSG_DONTWAIT | MSG_NOSIGNAL,
          address,
          length,
        ),
      ),
    receiveFrom: (fd, into, from, fromLength) =>
      result(
        c.recvfrom(fd, into, BigInt(into.length), MSG_DONTWAIT | MSG_TRUNC, from, fromLength),
      ),
    unreadBytes: (fd) => {
      const answer = result(c.ioctl(fd, SIOCOUTQ, scratch));
      return answer < 0 ? answer : scratchView.getInt32(0, true);
    },
    setSendBuffer: (fd, bytes) => {
      scratchView.setInt32(0, bytes, true);
      return result(c.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, scratch, 4));
    },
    chmod: (fd, mode) => result(c.fchmod(fd, mode)),
    // errno of another thread can't be read from here; a failed poll is one that was interrupted.
    poll: async (entries, count, timeoutMs) => {
      const ready = await c.poll(entries, BigInt(count), timeoutMs);
      return ready < 0 ? -Errno.interrupted : ready;
    },
    yieldCore: () => c.sched_yield(),
    signal: (fd) => result(c.write(fd, one, 8n)),
    clear: (fd) => result(c.read(fd, scratch, 8n)),
    openDirectory: (path) => result(c.open(terminated(path), DIRECTORY | CLOSE_ON_EXEC)),
    tryLock: (fd) => result(c.flock(fd, LOCK_EXCLUSIVE_NOW)),
    close: (fd) => result(c.close(fd)),
  };
}

function terminated(text: string): ForeignBytes {
  const bytes = new TextEncoder().encode(text);
  const whole = foreignBytes(bytes.length + 1);
  whole.set(bytes);
  return whole;
}
