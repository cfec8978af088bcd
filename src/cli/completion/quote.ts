/**
 * Quoting for shells.
 *
 * @module
 */
import type { Completion } from "../verb.ts";

/** A text within single quotes, for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A kind of argument as one word: choices are `=a,b,c`. */
export function kindWord(kind: Completion): string {
  return typeof kind === "string" ? kind : `=${kind.join(",")}`;
}
