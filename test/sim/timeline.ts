/**
 * Virtual time: what is to happen, in order; nothing happens between. Every step goes into a digest,
 * so that two runs of one seed can be told to be the same.
 *
 * @module
 */

interface Due {
  readonly at: number;
  readonly order: number;
  readonly label: string;
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
  at(at: number, label: string, call: () => void): () => void {
    const due = { at: Math.max(at, this.now), order: this.#order++, label, call, off: false };
    this.#push(due);
    return () => void (due.off = true);
  }

  /** The same after some time. */
  after(delayMs: number, label: string, call: () => void): () => void {
    return this.at(this.now + delayMs, label, call);
  }

  /** Notes something that happened in this step. */
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
   * Takes the next step that is due by a time, and lets all promises that it led to go on.
   *
   * @returns whether there was one
   */
  async step(until: number): Promise<boolean> {
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
      this.note(`${due.at.toFixed(3)} ${due.label}`);
      due.call();
      await this.settle();
      return true;
    }
  }

  /** Lets all promises go on that can: what was begun outside of a step may have more to do. */
  settle(): Promise<void> {
    // Microtasks end before the loop of events has its next turn: then nothing is under way.
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

/** Two mixed sums of 32 bits. */
class Digest {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;

  add(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
    this.#mix(10);
  }

  addBytes(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.#mix(bytes[i]);
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
