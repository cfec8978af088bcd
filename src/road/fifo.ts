/**
 * A queue whose front can be taken without moving the rest.
 *
 * @module
 */

/** First in, first out. */
export class Fifo<T> {
  /** What was taken is let go of at once: it may be large, and the rest may stay for long. */
  #items: (T | undefined)[] = [];
  #head = 0;

  /** How many wait. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The one whose turn it is. */
  get first(): T | undefined {
    return this.#items[this.#head];
  }

  /** Adds one at the end. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the first. */
  shift(): T | undefined {
    if (this.#head >= this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head >= COMPACT_AFTER && 2 * this.#head >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes all, first one first. */
  drain(): T[] {
    const items = [...this];
    this.#items = [];
    this.#head = 0;
    return items;
  }

  /** All that wait, first one first. */
  *[Symbol.iterator](): Iterator<T> {
    for (let i = this.#head; i < this.#items.length; i++) yield this.#items[i]!;
  }
}

const COMPACT_AFTER = 64;
