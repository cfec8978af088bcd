/**
 * Messages as commands show them: a line, a JSON object, or the body alone.
 *
 * @module
 */
import type { Value } from "../base/value.ts";
import type { Message } from "../client/message.ts";
import { formatTriple, type Triple } from "../route/triple.ts";
import { jsonLine, showBody } from "./body.ts";
import { formatTime, type Line, paint } from "./text.ts";

/** What `--json` shows of a message, for the help. */
export const MESSAGE_JSON = [
  'from, to   [estate, yard, share], each filled, such as ["beta", "worker", "inbox"]',
  "id         32 hex digits",
  'body       as it was sent; bytes are {"$bytes": base64}',
  "type       only if its sender gave one",
  "asks       true, only if its sender waits for an answer",
  "durable    true, only if it is kept on disk until it is taken",
  "redelivered  true, only if a process that went away may have seen it before",
] as const;

/** A message as `--json` shows it. */
export function messageRecord(message: Message): object {
  const { from, to, id, body, type, asks, durable, redelivered } = message;
  return {
    from: tripleRecord(from),
    to: tripleRecord(to),
    id,
    body,
    ...type === null ? {} : { type },
    ...asks ? { asks } : {},
    ...durable ? { durable } : {},
    ...redelivered ? { redelivered } : {},
  };
}

/** A message as a line for people. */
export function messageLine({ from, to, body, asks, redelivered }: Message): Line {
  return [
    paint("dim", formatTime(Date.now())),
    " ",
    paint("cyan", formatTriple(from)),
    ` > ${formatTriple(to)} `,
    asks ? paint("yellow", "asks ") : "",
    redelivered ? paint("yellow", "again ") : "",
    showBody(body),
  ];
}

/** A route's end as `--json` shows it. */
export function tripleRecord({ estate, yard, share }: Triple): string[] {
  return [estate, yard, share];
}

/** A body by itself, for a file or a program: text and bytes as they are, all else as JSON. */
export function rawBody(body: Value): string | Uint8Array {
  return typeof body === "string" || body instanceof Uint8Array ? body : jsonLine(body);
}
