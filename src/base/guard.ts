/**
 * Calls that must not end who makes them: a loop, a timer, a batch of which others have their part.
 *
 * @module
 */

/** Makes a call; what it throws is told and goes no further. */
export function guard(call: () => void, onError: (error: unknown) => void): void {
  try {
    call();
  } catch (error) {
    try {
      onError(error);
    } catch {
      // Whoever fails at being told of a failure has nobody left to tell.
    }
  }
}
