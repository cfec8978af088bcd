/**
 * The lines typed before, in the home: readable by its owner only. A line that begins with a blank is
 * not kept, so that whoever types a secret can leave it out; nor is one that looks as if it held one.
 *
 * @module
 */
import { appendFileSync, chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Lines that are kept. */
export const HISTORY_LINES_MAX = 1000;

const FILE = "console_history";
/** Longer lines are bodies that were pasted: nobody looks for them with the arrows. */
const LINE_CHARS_MAX = 10_000;
const SECRET = new RegExp(
  // a name that ends with one of these words, and a value: in JSON, as key=value, or as an option
  "(?:passw(?:or)?d|passphrase|secret|token|credentials?|api[_-]?key|private[_-]?key|auth)" +
    "[\"']?\\s*(?::?=|:|\\s)\\s*\\S",
  "i",
);

/** Whether a line is one to keep. */
export function isKept(line: string): boolean {
  return line.trim() !== "" && !line.startsWith(" ") && line.length <= LINE_CHARS_MAX &&
    !SECRET.test(line);
}

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

  /** Adds a line to the file, if it is one to keep. */
  add(line: string): void {
    if (!isKept(line)) return;
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
