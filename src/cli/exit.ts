/**
 * How a command ends: what is said about a failure, and the exit code that follows from its code
 * (`ERROR_TABLE`, the one table for all of them).
 *
 * @module
 */
import { ERROR_TABLE, type ErrorCode, exitCodeOf, RaetError } from "../base/errors.ts";

/** A failure as people and scripts see it. */
export interface Failure {
  readonly code: ErrorCode;
  /** one sentence without a final stop */
  readonly message: string;
  readonly exit: number;
  /** where it was thrown, for whoever looks for our fault */
  readonly stack: string;
}

/** What to say of anything that was thrown. What is not ours counts as our own fault, exit 70. */
export function describeFailure(error: unknown): Failure {
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  if (error instanceof RaetError) {
    return { code: error.code, message: error.message, exit: exitCodeOf(error), stack };
  }
  const said = error instanceof Error ? error.message : String(error);
  const place = /^Requires all access to (".*?")/.exec(said)?.[1];
  if (place !== undefined) { // Deno's word on /proc and the like, wherever it comes up
    const message = `${place} can't be used: this program is not let in there`;
    return { code: "bad_config", message, exit: ERROR_TABLE.bad_config.exit, stack };
  }
  const message = `unexpected fault: ${oneLine(said)}; RAET_DEBUG=1 shows where`;
  return { code: "internal", message, exit: exitCodeOf(error), stack };
}

/** The exit code of every kind of end, by number. */
export function exitCodeRows(): { exit: number; code: string; meaning: string }[] {
  const done = {
    exit: 0,
    code: "done",
    meaning: "done, also where nothing came in the time given",
  };
  const rows = Object.entries(ERROR_TABLE).map(([code, { exit, meaning }]) => (
    { exit, code, meaning }
  ));
  return [done, ...rows].sort((a, b) => a.exit - b.exit);
}

function oneLine(text: string): string {
  return text.split("\n")[0].trim().replace(/\.$/, "");
}
