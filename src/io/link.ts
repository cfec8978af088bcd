/**
 * What ties a process to its lane: a yard of its own, over a socket or inside the manor's process.
 *
 * @module
 */
import type { ErrorCode } from "../base/errors.ts";
import type { Body } from "../base/value.ts";

/** What a link tells its owner. Every handle of `transmit` ends in exactly one sent or failed. */
export type LinkEvent =
  | { type: "message"; yard: string; body: Body }
  | { type: "sent"; handle: number }
  /** the manor is gone, or another one runs in its place, or the link was cut if it can be */
  | { type: "left" }
  | { type: "failed"; handle: number; code: ErrorCode; message: string };

/** A yard on a lane, seen from its own process. */
export interface Link {
  /** the yard's name */
  readonly yard: string;
  /**
   * it may be cut while the manor lives, which then gives to others what this yard did not acknowledge;
   * other links end with their manor only
   */
  readonly canBeCut?: boolean;
  /** who gets what happens; set once, by whoever owns the link */
  onEvent: (event: LinkEvent) => void;
  /**
   * Puts a message for a yard of the lane on its way.
   *
   * @throws {RaetError} bad_body, too_large, queue_full
   */
  transmit(body: Body, yard: string): number;
  /** Sends what waits, within a bound, and gives the yard up. */
  close(): Promise<void>;
}
