/**
 * Lines typed before: one after the other with the arrows, those that begin with what is typed; and
 * by a part of them (^R). Pure.
 *
 * @module
 */

/** Lines that can be had again. */
export class Recall {
  readonly #max: number;
  /** the latest first */
  readonly #lines: string[];
  #at = -1;
  #typed = "";

  /** @param lines the latest first @param max how many are kept */
  constructor(lines: readonly string[], max: number) {
    this.#lines = [...lines];
    this.#max = max;
  }

  /** Adds a line, and begins at the end again; the same line twice counts once. */
  add(line: string): void {
    const at = this.#lines.indexOf(line);
    if (at >= 0) this.#lines.splice(at, 1);
    this.#lines.unshift(line);
    if (this.#lines.length > this.#max) this.#lines.pop();
    this.rest();
  }

  /** Begins at the end again. */
  rest(): void {
    this.#at = -1;
  }

  /** The line before, of those that begin as what was typed; null if there is none. */
  older(shown: string): string | null {
    if (this.#at < 0) this.#typed = shown;
    for (let at = this.#at + 1; at < this.#lines.length; at++) {
      const line = this.#lines[at];
      if (!line.startsWith(this.#typed) || line === shown) continue;
      this.#at = at;
      return line;
    }
    return null;
  }

  /** The line after it, in the end what was typed; null where one is there already. */
  newer(shown: string): string | null {
    if (this.#at < 0) return null;
    for (let at = this.#at - 1; at >= 0; at--) {
      const line = this.#lines[at];
      if (!line.startsWith(this.#typed) || line === shown) continue;
      this.#at = at;
      return line;
    }
    this.#at = -1;
    return this.#typed;
  }

  /** The latest line that holds a text, `skip` of them left out; null if there are no more. */
  search(part: string, skip: number): string | null {
    if (part === "") return null;
    const wanted = part.toLowerCase();
    return this.#lines.filter((line) => line.toLowerCase().includes(wanted))[skip] ?? null;
  }
}
