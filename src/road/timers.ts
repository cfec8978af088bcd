/**
 * Timers over a clock that is given from outside: a heap of things that want to be called, so that
 * the next deadline is known at once and thousands of idle ones cost nothing.
 *
 * @module
 */

/** Something that can be called at a time. The two fields belong to the heap. */
export interface Timed {
  /** When it is due; Infinity while it is not set. */
  dueAt: number;
  /** Its place in the heap, -1 outside. */
  heapIndex: number;
  /** Called once when due; it may set itself again. */
  onTime(): void;
}

/** A timer that calls a function. */
export class Timer implements Timed {
  dueAt = Infinity;
  heapIndex = -1;
  /** @param onTime what to call when due */
  constructor(readonly onTime: () => void) {}
}

/** A binary heap of timers, soonest first. */
export class Timers {
  readonly #heap: Timed[] = [];
  /** While timers are being called: nothing may be set that is due at once, or the call never ends. */
  #floor = -Infinity;

  /** When the first one is due; Infinity if none is set. */
  get next(): number {
    return this.#heap.length > 0 ? this.#heap[0].dueAt : Infinity;
  }

  /** How many are set. */
  get size(): number {
    return this.#heap.length;
  }

  /** Sets a timer, or sets it anew. */
  set(timed: Timed, dueAt: number): void {
    const at = dueAt > this.#floor ? dueAt : this.#floor;
    if (at === Infinity) return this.clear(timed);
    const before = timed.dueAt;
    timed.dueAt = at;
    if (timed.heapIndex < 0) {
      timed.heapIndex = this.#heap.length;
      this.#heap.push(timed);
      this.#rise(timed.heapIndex);
    } else if (at < before) {
      this.#rise(timed.heapIndex);
    } else {
      this.#sink(timed.heapIndex);
    }
  }

  /** Takes a timer out; does nothing if it isn't set. */
  clear(timed: Timed): void {
    const index = timed.heapIndex;
    if (index < 0) return;
    timed.heapIndex = -1;
    timed.dueAt = Infinity;
    const last = this.#heap.pop()!;
    if (last === timed) return;
    this.#heap[index] = last;
    last.heapIndex = index;
    this.#rise(index);
    this.#sink(last.heapIndex);
  }

  /** Calls all that are due. */
  run(now: number): void {
    this.#floor = now + FLOOR_MS;
    while (this.#heap.length > 0 && this.#heap[0].dueAt <= now) {
      const timed = this.#heap[0];
      this.clear(timed);
      timed.onTime();
    }
    this.#floor = -Infinity;
  }

  #rise(start: number): void {
    const heap = this.#heap;
    const timed = heap[start];
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent].dueAt <= timed.dueAt) break;
      heap[index] = heap[parent];
      heap[index].heapIndex = index;
      index = parent;
    }
    heap[index] = timed;
    timed.heapIndex = index;
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const timed = heap[start];
    let index = start;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1].dueAt < heap[child].dueAt) child++;
      if (heap[child].dueAt >= timed.dueAt) break;
      heap[index] = heap[child];
      heap[index].heapIndex = index;
      index = child;
    }
    heap[index] = timed;
    timed.heapIndex = index;
  }
}

/** The least time after which a timer that sets itself again may be due. */
const FLOOR_MS = 0.01;
