/**
 * Texts that differ from one message to the next: `{{count}}`, `{{random 16}}`, `{{time}}`, `{{unix}}`.
 * None of what is put in needs an escape within a JSON text.
 *
 * @module
 */
import { RaetError } from "../../base/errors.ts";
import { BODY_BYTES_MAX } from "../../base/limits.ts";
import { didYouMean } from "../../base/nearest.ts";
import type { Random } from "../../base/random.ts";

const NAMES = ["count", "random", "time", "unix"];
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

/** What templates are filled from. */
export interface Filling {
  /** number of the message, from 1 */
  readonly count: number;
  /** Unix time in milliseconds */
  readonly now: number;
  readonly random: Random;
}

/** Whether a text holds templates. */
export function hasTemplates(text: string): boolean {
  return text.includes("{{");
}

/**
 * Fills a text's templates in.
 *
 * @throws {RaetError} `usage` if one is unknown
 */
export function fillTemplates(text: string, filling: Filling): string {
  return text.replace(/\{\{\s*([^\s{}]*)(?:\s+([^\s{}]+))?\s*\}\}/g, (whole, name, argument) => {
    if (name === "random") return randomText(whole, argument, filling.random);
    if (argument === undefined) {
      if (name === "count") return String(filling.count);
      if (name === "time") return new Date(filling.now).toISOString();
      if (name === "unix") return String(filling.now);
    }
    throw new RaetError(
      "usage",
      `no template ${whole}: expected {{count}}, {{random 16}}, {{time}} or {{unix}}${
        didYouMean(name, NAMES)
      }`,
    );
  });
}

function randomText(whole: string, argument: string | undefined, random: Random): string {
  const length = Number(argument);
  if (!/^\d+$/.test(argument ?? "") || length < 1 || length > BODY_BYTES_MAX) {
    const what = `${whole} tells no length up to ${BODY_BYTES_MAX}: expected such as {{random 16}}`;
    throw new RaetError("usage", what);
  }
  let text = "";
  for (let left = length; left > 0; left -= 4096) {
    for (const byte of random(Math.min(left, 4096))) text += LETTERS[byte & 31];
  }
  return text;
}
