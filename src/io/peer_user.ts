/**
 * Which user is at the other end of a connected Unix stream socket, as the kernel saw it connect.
 *
 * @module
 */
import type { Socket } from "node:net";

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const CREDENTIALS_BYTES = 12;

const SYMBOLS = {
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

let library: Deno.StaticForeignLibraryInterface<typeof SYMBOLS> | null | undefined;

/** The user's number; null where the system or the runtime can't tell. */
export function peerUser(socket: Socket): number | null {
  const fd = (socket as { _handle?: { fd?: unknown } })._handle?.fd;
  if (typeof fd !== "number" || fd < 0) return null;
  library ??= load();
  if (!library) return null;
  const credentials = new Uint8Array(CREDENTIALS_BYTES);
  const length = new Uint8Array(new Uint32Array([CREDENTIALS_BYTES]).buffer);
  const answer = library.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length);
  return answer === 0 ? new DataView(credentials.buffer).getUint32(4, true) : null;
}

function load(): typeof library {
  try {
    return Deno.build.os === "linux" ? Deno.dlopen("libc.so.6", SYMBOLS).symbols : null;
  } catch {
    return null; // no permission, or another C library: what is logged has no user then
  }
}
