/**
 * Keeps a process that holds secret keys out of core dumps, which would write its memory into a file. By
 * calls of the C library: the limit on the file's size is set to nothing, and the process is marked as
 * one not to be dumped, which also keeps other processes of the same user from reading its memory.
 *
 * @module
 */
import { systemLibc } from "./backends.ts";
import { readKernelFile } from "./kernel_file.ts";

/** Switches core dumps of this process off for good; whether that could be done. */
export function switchOffCoreDumps(): boolean {
  try {
    return systemLibc().switchOffCoreDumps() >= 0;
  } catch {
    return false; // no permission, or no such library: raet doctor says so
  }
}

/** Whether a process may write core dumps; null where the system doesn't tell. */
export function mayDumpCore(pid: number): boolean | null {
  const limits = readKernelFile(`/proc/${pid}/limits`) ?? "";
  const soft = /^Max core file size\s+(\S+)/m.exec(limits)?.[1];
  return soft === undefined ? null : soft !== "0";
}
