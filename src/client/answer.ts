/**
 * What comes of a request: the answer, the error that was answered, or why there is none.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Value } from "../base/value.ts";
import type { Outcome, Success } from "../route/outcome.ts";
import { formatTriple, type Triple } from "../route/triple.ts";

/** The end of a request. `ms` counts from the asking; `id` is the request's message id. */
export type Answer =
  | Answered
  | ErrorAnswer
  /** it was not delivered, or delivered and not answered (`no_answer`), or nobody can say */
  | Exclude<Outcome, { status: Success }>;

/** The work was done. */
export type Answered = {
  status: "answered";
  id: string;
  ms: number;
  /** who answered, all parts filled */
  from: Triple;
  body: Value;
};

/** Whoever took the request says that it failed. */
export type ErrorAnswer = {
  status: "error";
  id: string;
  ms: number;
  /** who answered, all parts filled */
  from: Triple;
  /** the answering program's word for what went wrong */
  code: string;
  /** what it says of it, lines allowed */
  message: string;
  /** the exit code of the command that did the work, if it was one */
  exit: number | null;
};

/**
 * The body of an answer, where there is one.
 *
 * @throws {RaetError} `answered_error` if the answer is an error, else the code of what went wrong
 */
export function answerBody(answer: Answer): Value {
  if (answer.status === "answered") return answer.body;
  throw answerError(answer);
}

/** Why a request has no good answer, as an error. */
export function answerError(answer: Exclude<Answer, Answered>): RaetError {
  if (answer.status !== "error") return new RaetError(answer.code, answer.message);
  const { from, code, message, exit } = answer;
  const exited = exit === null ? "" : ` with exit code ${exit}`;
  const said = message.trim() === "" ? "" : `: ${message.trim()}`;
  return new RaetError("answered_error", `${formatTriple(from)} failed${exited}, ${code}${said}`);
}
