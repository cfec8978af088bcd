/**
 * A message of ours as an outbox takes it, and whether it can.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import {
  BODY_BYTES_MAX,
  MESSAGE_BYTES_PER_REMOTE_MAX,
  MESSAGES_PER_REMOTE_MAX,
} from "../base/limits.ts";

/** A message that is to be sent. */
export interface Letter {
  /** What its `sent` event will bear. */
  readonly handle: number;
  /** Its packed body. */
  readonly packed: Uint8Array;
  readonly bodyKind: number;
  /** When it is given up, Infinity for never. */
  readonly deadline: number;
  /**
   * Packs its body as it has to be now, which takes no more bytes; missing where it is the same at all times.
   * Who takes it must know it if it comes twice, as it may be sent anew then.
   */
  readonly packNow?: () => Uint8Array;
}

/**
 * Checks that there is room for one more.
 *
 * @param messages how many wait for that remote, and
 * @param bytes those of their bodies
 * @throws {RaetError} `too_large`, `queue_full`
 */
export function checkRoom({ packed }: Letter, to: string, messages: number, bytes: number): void {
  if (packed.length > BODY_BYTES_MAX) {
    throw new RaetError(
      "too_large",
      `a message of ${packed.length} packed bytes can't be sent: expected at most ${BODY_BYTES_MAX}`,
    );
  }
  if (
    messages >= MESSAGES_PER_REMOTE_MAX ||
    bytes + packed.length > MESSAGE_BYTES_PER_REMOTE_MAX && messages > 0
  ) {
    throw new RaetError(
      "queue_full",
      `"${to}" has ${messages} messages of ${bytes} bytes waiting: expected room for one more`,
    );
  }
}
