/**
 * Keys out of what a terminal sends: letters, named keys with ctrl and alt, and pasted text as one
 * piece. A sequence may come in parts, so the decoder remembers; what it does not know it drops.
 *
 * @module
 */

/** A key that was pressed, or a text that was pasted. */
export interface Key {
  /** "enter", "left" …; "paste"; a letter with ctrl or alt; empty for text that is typed */
  readonly name: string;
  /** what is typed or pasted; empty for other keys */
  readonly text: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
}

/** Longest text that is pasted at once; the rest of a longer one is left out. */
export const PASTE_CHARS_MAX = 1_000_000;
/** How long the rest of a sequence may take; then its first character was the key Escape. */
export const ESCAPE_MS = 50;

/** Turns bracketed paste on: pasted text can be told from typed text. */
export const PASTE_ON = "\x1b[?2004h";
/** Turns it off. */
export const PASTE_OFF = "\x1b[?2004l";

const PASTE_END = "\x1b[201~";
const CONTROLS: Record<string, string> = {
  "\r": "enter",
  "\n": "enter",
  "\t": "tab",
  "\x7f": "backspace",
  "\b": "backspace",
};
const FINALS: Record<string, string> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  Z: "backtab",
};
const NUMBERS: Record<string, string> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
};

/** Reads keys from the bytes of one terminal. */
export class KeyDecoder {
  readonly #utf8 = new TextDecoder();
  #rest = "";
  #pasted: string | null = null;

  /** Whether a sequence has begun that may go on, or may have been the key Escape alone. */
  get isWaiting(): boolean {
    return this.#rest !== "" && this.#pasted === null;
  }

  /** The keys of the next bytes. */
  feed(bytes: Uint8Array): Key[] {
    this.#rest += this.#utf8.decode(bytes, { stream: true });
    return this.#take(false);
  }

  /** The keys that were waiting: nothing more came. */
  flush(): Key[] {
    return this.#take(true);
  }

  #take(isAll: boolean): Key[] {
    const keys: Key[] = [];
    while (this.#rest !== "") {
      const length = this.#pasted === null ? this.#next(keys, isAll) : this.#paste(keys);
      if (length === 0) break;
      this.#rest = this.#rest.slice(length);
    }
    return keys;
  }

  /** Adds the next key; how many characters it took, 0 if more have to come. */
  #next(keys: Key[], isAll: boolean): number {
    const rest = this.#rest;
    if (rest[0] !== "\x1b") {
      const char = String.fromCodePoint(rest.codePointAt(0)!);
      keys.push(plainKey(char));
      return char.length;
    }
    const sequence = /^\x1b(?:\[([0-?]*)([ -/]*)([@-~])|O([A-Za-z]))/.exec(rest);
    if (sequence) {
      const [all, parameters, , final, letter] = sequence;
      if (all === "\x1b[200~") this.#pasted = "";
      else {
        const key = letter ? namedKey(FINALS[letter], "") : sequenceKey(parameters, final);
        if (key) keys.push(key);
      }
      return all.length;
    }
    if (!isAll && /^\x1b(?:\[[0-?]*[ -/]*|O|\x1b)?$/.test(rest)) return 0;
    if (rest.length === 1 || rest[1] === "\x1b" || rest[1] === "[" || rest[1] === "O") {
      keys.push(makeKey("escape"));
      return 1;
    }
    const char = String.fromCodePoint(rest.codePointAt(1)!);
    const { name, text, ctrl } = plainKey(char);
    keys.push({ name: name || text, text: "", ctrl, alt: true });
    return 1 + char.length;
  }

  #paste(keys: Key[]): number {
    const end = this.#rest.indexOf(PASTE_END);
    if (end < 0) {
      // The last characters may be the beginning of the end.
      const length = Math.max(0, this.#rest.length - PASTE_END.length);
      this.#keepPasted(this.#rest.slice(0, length));
      return length;
    }
    this.#keepPasted(this.#rest.slice(0, end));
    const text = this.#pasted!.replace(/\r\n?/g, "\n");
    this.#pasted = null;
    if (text !== "") keys.push({ ...makeKey("paste"), text });
    return end + PASTE_END.length;
  }

  #keepPasted(text: string): void {
    this.#pasted = (this.#pasted + text).slice(0, PASTE_CHARS_MAX);
  }
}

function plainKey(char: string): Key {
  const code = char.charCodeAt(0);
  if (char in CONTROLS) return makeKey(CONTROLS[char]);
  if (code === 0) return { ...makeKey(" "), ctrl: true };
  if (code < 27) return { ...makeKey(String.fromCharCode(code + 96)), ctrl: true };
  if (code < 32) return { ...makeKey(String.fromCharCode(code + 64)), ctrl: true };
  return { ...makeKey(""), text: char };
}

function sequenceKey(parameters: string, final: string): Key | null {
  const [first, modifier = ""] = parameters.split(";");
  return namedKey(final === "~" ? NUMBERS[first] : FINALS[final], modifier);
}

function namedKey(name: string | undefined, modifier: string): Key | null {
  if (name === undefined) return null;
  const bits = Math.max(0, Number(modifier || 1) - 1);
  return { name, text: "", ctrl: (bits & 4) !== 0, alt: (bits & 2) !== 0 };
}

function makeKey(name: string): Key {
  return { name, text: "", ctrl: false, alt: false };
}
