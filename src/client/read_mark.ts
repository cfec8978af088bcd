/**
 * How far the manor has read what this process says: an answer tells that all that was said before its call
 * was read.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";

/** What was said gets numbers; calls are made until the last of it is read. */
export class ReadMark {
  readonly #call: () => Promise<unknown>;
  readonly #onRead: (upTo: number) => void;
  #said = 0;
  #read = 0;
  #isCalling = false;

  /**
   * Begins with nothing said.
   *
   * @param call has the manor answer; rejects with no_manor if it did not
   * @param onRead told that all up to a number was read
   */
  constructor(call: () => Promise<unknown>, onRead: (upTo: number) => void) {
    this.#call = call;
    this.#onRead = onRead;
  }

  /** Something is being said; its number. */
  note(): number {
    this.#said++;
    this.again();
    return this.#said;
  }

  /** The manor answers, so it can be asked again. */
  again(): void {
    if (this.#isCalling || this.#read === this.#said) return;
    this.#isCalling = true;
    // A turn may say much, and one call is enough for it.
    queueMicrotask(() => void this.#ask());
  }

  /** Nobody wants to know of what was said so far. */
  forget(): void {
    this.#read = this.#said;
  }

  async #ask(): Promise<void> {
    const upTo = this.#said;
    let isRead = true;
    try {
      await this.#call();
    } catch (error) {
      isRead = hasAnswered(error);
    }
    this.#isCalling = false;
    if (!isRead) return;
    this.#read = Math.max(this.#read, upTo);
    this.#onRead(upTo);
    this.again();
  }
}

/** Whether the manor has read a call that failed: what else it may answer, it has. */
export function hasAnswered(error: unknown): boolean {
  return !(error instanceof RaetError) || error.code !== "no_manor";
}
