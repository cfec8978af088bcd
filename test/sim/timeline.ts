/**
 * Virtual time: what is to happen, in order; nothing happens between. Every step goes into a digest,
 * so that two runs of one seed can be told to be the same. A step costs microseconds: what is for
 * people is put into words only while somebody watches.
 *
 * @module
 */
import process from "node:process";

/** What a step is, for people; a function where it takes work to say. */
export type Label = string | (() => string);

/** Steps after which the event loop has a turn, for signals and whoever else lives in this process. */
const STEPS_PER_TURN = 4096;

interface Due {
  readonly at: number;
  readonly order: number;
  readonly label: Label;
  readonly call: () => void;
  off: boolean;
}

/** The one clock of a simulation. */
export class Timeline {
  /** Milliseconds since the beginning. */
  now = 0;
  /** Steps so far. */
  steps = 0;
  /** Gets each step as it is taken. */
  onStep: ((label: string) => void) | null = null;
  readonly #heap: Due[] = [];
  #order = 0;
  readonly #digest = new Digest();

  /** Has something done at a time, or now if that is over; returns how to call it off. */
  at(at: number, label: Label, call: () => void): () => void {
    const due = { at: Math.max(at, this.now), order: this.#order++, label, call, off: false };
    this.#push(due);
    return () => void (due.off = true);
  }

  /** The same after some time. */
  after(delayMs: number, label: Label, call: () => void): () => void {
    return this.at(this.now + delayMs, label, call);
  }

  /** Notes something that happened in this step. Seldom: it goes into the digest letter by letter. */
  note(text: string): void {
    this.#digest.add(text);
    this.onStep?.(text);
  }

  /** The same for bytes; the trace is spared them. */
  noteBytes(bytes: Uint8Array): void {
    this.#digest.addBytes(bytes);
  }

  /** What all steps so far come to, 16 hex digits. */
  get digest(): string {
    return this.#digest.text;
  }

  /**
   * Takes the next step that is due by a time. Before the next one comes `settle`.
   *
   * @returns whether there was one
   */
  step(until: number): boolean {
    for (;;) {
      const due = this.#heap[0];
      if (!due || due.at > until) {
        this.now = Math.max(this.now, until);
        return false;
      }
      this.#pop();
      if (due.off) continue;
      this.now = due.at;
      this.steps++;
      this.#digest.addStep(due.at, due.order);
      this.onStep?.(`${due.at.toFixed(3)} ${wordsOf(due.label)}`);
      due.call();
      return true;
    }
  }

  /** Lets all promises go on that can: what was begun outside of a step may have more to do. */
  settle(): Promise<void> {
    // A tick comes when there is no microtask left, at a tenth of what a turn of the event loop costs.
    if (this.steps % STEPS_PER_TURN !== 0) return new Promise(onTick);
    return new Promise((resolve) => setImmediate(resolve));
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let i = heap.push(due) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(due, heap[parent])) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || a.at === b.at && a.order < b.order;
}

function onTick(resolve: () => void): void {
  process.nextTick(resolve);
}

function wordsOf(label: Label): string {
  return typeof label === "string" ? label : label();
}

const time = new Float64Array(1);
const timeWords = new Uint32Array(time.buffer);

/** Two mixed sums of 32 bits. */
class Digest {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;

  add(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
    this.#mix(10);
  }

  /** When a step is, to the last bit, and when it was known that it would come. */
  addStep(at: number, order: number): void {
    time[0] = at;
    this.#mix(timeWords[0]);
    this.#mix(timeWords[1]);
    this.#mix(order);
  }

  addBytes(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#mix(length);
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      this.#mix(bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24);
    }
    for (; i < length; i++) this.#mix(bytes[i]);
  }

  get text(): string {
    const hex = (n: number) => (n >>> 0).toString(16).padStart(8, "0");
    return hex(this.#a) + hex(this.#b);
  }

  #mix(n: number): void {
    this.#a = Math.imul(this.#a ^ n, 0x01000193);
    this.#b = Math.imul(this.#b + n, 0x85ebca6b) ^ (this.#b >>> 13);
  }
}
