/**
 * What the scripts of bash and zsh have in common: quoting, and what the value of an option can be.
 *
 * @module
 */
import type { Completion } from "../verb.ts";
import { GLOBAL_OPTIONS, type VerbModel } from "./model.ts";

/** A text within single quotes, for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A kind of argument as one word: choices are `=a,b,c`. */
export function kindWord(kind: Completion): string {
  return typeof kind === "string" ? kind : `=${kind.join(",")}`;
}

/** Branches of a `case "$verb $option"`: the kind of each value of which something is known. */
export function valueCases(verbs: readonly VerbModel[]): string {
  const ofVerbs = verbs.flatMap(({ name, options }) =>
    options.map(({ long, value }) => ({ pattern: quoted(`${name} ${long}`), value }))
  );
  const ofAll = GLOBAL_OPTIONS.map(({ long, value }) => ({
    pattern: `*${quoted(` ${long}`)}`,
    value,
  }));
  return [...ofVerbs, ...ofAll].flatMap(({ pattern, value }) =>
    value === null ? [] : [`      ${pattern}) kind=${quoted(kindWord(value))} ;;\n`]
  ).join("");
}
