/**
 * Live lines: what happens in the manor, as lines above the one being typed. They are gathered for a
 * moment and printed together; of a flood only the first of each second are shown, and of the rest it
 * is said how many they were and of what.
 *
 * @module
 */
import type { Line } from "../src/cli/text.ts";
import { LIVE_LINES_AT_ONCE_MAX, LIVE_LINES_PER_SECOND_MAX } from "../src/base/limits.ts";

/** How long lines are gathered: short enough to seem at once. */
const GATHER_MS = 60;
const SECOND_MS = 1_000;

/** One line to come, and the kind it is counted under if it is left out. */
export interface LiveLine {
  readonly kind: string;
  readonly draw: () => Line;
  /** what stands for it in JSON */
  readonly record: object;
}

/** What is printed at once. */
export interface LiveBatch {
  readonly lines: readonly LiveLine[];
  /** how many of each kind were left out in the second that ended */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** Gathers lines and prints them a few times a second. */
export class LiveLines {
  readonly #print: (batch: LiveBatch) => void;
  #waiting: LiveLine[] = [];
  #leftOut = new Map<string, number>();
  #shownThisSecond = 0;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #second: ReturnType<typeof setTimeout> | undefined;

  /** @param print prints a batch */
  constructor(print: (batch: LiveBatch) => void) {
    this.#print = print;
  }

  /** Takes a line. */
  add(line: LiveLine): void {
    this.#second ??= setTimeout(() => this.#endSecond(), SECOND_MS);
    const isFull = this.#shownThisSecond >= LIVE_LINES_PER_SECOND_MAX ||
      this.#waiting.length >= LIVE_LINES_AT_ONCE_MAX;
    if (isFull) return this.leaveOut(line.kind, 1);
    this.#shownThisSecond++;
    this.#waiting.push(line);
    this.#gathering ??= setTimeout(() => this.#flushLines(), GATHER_MS);
  }

  /** Counts lines that can't be shown. */
  leaveOut(kind: string, count: number): void {
    this.#second ??= setTimeout(() => this.#endSecond(), SECOND_MS);
    this.#leftOut.set(kind, (this.#leftOut.get(kind) ?? 0) + count);
  }

  /** Prints all that waits, and begins anew. */
  flush(): void {
    clearTimeout(this.#second);
    this.#second = undefined;
    this.#shownThisSecond = 0;
    this.#flush(this.#leftOut);
    this.#leftOut = new Map();
  }

  #endSecond(): void {
    const isFlood = this.#leftOut.size > 0;
    this.flush();
    // While it lasts each second has its end, also one in which everything was left out.
    if (isFlood) this.#second = setTimeout(() => this.#endSecond(), SECOND_MS);
  }

  #flushLines(): void {
    this.#flush(new Map());
  }

  #flush(leftOut: ReadonlyMap<string, number>): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length > 0 || leftOut.size > 0) this.#print({ lines, leftOut });
  }
}

/** `and 480 more: 240 message began, 240 message ended`, the most frequent first. */
export function leftOutText(leftOut: ReadonlyMap<string, number>): string {
  const kinds = [...leftOut].sort(([, a], [, b]) => b - a);
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const most = kinds.slice(0, 3).map(([kind, count]) => `${count.toLocaleString("en")} ${kind}`);
  const more = kinds.length > 3 ? " …" : "";
  return `and ${total.toLocaleString("en")} more: ${most.join(", ")}${more}`;
}
