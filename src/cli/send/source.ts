/**
 * Where bodies come from: an argument, standard input, a file, or `key=value` pairs.
 *
 * @module
 */
import { fromUtf8, joinBytes, utf8 } from "../../base/bytes.ts";
import { RaetError } from "../../base/errors.ts";
import { BODY_BYTES_MAX } from "../../base/limits.ts";
import type { Value } from "../../base/value.ts";
import { systemRandom } from "../../io/random.ts";
import { BODY_TEXT_BYTES_MAX, parseBody } from "../body.ts";
import { linesOf } from "../lines.ts";
import { unlessGivenUp } from "../pause.ts";
import type { Session } from "../session.ts";
import type { Form } from "./forms.ts";
import { fillTemplates, hasTemplates } from "./template.ts";

/** Makes the body of a message, by its number from 1. */
export type BodyMaker = (count: number) => Value;

/**
 * Reads where the body comes from.
 *
 * @param fill whether templates in it are filled in, anew for each message
 * @throws {RaetError} `bad_body`, `usage`, `too_large`, `expired` if it is given up meanwhile
 */
export async function readBodySource(
  session: Session,
  words: readonly string[],
  { as, fill }: { as: Form; fill: boolean },
): Promise<BodyMaker> {
  if (words.length === 0) return () => ({});
  if (as === "bytes") {
    const bytes = await readBytes(session, oneWord(words));
    return () => bytes;
  }
  const make = await readText(session, words, as);
  if (!fill) {
    const body = make((text) => text);
    return () => body;
  }
  return (count) =>
    make((text) =>
      hasTemplates(text)
        ? fillTemplates(text, { count, now: Date.now(), random: systemRandom })
        : text
    );
}

/**
 * Makes a body for each line of standard input. Of JSON lines that are blank hold none, and a carriage
 * return ends a line too; text and bytes are all of a line but its line feed.
 *
 * @throws {RaetError} `bad_body` with the number of a line that can't be one
 */
export async function* bodiesOfLines(session: Session, as: Form): AsyncGenerator<BodyMaker> {
  if (!session.openInput) throw noInput();
  let number = 0;
  for await (const line of linesOf(session.openInput(), BODY_TEXT_BYTES_MAX)) {
    number++;
    if (as === "bytes") {
      yield () => line;
      continue;
    }
    const text = fromUtf8(line);
    if (text === null) throw new RaetError("bad_body", `line ${number} is not UTF-8 text`);
    if (as === "json" && text.trim() === "") continue;
    const body = as === "text" ? text : parseLine(text.replace(/\r$/, ""), number);
    yield () => body;
  }
}

function parseLine(text: string, number: number): Value {
  try {
    return parseBody(text);
  } catch (error) {
    if (!(error instanceof RaetError)) throw error;
    throw new RaetError(error.code, `line ${number}: ${error.message}, or --as text`);
  }
}

/** Makes a body out of texts, each passed through `fill` first. */
type Make = (fill: (text: string) => string) => Value;

async function readText(session: Session, words: readonly string[], as: Form): Promise<Make> {
  const pairs = as === "json" ? words.map(readPair) : [];
  if (pairs.length > 0 && pairs.every((pair) => pair !== null)) {
    checkKeys(pairs);
    return (fill) => Object.fromEntries(pairs.map((pair) => pairEntry(pair, fill)));
  }
  if (words.length > 1 && pairs.some((pair) => pair !== null)) {
    const odd = words[pairs.indexOf(null)];
    throw new RaetError("usage", `"${odd}" is no pair: expected key=text or key:=json`);
  }
  const word = oneWord(words);
  if (!isElsewhere(word)) return (fill) => as === "text" ? fill(word) : parseBody(fill(word));
  const text = await readElsewhere(session, word);
  return (fill) => as === "text" ? fill(text) : parseElsewhere(fill(text), word);
}

/** Bytes are not shown, as nobody can read them. */
function parseElsewhere(text: string, word: string): Value {
  try {
    return parseBody(text);
  } catch (error) {
    if (!(error instanceof RaetError)) throw error;
    const where = word === "-" ? "standard input" : `file "${word.slice(1)}"`;
    const what = /[^\P{Cc}\t\n\r]/u.test(text)
      ? `${where} holds bytes that are no JSON: see --as bytes`
      : `${error.message}, or --as text`;
    throw new RaetError(error.code, what);
  }
}

interface Pair {
  readonly key: string;
  readonly json: boolean;
  readonly text: string;
}

/** What can't begin a JSON value, up to the first equals sign, is a key. */
function readPair(word: string): Pair | null {
  const match = /^([^\s:="'{}[\]@]+)(:?)=([\s\S]*)$/.exec(word);
  return match && { key: match[1], json: match[2] === ":", text: match[3] };
}

/** Of two values under one key one would be lost. */
function checkKeys(pairs: readonly Pair[]): void {
  const seen = new Set<string>();
  for (const { key } of pairs) {
    if (seen.has(key)) {
      const what = `key "${key}" stands there twice: expected once, or a list as ${key}:=[…]`;
      throw new RaetError("usage", what);
    }
    seen.add(key);
  }
}

function pairEntry({ key, json, text }: Pair, fill: (text: string) => string): [string, Value] {
  return [key, json ? parseBody(fill(text)) : fill(text)];
}

function oneWord(words: readonly string[]): string {
  if (words.length === 1) return words[0];
  throw new RaetError(
    "usage",
    `${words.length} arguments make no body: expected one, or pairs such as key=text and key:=json`,
  );
}

function isElsewhere(word: string): boolean {
  return word === "-" || word.startsWith("@");
}

async function readElsewhere(session: Session, word: string): Promise<string> {
  if (word === "-") return await session.readInput(BODY_TEXT_BYTES_MAX);
  const text = fromUtf8(await readFile(session, word.slice(1)));
  if (text !== null) return text;
  throw new RaetError("bad_body", `file "${word.slice(1)}" is not UTF-8 text: see --as bytes`);
}

async function readBytes(session: Session, word: string): Promise<Uint8Array> {
  if (word.startsWith("@")) return await readFile(session, word.slice(1));
  if (word !== "-") return utf8(word);
  if (!session.openInput) throw noInput();
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of session.openInput()) {
    length += part.length;
    if (length > BODY_BYTES_MAX) throw tooLarge("standard input", BODY_BYTES_MAX);
    parts.push(part);
  }
  return joinBytes(parts);
}

/** It may be a pipe that nobody writes to: nothing is sent of one that was given up. */
async function readFile({ signal }: Session, path: string): Promise<Uint8Array> {
  const { readWholeFile } = await import("../../io/whole_file.ts");
  const reading = readWholeFile(path, BODY_TEXT_BYTES_MAX);
  return await unlessGivenUp(reading, signal, "its input was");
}

function tooLarge(what: string, bytesMax: number): RaetError {
  return new RaetError("too_large", `${what} holds more than ${bytesMax} bytes`);
}

function noInput(): RaetError {
  const why = '"-" stands for standard input, which the console reads itself: expected a body';
  return new RaetError("usage", why);
}
