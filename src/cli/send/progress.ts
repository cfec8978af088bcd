/**
 * How far something is that takes long, at the foot of a terminal.
 *
 * @module
 */
import type { Output } from "../output.ts";

/** What takes less needs no bar. */
const SHOW_AFTER_MS = 1000;
const REDRAW_MS = 200;
const BAR_COLUMNS = 24;

/** Shows a line a few times a second, from the second second on, until it is disposed of. */
export class Progress implements Disposable {
  readonly #output: Output;
  readonly #began = performance.now();
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #busy = false;
  #ended = false;

  /** @param line what to show, after so many milliseconds */
  constructor(output: Output, line: (ms: number) => string | Promise<string>) {
    this.#output = output;
    if (output.showsProgress) this.#timer = setInterval(() => this.#show(line), REDRAW_MS);
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#ended = true;
    this.#output.progress("");
  }

  async #show(line: (ms: number) => string | Promise<string>): Promise<void> {
    const ms = performance.now() - this.#began;
    if (ms < SHOW_AFTER_MS || this.#busy) return;
    this.#busy = true;
    const text = await Promise.resolve(line(ms)).catch(() => "");
    if (this.#ended) return; // what it was about has been said
    this.#output.progress(text);
    this.#busy = false;
  }
}

/** A bar for a part of the whole, from 0 to 1. */
export function drawBar(part: number): string {
  const clamped = Math.min(1, Math.max(0, part));
  const full = Math.round(clamped * BAR_COLUMNS);
  const percent = `${Math.floor(clamped * 100)}%`.padStart(5);
  return `${"█".repeat(full)}${"░".repeat(BAR_COLUMNS - full)}${percent}`;
}
