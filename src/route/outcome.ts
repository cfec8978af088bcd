/**
 * What becomes of a message that was sent: exactly one outcome, always.
 *
 * @module
 */
import type { ErrorCode } from "../base/errors.ts";

/** How far a message that did not fail is known to have come. */
export type Success =
  /** a process of ours acknowledged it */
  | "delivered"
  /** it was given to a yard that can't acknowledge */
  | "handed"
  /** the far stack completed the transaction, and can say no more */
  | "acknowledged";

/** The end of a delivery. `ms` counts from the sending; `id` is the message's. */
export type Outcome =
  | { status: Success; id: string; ms: number }
  | { status: "failed"; id: string; ms: number; code: ErrorCode; message: string }
  | { status: "outcome_unknown"; id: string; ms: number; code: "outcome_unknown"; message: string };

/** A result without the sender's bookkeeping, as it travels in a receipt. */
export type Result =
  | { status: Success }
  | { status: "failed"; code: ErrorCode; message: string };

/** Tells whether a text is a successful status. */
export function isSuccess(text: unknown): text is Success {
  return text === "delivered" || text === "handed" || text === "acknowledged";
}

/** A failure as a result. */
export function failure(code: ErrorCode, message: string): Result {
  return { status: "failed", code, message };
}

/** The outcome of a delivery from the result that came back. */
export function toOutcome(result: Result, id: string, ms: number): Outcome {
  if (result.status !== "failed") return { status: result.status, id, ms };
  if (result.code === "outcome_unknown") {
    return { status: "outcome_unknown", id, ms, code: result.code, message: result.message };
  }
  return { ...result, id, ms };
}
