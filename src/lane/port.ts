/**
 * What a lane needs of the world: a way to hand a page to a socket. `src/io` has the real one.
 *
 * @module
 */

/** What became of a page: handed over, not now as the peer's queue is full, or nobody is there. */
export type SendResult = "sent" | "full" | "gone";

/**
 * Hands a page to the socket at a path, or doesn't, at once; may throw a RaetError `too_large` if it is
 * larger than the system takes.
 */
export type SendPage = (path: string, page: Uint8Array) => SendResult;
