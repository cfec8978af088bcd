/**
 * What two routers promise of messages between them (docs/guarantees.md), looked at as it happens: each is handed
 * over once, in order, and ends in one outcome that is true.
 *
 * @module
 */

/** How a message is sent. */
export interface Kind {
  /** the process that sends it */
  readonly from: string;
  readonly to: string;
  readonly durable: boolean;
  readonly ordered: boolean;
  readonly ttlMs: number;
}

/** One life of a process that takes messages. */
export interface Life {
  readonly yard: string;
  isOver: boolean;
  /** durable messages that it has, and whether it has acknowledged each */
  readonly has: Map<number, boolean>;
}

/** Something that must not be. */
export class Finding extends Error {}

/** Sees who is handed and told what. */
export class Witness {
  readonly #kinds = new Map<number, Kind>();
  readonly #had = new Map<number, Life[]>();
  readonly #outcomes = new Map<number, string>();
  readonly #stored = new Set<number>();
  /** ordered ones of each order, as they were handed over for the first time */
  readonly #orders = new Map<string, number[]>();

  /** How a message was sent. */
  kindOf(n: number): Kind {
    return this.#kinds.get(n)!;
  }

  /** A process sends a message. */
  sent(n: number, kind: Kind): void {
    this.#kinds.set(n, kind);
  }

  /** Those without an outcome, of one process or of all. */
  open(from?: string): number[] {
    const isOpen = ([n, kind]: [number, Kind]) =>
      !this.#outcomes.has(n) && (from === undefined || kind.from === from);
    return [...this.#kinds].filter(isOpen).map(([n]) => n);
  }

  /** Whether its sender was told that it is stored. */
  isStored(n: number): boolean {
    return this.#stored.has(n);
  }

  /** A process has one that it has not had before. */
  handed(n: number, to: Life, redelivered: boolean): void {
    const { from, to: route, durable, ordered } = this.kindOf(n);
    const before = this.#had.get(n) ?? [];
    if (before.length > 0) {
      expect(durable, `plain ${n} is handed over twice`);
      expect(redelivered, `${n} comes again without redelivered`);
      const living = before.find(({ isOver }) => !isOver);
      expect(!living, `${n} is handed to ${to.yard}, and ${living?.yard} has it`);
    }
    this.#had.set(n, [...before, to]);
    const outcome = this.#outcomes.get(n) ?? "";
    expect(!isCertain(outcome), `${n} is handed over after ${outcome}`);
    if (!ordered || redelivered) return;
    const order = this.#orders.get(`${from} ${route}`) ?? [];
    const later = order.filter((m) => m > n);
    expect(later.length === 0, `${n} is handed over after ${later}`);
    this.#orders.set(`${from} ${route}`, [...order, n]);
  }

  /** The process that sent one is gone, or knows that its manor is: nobody hears what becomes of it. */
  lost(n: number): void {
    this.#outcomes.set(n, LOST);
  }

  /** The process that sent one hears a word of it. */
  told(n: number, word: string): void {
    if (word === "waiting" || word === "going") return;
    if (word === "stored") return void this.#stored.add(n);
    const before = this.#outcomes.get(n) ?? word;
    if (before === LOST) return;
    expect(before === word, `${n} is told to be ${before}, and then ${word}`);
    const wasHanded = this.#had.has(n);
    expect(!isCertain(word) || !wasHanded, `${n} is told to be ${word} and was handed over`);
    expect(word !== "delivered" || wasHanded, `${n} is told to be delivered and nobody had it`);
    this.#outcomes.set(n, word);
  }

  /** All is mended, and time has passed. */
  end(): void {
    expect(this.open().length === 0, `${this.open()} have no outcome`);
  }
}

const LOST = "lost";

/** Throws a finding unless that holds. */
export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Finding(otherwise);
}

/** Whether an outcome says that nobody had the message. */
function isCertain(word: string): boolean {
  return /^(expired|queue_full|denied|no_\w+|rejected)$/.test(word);
}
