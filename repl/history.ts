/**
 * The lines typed before, in the home: readable by its owner only. A line that begins with a blank
 * is not kept, so that whoever types a secret can leave it out.
 *
 * @module
 */
import { appendFileSync, chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Lines that are kept. */
export const HISTORY_LINES_MAX = 1000;

const FILE = "console_history";

/** The history of one home. A file that can't be read or written is no reason to stop. */
export class History {
  readonly #path: string;

  /** @param home the folder of the estate */
  constructor(home: string) {
    this.#path = join(home, FILE);
  }

  /** What was typed before, the latest first. Cuts a file that has grown too long. */
  load(): string[] {
    try {
      const lines = readFileSync(this.#path, "utf8").split("\n").filter((line) => line !== "");
      chmodSync(this.#path, 0o600);
      const kept = lines.slice(-HISTORY_LINES_MAX);
      if (lines.length > 2 * HISTORY_LINES_MAX) this.#rewrite(kept);
      return kept.reverse();
    } catch {
      return [];
    }
  }

  /** Whether a line is one to keep. */
  keeps(line: string): boolean {
    return line.trim() !== "" && !line.startsWith(" ");
  }

  /** Adds a line to the file, if it is one to keep. */
  add(line: string): void {
    if (!this.keeps(line)) return;
    try {
      appendFileSync(this.#path, `${line}\n`, { mode: 0o600 });
    } catch {
      // without a history then
    }
  }

  #rewrite(lines: readonly string[]): void {
    const next = `${this.#path}.new`;
    writeFileSync(next, `${lines.join("\n")}\n`, { mode: 0o600 });
    renameSync(next, this.#path);
  }
}
