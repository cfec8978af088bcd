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
import type { Delivery } from "./delivery.ts";

/** How to send. */
export interface SendOptions {
  /**
   * life of the message: after it the outcome is known, or unknown for good (default 30 s; 24 hours if
   * it is durable)
   */
  timeoutMs?: number;
  /**
   * keep it on disk, here and there, until it is delivered, refused for good, or its life is over: it
   * outlives this process and both manors, and is handed over once (docs/guarantees.md)
   */
  durable?: boolean;
  /**
   * hand it over after all messages that this yard sent to the same route with `ordered` before, and
   * that have no outcome by then
   */
  ordered?: boolean;
  /** the message's id, 32 hex digits (default: a random one); a durable one sent again is one message */
  id?: string;
  /**
   * gives the delivery up: its outcome is then unknown, unless it was known already; if that was aborted
   * before the sending, nothing is sent and the message has `expired`
   */
  signal?: AbortSignal;
  /** your word for the kind of message */
  type?: string;
}

/** How to ask: `timeoutMs` is the time for the request, the work and the answer together. */
export interface AskOptions extends Omit<SendOptions, "durable" | "id"> {
  /** is given the request's own delivery, as it sets out: what is heard of it, and its outcome */
  onDelivery?: (delivery: Delivery) => void;
}

/** How to listen. */
export interface ListenOptions {
  /** see copies of what others take, instead of taking messages; `leftOut` says how many were missed */
  observe?: boolean;
  /** also take messages to the share of that name at the manor, not only those sent to this yard (default true) */
  claim?: boolean;
  /**
   * acknowledge durable messages by `message.done()` only, for programs that work on several at once
   * (default false: also by taking the next one)
   */
  manual?: boolean;
  /** ends the listening as `close` does; `stop` lets the program end its work first */
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
  if (typeof route === "string") return parseTriple(route);
  const { estate, yard, share } = (route ?? {}) as Partial<Triple>;
  if ([estate, yard, share].every((part) => typeof part === "string")) {
    return parseTriple(formatTriple(route));
  }
  throw new RaetError(
    "bad_route",
    "the route is none: expected a text, or estate, yard and share as texts",
  );
}

/** The life of a message, whole milliseconds. @throws {RaetError} usage */
export function lifeOf(timeoutMs?: number, otherwise = TTL_MS_DEFAULT): number {
  if (timeoutMs === undefined) return otherwise;
  if (typeof timeoutMs !== "number" || Number.isNaN(timeoutMs)) {
    const shown = JSON.stringify(timeoutMs) ?? String(timeoutMs);
    throw new RaetError("usage", `timeoutMs ${shown} is no time: expected milliseconds`);
  }
  return Math.min(Math.max(1, Math.round(timeoutMs)), TTL_MS_MAX);
}
