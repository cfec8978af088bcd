/**
 * A question that one key answers.
 *
 * @module
 */
import { escapeControls } from "../text.ts";
import type { Key } from "./keys.ts";
import { readKeys, type Streams } from "./streams.ts";

/** Asks, and waits for y, n or Enter, which means yes. Whatever else ends an input means no. */
export async function askYesNo(streams: Streams, question: string): Promise<boolean> {
  streams.output.write(`${escapeControls(question)} [Y/n] `);
  const answer = Promise.withResolvers<boolean>();
  const keys = readKeys(streams, {
    key: (key) => {
      const said = meaningOf(key);
      if (said !== null) answer.resolve(said);
    },
    resized: () => {},
    ended: () => answer.resolve(false),
  }, "");
  try {
    const yes = await answer.promise;
    streams.output.write(`${yes ? "yes" : "no"}\n`);
    return yes;
  } finally {
    keys[Symbol.dispose]();
  }
}

function meaningOf({ name, text, ctrl }: Key): boolean | null {
  if (name === "enter" || /^y$/i.test(text)) return true;
  if (name === "escape" || /^n$/i.test(text) || ctrl && (name === "c" || name === "d")) {
    return false;
  }
  return null;
}
