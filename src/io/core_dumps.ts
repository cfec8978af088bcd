/**
 * Keeps a process that holds secret keys out of core dumps, which would write its memory into a file. By
 * calls of the C library: the limit on the file's size is set to nothing, and the process is marked as
 * one not to be dumped, which also keeps other processes of the same user from reading its memory.
 *
 * @module
 */
import fs from "node:fs";

const RLIMIT_CORE = 4;
const PR_SET_DUMPABLE = 4;
/** Two numbers of 64 bits, soft and hard limit: nothing and nothing. */
const NO_LIMIT_BYTES = 16;

const SYMBOLS = {
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Switches core dumps of this process off for good; whether that could be done. */
export function switchOffCoreDumps(): boolean {
  try {
    if (Deno.build.os !== "linux") return false;
    const { setrlimit, prctl } = Deno.dlopen("libc.so.6", SYMBOLS).symbols;
    const isLimited = setrlimit(RLIMIT_CORE, new Uint8Array(NO_LIMIT_BYTES)) === 0;
    return prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n) === 0 && isLimited;
  } catch {
    return false; // no permission, or another C library: raet doctor says so
  }
}

/** Whether a process may write core dumps; null where the system doesn't tell. */
export function mayDumpCore(pid: number): boolean | null {
  try {
    const limits = fs.readFileSync(`/proc/${pid}/limits`, "utf8");
    const soft = /^Max core file size\s+(\S+)/m.exec(limits)?.[1];
    return soft === undefined ? null : soft !== "0";
  } catch {
    return null;
  }
}
