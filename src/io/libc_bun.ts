/**
 * The C library through Bun's foreign function interface; `poll` waits in a thread (`poll_bun.ts`).
 *
 * Memory is passed as an array, whose address is taken at each call: a short one may have moved.
 *
 * @module
 */
import process from "node:process";
import { type BunFfi, bunFfi } from "./bun.ts";
import type { Libc } from "./libc.ts";
import { type BareCalls, LIBRARY, makeLibc, noLibc } from "./libc_calls.ts";
import { PollThreads } from "./poll_bun.ts";

// Lengths that come back are declared as 32 bits: they are small, and 64 bits would be bigints.
const SYMBOLS = {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  eventfd: { args: ["u32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  sendto: { args: ["i32", "ptr", "usize", "i32", "ptr", "u32"], returns: "i32" },
  recvfrom: { args: ["i32", "ptr", "usize", "i32", "ptr", "ptr"], returns: "i32" },
  ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  setrlimit: { args: ["i32", "ptr"], returns: "i32" },
  prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
  fchmod: { args: ["i32", "u32"], returns: "i32" },
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  sched_yield: { args: [], returns: "i32" },
  read: { args: ["i32", "ptr", "usize"], returns: "i32" },
  write: { args: ["i32", "ptr", "usize"], returns: "i32" },
  open: { args: ["ptr", "i32"], returns: "i32" },
  flock: { args: ["i32", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
} as const;

let loaded: Libc | null = null;

/**
 * The C library of this process; loaded once.
 *
 * @throws {RaetError} `bad_config` if it can't be had
 */
export function bunLibc(): Libc {
  return loaded ??= load();
}

function load(): Libc {
  if (process.platform !== "linux") throw noLibc(process.platform, "linux");
  const ffi = bunFfi();
  const c = loadSymbols(ffi);
  const errnoAt = c.__errno_location();
  const threads = new PollThreads((entries) => ffi.ptr(entries));
  return makeLibc(
    c as BareCalls,
    () => ffi.read.i32(errnoAt, 0),
    (entries, count, timeoutMs) => threads.poll(entries, count, timeoutMs),
  );
}

function loadSymbols(ffi: BunFfi) {
  try {
    return ffi.dlopen(LIBRARY, SYMBOLS).symbols;
  } catch (cause) {
    throw noLibc("linux", "a Linux with glibc", cause);
  }
}
