/**
 * Bodies on the command line and in JSON output: JSON values, with bytes as `{"$bytes": base64}` in
 * both directions.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import { BODY_BYTES_MAX, BODY_DEPTH_MAX } from "../base/limits.ts";
import type { Value } from "../base/value.ts";

/** Longest text that is read as a body: the longest body with every character escaped. */
export const BODY_TEXT_BYTES_MAX = 6 * BODY_BYTES_MAX;

const BYTES_KEY = "$bytes";

/**
 * Reads a body from JSON.
 *
 * @throws {RaetError} `bad_body` if the text is not JSON, or too deep, or holds a number that can't travel as
 * it is written
 */
export function parseBody(text: string): Value {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new RaetError("bad_body", `body ${quote(text)} is not JSON${hint(text)}`);
  }
  const value = fromJson(parsed, 0);
  if (/(?<![.\d])\d{16}/.test(text)) JSON.parse(text, refuseRounded); // no deeper than a body can be
  return value;
}

/** A value as JSON can hold it: bytes become `{"$bytes": base64}`. */
export function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return { [BYTES_KEY]: toBase64(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toJson(part)]));
}

/**
 * A value as one line of JSON. What is left of control characters after JSON's own escapes (DEL and
 * 0x80 to 0x9f, which some terminals obey) is escaped as well.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(toJson(value)).replace(
    /[\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A body as people see it: compact JSON, cut after that many characters. */
export function showBody(body: Value, charsMax = Infinity): string {
  const text = jsonLine(body);
  return text.length <= charsMax
    ? text
    : `${text.slice(0, charsMax)}… (${text.length.toLocaleString("en")} characters)`;
}

/** For JSON.parse, which tells how a number is written; it rounds whole numbers past 2^53. */
function refuseRounded(_key: string, value: unknown, context?: { source?: string }): unknown {
  const { source = "" } = context ?? {};
  if (typeof value === "number" && /^-?\d{16,}$/.test(source) && String(value) !== source) {
    throw new RaetError(
      "bad_body",
      `body holds ${short(source)}, which would arrive as ${value}: ` +
        `expected at most ${Number.MAX_SAFE_INTEGER}, or text`,
    );
  }
  return value;
}

function fromJson(value: unknown, depth: number): Value {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RaetError(
      "bad_body",
      "body holds a number that is too large: expected up to 1.8e308",
    );
  }
  if (typeof value !== "object" || value === null) return value as Value;
  if (depth > BODY_DEPTH_MAX) {
    throw new RaetError(
      "bad_body",
      `body is nested too deep: expected up to ${BODY_DEPTH_MAX} levels`,
    );
  }
  if (Array.isArray(value)) return value.map((part) => fromJson(part, depth + 1));
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0] === BYTES_KEY) return fromBase64(entries[0][1]);
  return Object.fromEntries(
    entries.map(([key, part]) => [key, fromJson(part, depth + 1)]),
  ) as Value;
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  const step = 8190; // a multiple of 3, so that only the last part is padded
  for (let i = 0; i < bytes.length; i += step) {
    text += btoa(String.fromCharCode(...bytes.subarray(i, i + step)));
  }
  return text;
}

function fromBase64(text: unknown): Uint8Array {
  try {
    if (typeof text === "string") {
      const decoded = atob(text);
      return Uint8Array.from(decoded, (char) => char.charCodeAt(0));
    }
  } catch {
    // said below
  }
  throw new RaetError(
    "bad_body",
    `"${BYTES_KEY}" holds ${shown(text)}: expected base64`,
  );
}

/** Lists and maps only by their kind: they may be nested deeper than can be written. */
function shown(value: unknown): string {
  if (typeof value !== "object" || value === null) return short(JSON.stringify(value));
  return Array.isArray(value) ? "a list" : "a map";
}

function quote(text: string): string {
  return `"${short(text)}"`;
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function hint(text: string): string {
  if (/\{\{\s*(?:count|random|time|unix)\b/.test(text)) {
    return ": templates are filled in with --count, also of one message";
  }
  const word = text.trim();
  if (/^[\p{L}\p{N}_ .,:;!?@/+-]{1,40}$/u.test(word)) {
    return `: text is written as '${JSON.stringify(word)}', with both quotes`;
  }
  return `: expected a JSON value such as '{"n": 1}' or '"hello"'`;
}
