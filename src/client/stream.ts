/**
 * A bounded queue that one side pushes into and the other reads with `for await`.
 *
 * @module
 */

/** Items as they come. Ends when closed, or fails with the error it was closed with. */
export class Stream<T> implements AsyncIterableIterator<T> {
  readonly #items: T[] = [];
  readonly #max: number;
  readonly #onClose: (left: T[]) => void;
  #readers: { resolve: (result: IteratorResult<T>) => void; reject: (error: Error) => void }[] = [];
  #closed = false;
  #error: Error | null = null;

  /**
   * Begins empty.
   *
   * @param max how many items wait at the most
   * @param onClose called once, at the end, with what nobody will read any more
   */
  constructor(max: number, onClose: (left: T[]) => void = () => {}) {
    this.#max = max;
    this.#onClose = onClose;
  }

  /** Adds an item; false if there is no room, or the stream has ended. */
  push(item: T): boolean {
    if (this.#closed) return false;
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ value: item, done: false });
    else if (this.#items.length >= this.#max) return false;
    else this.#items.push(item);
    return true;
  }

  /** Takes out those that wait and are such. */
  remove(isSuch: (item: T) => boolean): T[] {
    const items = this.#items.splice(0);
    this.#items.push(...items.filter((item) => !isSuch(item)));
    return items.filter(isSuch);
  }

  /** The next item. */
  next(): Promise<IteratorResult<T>> {
    if (this.#items.length > 0) {
      return Promise.resolve({ value: this.#items.shift()!, done: false });
    }
    if (this.#error) return Promise.reject(this.#error);
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Ends the stream; what waits is thrown away. */
  close(error: Error | null = null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    const left = this.#items.splice(0);
    for (const reader of this.#readers) {
      if (error) reader.reject(error);
      else reader.resolve({ value: undefined, done: true });
    }
    this.#readers = [];
    this.#onClose(left);
  }

  /** Called by `for await` when its loop is left. */
  return(): Promise<IteratorResult<T>> {
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** The stream itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** For `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }
}
