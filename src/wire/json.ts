/**
 * JSON bodies as Python's json module writes them: compact, and ASCII with `\uxxxx` for all beyond
 * the printable (protocol.md 1.3). Numbers are written as JavaScript writes them, which any JSON
 * reader takes for the same: `1e-7` where Python has `1e-07`, `100` where it may have `100.0`.
 *
 * @module
 */
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { BODY_CONTAINERS_MAX, BODY_DEPTH_MAX, BODY_ENTRIES_MAX } from "../base/limits.ts";
import type { Body } from "../base/value.ts";

/** The bytes of a body that `findFault` let through. */
export function writeJson(body: Body): Uint8Array {
  const text = JSON.stringify(body);
  return utf8(BEYOND_PRINTABLE.test(text) ? text.replace(EACH_BEYOND_PRINTABLE, escapeUnit) : text);
}

/**
 * Any JSON value out of bytes, yet to be checked by `findFault`; undefined if they are not JSON, or
 * would take a multiple of their size in memory. A number past 2^53 becomes the nearest double.
 */
export function readJson(bytes: Uint8Array): unknown {
  if (bytes.length > UNSCANNED_BYTES_MAX && !isModest(bytes)) return undefined;
  const text = fromUtf8(bytes);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const BEYOND_PRINTABLE = /[\x7f-\uffff]/;
const EACH_BEYOND_PRINTABLE = /[\x7f-\uffff]/g;

function escapeUnit(unit: string): string {
  return "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0");
}

/** Below this even the worst text can't fill memory, and `findFault` sees its depth afterwards. */
const UNSCANNED_BYTES_MAX = 256 * 1024;

const QUOTE = 0x22, BACKSLASH = 0x5c, COLON = 0x3a;
const OPEN_LIST = 0x5b, CLOSE_LIST = 0x5d, OPEN_MAP = 0x7b, CLOSE_MAP = 0x7d;

/** Counts lists, maps and their depth without parsing; 64 MB of `[` would be gigabytes of lists. */
function isModest(bytes: Uint8Array): boolean {
  let depth = 0, containers = 0, entries = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = bytes.indexOf(QUOTE, i + 1);
      while (i >= 0 && isEscaped(bytes, i)) i = bytes.indexOf(QUOTE, i + 1);
      if (i < 0) return false;
    } else if (byte === OPEN_LIST || byte === OPEN_MAP) {
      if (++depth > BODY_DEPTH_MAX || ++containers > BODY_CONTAINERS_MAX) return false;
    } else if (byte === CLOSE_LIST || byte === CLOSE_MAP) {
      depth--;
    } else if (byte === COLON && ++entries > BODY_ENTRIES_MAX) {
      return false;
    }
  }
  return true;
}

/** Whether an odd number of backslashes stands before a byte. */
function isEscaped(bytes: Uint8Array, at: number): boolean {
  let before = at - 1;
  while (bytes[before] === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}
