/**
 * Giving way to the event loop.
 *
 * @module
 */

/** Resolves after timers, sockets and everything else that is due had a turn. */
export function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
