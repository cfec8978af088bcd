/**
 * The few calls of the C library that a Unix datagram socket needs, as a port: the back ends
 * `libc_deno.ts` and `libc_bun.ts` stand beside it. Calls answer as the kernel does: 0 or
 * more for success, minus the error number for failure; none of them throws or blocks.
 *
 * Layouts and numbers here are those of Linux on x86-64 and arm64.
 *
 * @module
 */

/** Memory whose address is handed to the C library. Made by `foreignBytes`, never a plain array. */
export type ForeignBytes = Uint8Array<ArrayBuffer>;

/** The calls, with sockets as file descriptors. */
export interface Libc {
  /** A new AF_UNIX SOCK_DGRAM socket, non-blocking and closed on exec. */
  datagramSocket(): number;
  /** A new counter to wake a `poll` with, non-blocking and closed on exec. */
  eventCounter(): number;
  /** Names a socket; the path must not exist. */
  bind(fd: number, address: ForeignBytes, addressLength: number): number;
  /** Ties a socket to a peer, so that `poll` tells when that peer has room. */
  connect(fd: number, address: ForeignBytes, addressLength: number): number;
  /** Sends one datagram to an address. */
  sendTo(fd: number, bytes: Uint8Array, address: ForeignBytes, addressLength: number): number;
  /**
   * Takes one datagram. Answers its true length, which is more than `into` holds if it was cut;
   * `from` gets the sender's address and `fromLength` (4 bytes, preset to the size of `from`) its length.
   */
  receiveFrom(
    fd: number,
    into: ForeignBytes,
    from: ForeignBytes,
    fromLength: ForeignBytes,
  ): number;
  /** Bytes of memory that datagrams of this socket hold in queues of receivers, unread. */
  unreadBytes(fd: number): number;
  /** Asks for a send buffer; the kernel takes less if it must. */
  setSendBuffer(fd: number, bytes: number): number;
  /** Sets the mode of a file, or of a socket file to be. */
  chmod(fd: number, mode: number): number;
  /** Waits, without holding up the event loop, until one of `count` entries of 8 bytes is ready. */
  poll(entries: ForeignBytes, count: number, timeoutMs: number): Promise<number>;
  /** Lets another thread of this core run, if one wants to. */
  yieldCore(): number;
  /** Microseconds on the kernel's monotonic clock, which every process of this host reads alike. */
  monotonicUs(): number;
  /** Adds one to an event counter. */
  signal(eventFd: number): number;
  /** Sets an event counter back to 0. */
  clear(eventFd: number): number;
  /** The user at the other end of a connected Unix stream socket, as it was when that connected. */
  peerUser(fd: number): number;
  /** Lets this process write no core dump any more, nor others of its user read its memory. */
  switchOffCoreDumps(): number;
  /** Opens a directory, to lock it, or a file, to read it. */
  openToRead(path: string): number;
  /** Takes what comes next of an open file: how many bytes, 0 at its end. */
  read(fd: number, into: ForeignBytes): number;
  /** Takes the exclusive lock of an open directory, or answers -EAGAIN; closing gives it back. */
  tryLock(fd: number): number;
  /** Closes a descriptor. */
  close(fd: number): number;
}

/** Error numbers that are told apart. */
export const Errno = {
  noEntry: 2,
  interrupted: 4,
  again: 11,
  outOfMemory: 12,
  tooManyFiles: 24,
  messageSize: 90,
  addressInUse: 98,
  noBuffers: 105,
  refused: 111,
} as const;

/** What to wait for in a poll entry, and what it answers. */
export const PollEvent = { readable: 0x01, writable: 0x04, invalid: 0x20 } as const;

/** Bytes of one poll entry. */
export const POLL_ENTRY_BYTES = 8;
/** Bytes of a Unix socket address, a closing zero included. */
export const ADDRESS_BYTES = 110;
/** Longest path that fits a Unix socket address with its closing zero. */
export const ADDRESS_PATH_BYTES_MAX = 107;

const AF_UNIX = 1;
const encoder = new TextEncoder();

/** Memory that stays where it is while the C library looks at it: small plain arrays may move. */
export function foreignBytes(length: number): ForeignBytes {
  return new Uint8Array(new ArrayBuffer(length));
}

/** A Unix socket address ready for use. */
export interface SocketAddress {
  readonly bytes: ForeignBytes;
  readonly length: number;
}

/** The address of a path, or null if the path is too long for one or holds a zero byte. */
export function socketAddress(path: string): SocketAddress | null {
  const text = encoder.encode(path);
  if (text.length === 0 || text.length > ADDRESS_PATH_BYTES_MAX || text.includes(0)) return null;
  const bytes = foreignBytes(ADDRESS_BYTES);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(text, 2);
  return { bytes, length: 2 + text.length + 1 };
}

/** Writes poll entry number `index`. */
export function setPollEntry(
  entries: ForeignBytes,
  index: number,
  fd: number,
  events: number,
): void {
  const view = new DataView(entries.buffer, index * POLL_ENTRY_BYTES, POLL_ENTRY_BYTES);
  view.setInt32(0, fd, true);
  view.setInt16(4, events, true);
  view.setInt16(6, 0, true);
}

/** What poll entry number `index` answered. */
export function polledEvents(entries: ForeignBytes, index: number): number {
  return new DataView(entries.buffer, index * POLL_ENTRY_BYTES, POLL_ENTRY_BYTES).getInt16(6, true);
}
