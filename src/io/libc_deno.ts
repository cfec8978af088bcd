/**
 * The C library through Deno's foreign function interface.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { Errno, type Libc } from "./libc.ts";
import { type BareCalls, LIBRARY, makeLibc, noLibc } from "./libc_calls.ts";

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
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32", nonblocking: true },
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
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
  return loaded ??= load();
}

function load(): Libc {
  if (Deno.build.os !== "linux") throw noLibc(Deno.build.os, "linux");
  const c = loadSymbols();
  const errnoAt = c.__errno_location();
  if (errnoAt === null) throw new RaetError("internal", "the C library tells no errno");
  const errno = new Deno.UnsafePointerView(errnoAt);
  const calls: BareCalls = {
    ...c,
    sendto: (fd, bytes, length, flags, to, toLength) =>
      c.sendto(fd, bytes, BigInt(length), flags, to, toLength),
    recvfrom: (fd, into, length, flags, from, fromLength) =>
      c.recvfrom(fd, into, BigInt(length), flags, from, fromLength),
    prctl: (option, ...values) => {
      const [a, b, d, e] = values.map(BigInt);
      return c.prctl(option, a, b, d, e);
    },
    ioctl: (fd, request, into) => c.ioctl(fd, BigInt(request), into),
    read: (fd, into, length) => c.read(fd, into, BigInt(length)),
    write: (fd, from, length) => c.write(fd, from, BigInt(length)),
  };
  // errno of another thread can't be read from here; a failed poll is one that was interrupted.
  const poll: Libc["poll"] = async (entries, count, timeoutMs) => {
    const ready = await c.poll(entries, BigInt(count), timeoutMs);
    return ready < 0 ? -Errno.interrupted : ready;
  };
  return makeLibc(calls, () => errno.getInt32(), poll);
}

function loadSymbols(): Deno.StaticForeignLibraryInterface<typeof SYMBOLS> {
  try {
    return Deno.dlopen(LIBRARY, SYMBOLS).symbols;
  } catch (cause) {
    throw noLibc("linux", "a Linux with glibc and Deno's --allow-ffi", cause);
  }
}
