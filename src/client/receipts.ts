/**
 * Receipts of one process that its link has not sent yet. Whoever waits for one learns whether the
 * manor has it.
 *
 * @module
 */
import { type ErrorCode, RaetError } from "../base/errors.ts";
import type { LinkEvent } from "../io/link.ts";

/** Receipts by the link's handle. */
export class ReceiptTable {
  readonly #byHandle = new Map<number, (isKnown: boolean) => void>();
  readonly #canBeCut: boolean;

  /** @param canBeCut whether the link may end while the manor lives */
  constructor(canBeCut: boolean) {
    this.#canBeCut = canBeCut;
  }

  /**
   * Whether the manor has a receipt in the end. One that is gone counts as if it had: it gives the
   * message to nobody else; one that may only be out of reach does.
   *
   * @param handle as the link gave it, or why it did not
   */
  wait(handle: number | RaetError): Promise<boolean> {
    if (handle instanceof RaetError) return Promise.resolve(this.#endsWell(handle.code));
    return new Promise((resolve) => this.#byHandle.set(handle, resolve));
  }

  /** The link has sent something, or could not. */
  ended(event: LinkEvent & { type: "sent" | "failed" }): void {
    const end = this.#byHandle.get(event.handle);
    this.#byHandle.delete(event.handle);
    end?.(event.type === "sent" || this.#endsWell(event.code));
  }

  #endsWell(code: ErrorCode): boolean {
    return !this.#canBeCut && isGone(code);
  }
}

/** Whether a link failed for want of a manor. */
export function isGone(code: ErrorCode): boolean {
  return code === "no_yard" || code === "no_manor";
}
