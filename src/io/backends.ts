/**
 * What differs between the runtimes, chosen by what runs.
 *
 * @module
 */
import { isBun } from "./bun.ts";
import type { DatagramBinder } from "./datagrams.ts";
import { bunDatagrams } from "./datagrams_bun.ts";
import { denoDatagrams } from "./datagrams_deno.ts";
import { bunFileLock, denoFileLock, type FileLocker } from "./file_lock.ts";
import type { Libc } from "./libc.ts";
import { bunLibc } from "./libc_bun.ts";
import { denoLibc } from "./libc_deno.ts";

/** Binds the road's bare socket. */
export const bindDatagrams: DatagramBinder = isBun ? bunDatagrams : denoDatagrams;

/**
 * The C library of this process, for the lane; loaded once.
 *
 * @throws {RaetError} `bad_config` if it can't be had
 */
export const systemLibc: () => Libc = isBun ? bunLibc : denoLibc;

/** Locks a file. */
export const lockFile: FileLocker = isBun ? bunFileLock : denoFileLock;
