/**
 * What can be said about sending, asking and listening.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { TTL_MS_DEFAULT, TTL_MS_MAX } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import type { Clock } from "../io/clock.ts";
import type { Link } from "../io/link.ts";
import { formatTriple, parseTriple, type Triple } from "../route/triple.ts";

/** How to send. */
export interface SendOptions {
  /** life of the message: after it the outcome is known, or unknown for good (default 30 s) */
  timeoutMs?: number;
  /** gives the delivery up: its outcome is then unknown, unless it was known already */
  signal?: AbortSignal;
  /** your word for the kind of message */
  type?: string;
}

/** How to ask: `timeoutMs` is the time for the request, the work and the answer together. */
export type AskOptions = SendOptions;

/** How to listen. */
export interface ListenOptions {
  /** see copies of what others take, instead of taking messages */
  observe?: boolean;
  /** also take messages to the share of that name at the manor, not only those sent to this yard (default true) */
  claim?: boolean;
  /** ends the listening */
  signal?: AbortSignal;
}

/** What a yard is made of. */
export interface YardParts {
  /** its place on the lane */
  readonly link: Link;
  /** its time (default: the system's) */
  readonly clock?: Clock;
  /** for ids */
  readonly random: Random;
  /** what this process is, for whoever lists the yards */
  readonly program: string;
  /** its process id */
  readonly pid: number;
}

/** Where a message goes. @throws {RaetError} bad_route */
export function destinationOf(route: string | Triple): Triple {
  return parseTriple(typeof route === "string" ? route : formatTriple(route));
}

/** The life of a message, whole milliseconds. @throws {RaetError} usage */
export function lifeOf(timeoutMs = TTL_MS_DEFAULT): number {
  if (Number.isNaN(timeoutMs)) {
    throw new RaetError("usage", `timeoutMs ${timeoutMs} is no time: expected milliseconds`);
  }
  return Math.min(Math.max(1, Math.round(timeoutMs)), TTL_MS_MAX);
}
