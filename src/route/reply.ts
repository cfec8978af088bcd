/**
 * How the work went that a message asked for. An answer is a message of its own to whoever asked: it
 * bears the request's `job`, and in the reserved key either `status: "answered"` or an `error`
 * (design.md, Delivery).
 *
 * @module
 */
import { REPLY_MESSAGE_CHARS_MAX } from "../base/limits.ts";
import { type Body, isBody, type Value } from "../base/value.ts";

/** What an answer says besides its payload. */
export type Reply =
  | { readonly status: "answered" }
  | {
    readonly status: "error";
    /** the answering program's word for what went wrong */
    readonly code: string;
    /** what it says of it, lines allowed */
    readonly message: string;
    /** the exit code of the command that did the work, if it was one */
    readonly exit: number | null;
  };

const CODE_CHARS_MAX = 64;

/** An error as an answer holds it: of a long message the end, where programs say what went wrong. */
export function errorReply(code: string, message: string, exit: number | null): Reply {
  return {
    status: "error",
    code: code.slice(0, CODE_CHARS_MAX),
    message: message.slice(-REPLY_MESSAGE_CHARS_MAX),
    exit,
  };
}

/** Writes it into the reserved key. */
export function writeReply(fields: Body, reply: Reply): void {
  if (reply.status === "answered") {
    fields.status = reply.status;
    return;
  }
  const { code, message, exit } = reply;
  fields.error = exit === null ? { code, message } : { code, message, exit };
}

/** Reads it; null for a request. */
export function readReply(status: Value | undefined, error: Value | undefined): Reply | null {
  if (status === "answered") return { status };
  if (!isBody(error)) return null;
  const { code, message, exit } = error;
  return errorReply(
    typeof code === "string" && code !== "" ? code : "error",
    typeof message === "string" ? message : "",
    typeof exit === "number" && Number.isInteger(exit) ? exit : null,
  );
}
