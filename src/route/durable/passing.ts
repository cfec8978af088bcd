/**
 * Which failures are not for good: a durable message is given again after one of them.
 *
 * @module
 */
import type { ErrorCode } from "../../base/errors.ts";
import type { Result } from "../outcome.ts";

const PASSING: ReadonlySet<ErrorCode> = new Set(
  ["queue_full", "no_manor", "outcome_unknown", "refused", "no_yard", "no_share", "internal"],
);

/** Whether a durable message that ended like that is given again, if its life is not over. */
export function isPassing(result: Result): boolean {
  return result.status === "failed" && PASSING.has(result.code);
}
