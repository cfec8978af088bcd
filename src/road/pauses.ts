/**
 * Pauses after attempts that came to nothing, which are the same for estates on record and for first joins.
 *
 * @module
 */
import type { JoinFailure } from "./endings.ts";
import type { Redo } from "./transaction.ts";

/** After the far side rejected us: its operator has to act first. */
export const REJECTED_PAUSE_MS = 10_000;

/** Before the next join. Who waited in vain for a proof has paused by that. */
export function pauseAfterJoin(failure: JoinFailure | undefined, pauses: Redo): number {
  return failure === "unproven" ? 0 : pauses.next();
}
