/**
 * A line of the console as words. Blanks part them; a JSON value that begins with `{`, `[` or `"`, also
 * behind `key:=`, is one word as it stands, and single quotes hold together what is between them.
 *
 * @module
 */
import { RaetError } from "../src/base/errors.ts";

/**
 * The words of a line.
 *
 * @throws {RaetError} `usage` if a quote or a bracket is left open
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at])) {
      at++;
    } else {
      const json = startOfJson(line, at);
      const end = json < 0 ? endOfWord(line, at) : endOfJson(line, json);
      const text = line.slice(at, end);
      words.push(json < 0 ? text.replace(/'([^']*)'/g, "$1") : text);
      at = end;
    }
  }
  return words;
}

/**
 * The lines of a text that was pasted: one for each of its own, but a JSON value goes on over them.
 */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  let open = "";
  for (const line of text.split("\n")) {
    const joined = open === "" ? line : `${open} ${line.trim()}`;
    if (!isNoVerb(joined) && isOpenJson(joined)) open = joined;
    else {
      lines.push(joined);
      open = "";
    }
  }
  return open === "" ? lines : [...lines, ...open.split("\n")];
}

/** A remark or a shell command, whose brackets have no meaning here. */
function isNoVerb(line: string): boolean {
  return /^\s*[#!]/.test(line);
}

function isOpenJson(line: string): boolean {
  try {
    splitWords(line);
    return false;
  } catch {
    return /(?:^|\s)[{[]/.test(line);
  }
}

/** Where the JSON value of the word that begins there begins, as in `key:={"n": 1}`; -1 without. */
function startOfJson(line: string, at: number): number {
  const [key] = /^(?:[^\s'"={[:]+:=)?(?=[{["])/.exec(line.slice(at)) ?? [null];
  return key === null ? -1 : at + key.length;
}

/** Where the word that begins there ends: at a blank outside of single quotes. */
function endOfWord(line: string, start: number): number {
  let quotedAt = -1;
  let at = start;
  for (; at < line.length; at++) {
    if (line[at] === "'") quotedAt = quotedAt < 0 ? at : -1;
    else if (quotedAt < 0 && /\s/.test(line[at])) break;
  }
  if (quotedAt >= 0) throw unclosed("'", line.slice(start));
  return at;
}

/** Where the JSON value that begins there ends: past its last bracket or quote, and what is joined to it. */
function endOfJson(line: string, start: number): number {
  let depth = 0;
  let inText = false;
  for (let at = start; at < line.length; at++) {
    const char = line[at];
    if (inText) {
      if (char === "\\") at++;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    if (!inText && depth <= 0 && (at + 1 === line.length || /\s/.test(line[at + 1]))) return at + 1;
  }
  throw unclosed(inText ? '"' : line[start], line.slice(start));
}

function unclosed(opening: string, text: string): RaetError {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new RaetError("usage", `${opening} is not closed in ${short}`);
}
