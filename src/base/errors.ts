/**
 * One error class with a stable code, and one table that says what each code means and which exit
 * code it gives. Everything that can go wrong for a sender or an operator has its line here.
 *
 * @module
 */

/** What each code means, and the exit code of a command that ends with it. */
export const ERROR_TABLE = {
  usage: {
    exit: 1,
    meaning: "the command, its options or its arguments are not of the right form",
  },
  bad_route: { exit: 1, meaning: "a route is not estate/yard/share with exactly two slashes" },
  bad_body: { exit: 1, meaning: "a body is not JSON, or holds what can't travel" },
  no_estate: { exit: 2, meaning: "no estate of that name is known" },
  no_yard: { exit: 2, meaning: "no yard of that name is on the lane" },
  no_share: { exit: 2, meaning: "nobody claims that share" },
  no_key: { exit: 2, meaning: "no key of that name is on record" },
  expired: { exit: 3, meaning: "the time given for the message ran out before it was delivered" },
  outcome_unknown: { exit: 3, meaning: "the message may have arrived, or not: nobody can say" },
  no_answer: {
    exit: 3,
    meaning: "what was asked was delivered, but no answer came in the time given",
  },
  refused: { exit: 4, meaning: "the key of one side waits for acceptance" },
  rejected: { exit: 4, meaning: "the key of one side was rejected" },
  denied: {
    exit: 5,
    meaning: "a rule of one side, or an operator's grant, does not let it through",
  },
  unsupported: {
    exit: 5,
    meaning: "the far side can't do what the message asks for: keep it on disk, or keep the order",
  },
  no_manor: { exit: 6, meaning: "no manor is running for this home, or it went away" },
  some_failed: { exit: 7, meaning: "some of many failed" },
  home_in_use: { exit: 8, meaning: "another manor holds this home" },
  too_large: { exit: 9, meaning: "the message is larger than a message can be" },
  queue_full: { exit: 9, meaning: "a queue on the way is full" },
  answered_error: { exit: 10, meaning: "the process that was asked answered that it failed" },
  internal: { exit: 70, meaning: "raet itself is at fault" },
  bad_config: { exit: 78, meaning: "a setting, a file of the home or its permissions are wrong" },
} as const satisfies Record<string, { exit: number; meaning: string }>;

/** A stable name for a kind of failure. */
export type ErrorCode = keyof typeof ERROR_TABLE;

/** Tells whether a text that came from elsewhere is one of our codes. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === "string" && Object.hasOwn(ERROR_TABLE, text);
}

/**
 * A failure that a caller can act on. The message is one sentence without a final stop that quotes
 * the value at fault and says what was expected.
 */
export class RaetError extends Error {
  /** The kind of failure; the exit code follows from it. */
  readonly code: ErrorCode;

  /**
   * Says what failed.
   *
   * @param code the kind of failure
   * @param message one sentence without a final stop
   * @param options `cause`, where there is one
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RaetError";
    this.code = code;
  }
}

/** The exit code for whatever was thrown: anything that is not ours is our own fault. */
export function exitCodeOf(error: unknown): number {
  return ERROR_TABLE[error instanceof RaetError ? error.code : "internal"].exit;
}

/** Ends the program's current step if a thing that the code itself guarantees does not hold. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new RaetError("internal", `assertion failed: ${what}`);
}
