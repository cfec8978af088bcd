/**
 * What differs between the runtimes, chosen by what runs.
 *
 * @module
 */
import process from "node:process";
import { RaetError } from "../base/errors.ts";
import { isBun } from "./bun.ts";
import type { DatagramBinder } from "./datagrams.ts";
import { bunDatagrams } from "./datagrams_bun.ts";
import { denoDatagrams } from "./datagrams_deno.ts";
import { nodeDatagrams } from "./datagrams_node.ts";
import { bunFileLock, denoFileLock, type FileLocker, nodeFileLock } from "./file_lock.ts";
import type { Libc } from "./libc.ts";
import { bunLibc } from "./libc_bun.ts";
import { noLibc } from "./libc_calls.ts";
import { denoLibc } from "./libc_deno.ts";
import { denoPipeOut, type PipeOutOpener } from "./pipe_out.ts";
import { denoInput, type InputReader, nodeInput } from "./standard_input.ts";

const runtime = isBun ? "bun" : "Deno" in globalThis ? "deno" : "node";

/** Binds the road's bare socket. */
export const bindDatagrams: DatagramBinder =
  { bun: bunDatagrams, deno: denoDatagrams, node: nodeDatagrams }[runtime];

/** Why there are no Unix datagram sockets here, and so no lane; null if there are. */
export const LANE_FAULT: string | null = process.platform !== "linux"
  ? noLibc(process.platform, "").message
  : runtime === "node"
  ? "the lane's Unix datagram sockets are not there on Node: expected Deno or Bun"
  : null;

/**
 * The C library of this process, for the lane; loaded once.
 *
 * @throws {RaetError} `bad_config` if it can't be had
 */
export const systemLibc: () => Libc = { bun: bunLibc, deno: denoLibc, node: nodeLibc }[runtime];

/** Locks a file. */
export const lockFile: FileLocker =
  { bun: bunFileLock, deno: denoFileLock, node: nodeFileLock }[runtime];

/** Opens standard output or standard error where that is a pipe. */
export const openPipeOut: PipeOutOpener = runtime === "deno" ? denoPipeOut : () => null;

/** Reads standard input as it comes. */
export const readStandardInput: InputReader = runtime === "deno" ? denoInput : nodeInput;

function nodeLibc(): Libc {
  throw new RaetError("bad_config", LANE_FAULT ?? "");
}
