/**
 * What a lane needs of the world: a datagram socket and a clock. `src/io` has the real ones.
 *
 * @module
 */

/** What became of a page: handed over, not now as the peer's queue is full, or nobody is there. */
export type SendResult = "sent" | "full" | "gone";

/** A yard's socket, full duplex on one path. */
export interface LaneSocket {
  /** Tells one socket file from a later one of the same path. */
  readonly identity: string;
  /**
   * Hands a page to the socket at a path, or doesn't, at once.
   *
   * @throws {RaetError} `too_large` if it is larger than the system takes
   */
  send(path: string, page: Uint8Array): SendResult;
  /** Has the socket's owner told once that a path which was full may have room. */
  watch(path: string): void;
  /** Ends it and removes its file. */
  close(): Promise<void>;
}
