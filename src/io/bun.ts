/**
 * Bun, as far as this room uses it. Its own types are not loaded: they would bring globals into the
 * check of all sources that Deno doesn't have. Nor is "bun:ffi" imported: asked for when it is needed,
 * it is none of a bundler's business, and a bundle runs on both.
 *
 * @module
 */
import process from "node:process";

/** Whether this program runs on Bun. */
export const isBun: boolean = "Bun" in globalThis;

/** A bound UDP socket of Bun. */
export interface BunUdpSocket {
  readonly address: { readonly address: string; readonly port: number };
  /** False if the system has no room; `drain` tells when it has. Throws what the system answers. */
  send(datagram: Uint8Array, port: number, host: string): boolean;
  close(): void;
}

/** How a UDP socket is bound, and whom it tells. */
export interface BunUdpOptions {
  readonly hostname: string;
  readonly port: number;
  readonly binaryType: "uint8array";
  readonly socket: {
    data(socket: BunUdpSocket, datagram: Uint8Array, port: number, host: string): void;
    drain(): void;
    error(error: unknown): void;
  };
}

/** Binds UDP sockets. */
export type BunUdpBinder = (options: BunUdpOptions) => Promise<BunUdpSocket>;

/** A function of a library by the types of its arguments and its answer. */
export interface ForeignFunction {
  readonly args: readonly ("i32" | "u32" | "u64" | "usize" | "ptr")[];
  readonly returns: "i32" | "ptr";
}

/** "bun:ffi". Memory is passed as an array, or as the number of its address. */
export interface BunFfi {
  dlopen<N extends string>(
    library: string,
    symbols: Record<N, ForeignFunction>,
  ): { readonly symbols: Record<N, (...args: (number | Uint8Array)[]) => number> };
  ptr(memory: Uint8Array): number;
  readonly read: { i32(address: number, offset: number): number };
}

/** Binds a UDP socket of Bun. */
export const bunUdpSocket: BunUdpBinder = (options) =>
  (globalThis as unknown as { Bun: { udpSocket: BunUdpBinder } }).Bun.udpSocket(options);

/** Bun's foreign function interface. */
export function bunFfi(): BunFfi {
  return process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
}
