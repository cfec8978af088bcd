/**
 * Receipts of one process that its link has not sent yet. Whoever waits for one learns whether the
 * manor has it.
 *
 * @module
 */
import { type ErrorCode, RaetError } from "../base/errors.ts";
import type { LinkEvent } from "../io/link.ts";

/**
 * How telling the manor something went. It was `told`, or is gone and gives the message to nobody else; it is out of
 * reach (`cut`), and does; or the link had no room for what was to be said, so that nobody has it (`full`).
 */
export type Telling = "told" | "cut" | "full";

/** Receipts by the link's handle. */
export class ReceiptTable {
  readonly #byHandle = new Map<number, (telling: Telling) => void>();
  readonly #canBeCut: boolean;

  /** @param canBeCut whether the link may end while the manor lives */
  constructor(canBeCut: boolean) {
    this.#canBeCut = canBeCut;
  }

  /**
   * What becomes of a receipt.
   *
   * @param handle as the link gave it, or why it did not
   */
  wait(handle: number | RaetError): Promise<Telling> {
    if (handle instanceof RaetError) return Promise.resolve(this.#failed(handle.code));
    return new Promise((resolve) => this.#byHandle.set(handle, resolve));
  }

  /** The link has sent something, or could not. */
  ended(event: LinkEvent & { type: "sent" | "failed" }): void {
    const end = this.#byHandle.get(event.handle);
    this.#byHandle.delete(event.handle);
    end?.(event.type === "sent" ? "told" : this.#failed(event.code));
  }

  #failed(code: ErrorCode): Telling {
    if (code === "queue_full") return "full";
    return !this.#canBeCut && isGone(code) ? "told" : "cut";
  }
}

/** Whether a link failed for want of a manor. */
export function isGone(code: ErrorCode): boolean {
  return code === "no_yard" || code === "no_manor";
}
