/**
 * What the router needs of the two stacks and of the manor around it.
 *
 * @module
 */
import type { DropReason } from "../base/drop.ts";
import type { RaetError } from "../base/errors.ts";
import type { Body } from "../base/value.ts";
import type { Envelope } from "./envelope.ts";

/** How an estate stands, as far as sending to it goes. */
export type EstateState =
  | { is: "unknown"; why: string }
  /** the key of one side waits for acceptance, or was rejected: `why` says whose and what to do */
  | { is: "refused" | "rejected"; why: string }
  /** known, and expected back */
  | { is: "away" }
  | {
    is: "ready";
    ours: boolean;
    epoch: string;
    /** it does not answer: messages are put on the road, and arrive once it is back */
    silent?: boolean;
    /** what it said that it can do, such as `durable` */
    features?: readonly string[];
    /** it is one of ours by its own word, has not said yet in this session what it can do, and is asked on */
    asking?: boolean;
  };

/** An estate to which messages may flow. */
export type ReadyState = EstateState & { is: "ready" };

/** Whether an estate can do something; null as long as it has not said. */
export function canDo({ features, asking }: ReadyState, feature: string): boolean | null {
  return features?.includes(feature) || (asking ? null : false);
}

/** The road, as the router sees it. */
export interface RoadPort {
  state(estate: string): EstateState;
  /** A message waits for an estate, which may be one that nobody asks for any more. */
  seek(estate: string): void;
  /**
   * Puts a message on the road stack; the handle comes back with `roadSent`.
   *
   * @param bodyAt the body as it has to be if it is sent later; missing where it is the same always
   * @throws {RaetError} no_estate, too_large, bad_body, queue_full
   */
  transmit(
    body: Body,
    estate: string,
    packing: "json" | "msgpack",
    deadline: number,
    bodyAt?: (now: number) => Body,
  ): number;
}

/** The lane, as the router sees it. Yards in the manor's own process count as well. */
export interface LanePort {
  /**
   * Puts a message on the lane stack; the handle comes back with `laneSent` or `laneFailed`.
   *
   * @throws {RaetError} no_yard, too_large, bad_body, queue_full
   */
  transmit(body: Body, yard: string, packing: "json" | "msgpack"): number;
  /** How long a yard has been there by the date, milliseconds; null where nobody is. */
  ageMs(yard: string): number | null;
  /** Bytes that a yard was given and has not read; where there is none it is told by `queue_full` alone. */
  unread?(yard: string): number;
}

/** A call of one of the manor's controls by a process of its lane. */
export interface ControlCall {
  readonly yard: string;
  readonly envelope: Envelope;
}

/** What the router stands on. */
export interface RouterPorts {
  readonly road: RoadPort;
  readonly lane: LanePort;
  /** Carries out a control call; its answer goes to `Router.answer`. */
  control(call: ControlCall): void;
  /**
   * Told of each message that is taken on from a yard of ours (`sent`), and of each that was given to
   * one (`received`). It is called for every message, so it has to be cheap.
   */
  passed?(event: "sent" | "received", id: string, envelope: Envelope): void;
  /** Told of what should not happen, as a disk that can't be written to. */
  warn?(error: RaetError): void;
  /**
   * Told of each message that is thrown away.
   *
   * @param from the yard or estate that sent it
   * @param detail more for our own log, "" where there is none
   */
  dropped?(reason: DropReason, from: string, detail: string): void;
}
