/**
 * The port through which chance comes in, so that a simulation can replay it.
 *
 * @module
 */

/** Gives that many random bytes. */
export type Random = (length: number) => Uint8Array;
