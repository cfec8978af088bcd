/**
 * The whole screen of a terminal, for a while: drawn on the alternate screen, only the rows that have
 * changed, and the terminal is as it was when it is over.
 *
 * @module
 */
import { drawLine, type Line } from "../text.ts";
import { cutLine } from "../draw/cut.ts";
import type { Key } from "./keys.ts";
import { readKeys, type Streams, terminalSize } from "./streams.ts";

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[?25h\x1b[?1049l";

/** What a full screen tells whoever draws on it. */
export interface ScreenOwner {
  key(key: Key): void;
  /** it has another size, and is empty */
  resized(): void;
  /** no key will come any more */
  ended(): void;
}

/** A screen to draw on. */
export class FullScreen implements Disposable {
  readonly #streams: Streams;
  readonly #colour: boolean;
  readonly #keys: Disposable;
  #shown: string[] = [];
  /** Called once it is given back. */
  onClose: () => void = () => {};

  /** Takes the screen. */
  constructor(streams: Streams, owner: ScreenOwner, colour: boolean) {
    this.#streams = streams;
    this.#colour = colour;
    this.#keys = readKeys(streams, {
      key: (key) => owner.key(key),
      ended: () => owner.ended(),
      resized: () => {
        this.#shown = [];
        streams.output.write("\x1b[2J");
        owner.resized();
      },
    }, LEAVE);
    streams.output.write(ENTER);
  }

  /** Its size in characters. */
  get size(): { columns: number; rows: number } {
    return terminalSize(this.#streams);
  }

  /** Shows these lines from the top, cut at the edges; what stood below them goes. */
  draw(lines: readonly Line[]): void {
    const { columns, rows } = this.size;
    const next = lines.slice(0, rows).map((line) => drawLine(cutLine(line, columns), this.#colour));
    const changes = changedRows(this.#shown, next);
    this.#shown = next;
    // What the terminal has not taken yet would only be drawn over: rather skip a frame.
    if (changes !== "") this.#streams.output.write(changes);
  }

  /** Whether the terminal is behind with what was drawn: the next frame should wait. */
  get isBehind(): boolean {
    return this.#streams.output.writableLength > 0;
  }

  /** Gives the screen back. */
  [Symbol.dispose](): void {
    this.#keys[Symbol.dispose]();
    this.onClose();
  }
}

/** What brings a screen with those rows to show these. */
export function changedRows(shown: readonly string[], next: readonly string[]): string {
  let text = "";
  for (let row = 0; row < Math.max(shown.length, next.length); row++) {
    const line = next[row] ?? "";
    if (line !== (shown[row] ?? "")) text += `\x1b[${row + 1};1H\x1b[K${line}`;
  }
  return text;
}
