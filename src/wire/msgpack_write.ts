/**
 * msgpack bodies as Python's msgpack 1 writes them: the narrowest form of everything, text as str,
 * bytes as bin (protocol.md 1.3).
 *
 * By hand, because a message's map may have keys such as `toJSON` or `constructor` that packers of
 * JavaScript objects act on, and integers past 2^32 have to leave as integers.
 *
 * @module
 */
import { utf8 } from "../base/bytes.ts";
import type { Body, Value } from "../base/value.ts";

/** The bytes of a body that `findFault` let through, in a buffer of their own. */
export function writeMsgpack(body: Body): Uint8Array {
  at = 0;
  writeValue(body);
  const packed = buffer.slice(0, at);
  if (buffer.length > KEPT_BYTES_MAX) reserveAnew(FIRST_BYTES);
  return packed;
}

const encoder = new TextEncoder();
const FIRST_BYTES = 16 * 1024;
/** A buffer that one long message made longer than this is not kept for the next ones. */
const KEPT_BYTES_MAX = 1024 * 1024;
const SPAN = 0x100000000;

// Packing is synchronous and not re-entrant, so all messages share one buffer.
let buffer = new Uint8Array(FIRST_BYTES);
let view = new DataView(buffer.buffer);
let at = 0;

function writeValue(value: Value): void {
  if (at + 16 > buffer.length) grow(16);
  switch (typeof value) {
    case "string":
      return writeText(value);
    case "number":
      return writeNumber(value);
    case "boolean":
      buffer[at++] = value ? 0xc3 : 0xc2;
      return;
  }
  if (value === null) {
    buffer[at++] = 0xc0;
  } else if (Array.isArray(value)) {
    writeCount(value.length, 0x90, 0xdc);
    for (let i = 0; i < value.length; i++) writeValue(value[i]);
  } else if (value instanceof Uint8Array) {
    writeBytes(value);
  } else {
    const keys = Object.keys(value);
    writeCount(keys.length, 0x80, 0xde);
    for (let i = 0; i < keys.length; i++) {
      writeText(keys[i]);
      writeValue(value[keys[i]]);
    }
  }
}

function writeNumber(value: number): void {
  // An integer past 2^53 is a float all the same; -0 is not 0.
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    buffer[at] = 0xcb;
    view.setFloat64(at + 1, value);
    at += 9;
  } else if (value >= 0) {
    writeUnsigned(value);
  } else {
    writeNegative(value);
  }
}

function writeUnsigned(value: number): void {
  if (value < 0x80) {
    buffer[at++] = value;
  } else if (value < 0x100) {
    buffer[at++] = 0xcc;
    buffer[at++] = value;
  } else if (value < 0x10000) {
    buffer[at] = 0xcd;
    view.setUint16(at + 1, value);
    at += 3;
  } else if (value < SPAN) {
    buffer[at] = 0xce;
    view.setUint32(at + 1, value);
    at += 5;
  } else {
    write64(0xcf, value);
  }
}

function writeNegative(value: number): void {
  if (value >= -0x20) {
    buffer[at++] = value + 0x100;
  } else if (value >= -0x80) {
    buffer[at++] = 0xd0;
    buffer[at++] = value + 0x100;
  } else if (value >= -0x8000) {
    buffer[at] = 0xd1;
    view.setInt16(at + 1, value);
    at += 3;
  } else if (value >= -0x80000000) {
    buffer[at] = 0xd2;
    view.setInt32(at + 1, value);
    at += 5;
  } else {
    write64(0xd3, value);
  }
}

function write64(type: number, value: number): void {
  const high = Math.floor(value / SPAN);
  buffer[at] = type;
  view.setInt32(at + 1, high);
  view.setUint32(at + 5, value - high * SPAN);
  at += 9;
}

/** The head of a list or map: `fix` up to 15, else 16 or 32 bits. */
function writeCount(count: number, fix: number, wide: number): void {
  if (count < 16) {
    buffer[at++] = fix | count;
  } else if (count < 0x10000) {
    buffer[at] = wide;
    view.setUint16(at + 1, count);
    at += 3;
  } else {
    buffer[at] = wide + 1;
    view.setUint32(at + 1, count);
    at += 5;
  }
}

function writeText(text: string): void {
  if (text.length < 32) {
    grow(text.length * 3 + 5);
    if (writeShortAscii(text)) return;
  }
  if (text.length > LONG_TEXT_UNITS) {
    const bytes = utf8(text);
    grow(bytes.length + 5);
    at = writeTextHead(bytes.length, at);
    buffer.set(bytes, at);
    at += bytes.length;
    return;
  }
  grow(text.length * 3 + 5);
  // Where it goes if it is ASCII; anything else is moved if it needs a wider head.
  const guess = at + textHeadBytes(text.length);
  const length = encoder.encodeInto(text, buffer.subarray(guess)).written;
  const start = at + textHeadBytes(length);
  if (start !== guess) buffer.copyWithin(start, guess, guess + length);
  writeTextHead(length, at);
  at = start + length;
}

function textHeadBytes(length: number): number {
  return length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5;
}

/** Longer texts are encoded apart, not into a reserve of three times their length. */
const LONG_TEXT_UNITS = 64 * 1024;

/** Writes a text of less than 32 units if it is ASCII. */
function writeShortAscii(text: string): boolean {
  let to = at + 1;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return false;
    buffer[to++] = unit;
  }
  buffer[at] = 0xa0 | text.length;
  at = to;
  return true;
}

/** The head of a text of that many bytes; returns where the text goes. */
function writeTextHead(length: number, from: number): number {
  if (length < 32) {
    buffer[from] = 0xa0 | length;
    return from + 1;
  }
  return writeLength(length, from, 0xd9);
}

function writeBytes(bytes: Uint8Array): void {
  grow(bytes.length + 5);
  at = writeLength(bytes.length, at, 0xc4);
  buffer.set(bytes, at);
  at += bytes.length;
}

/** A type of 8, 16 or 32 bits of length; returns where the bytes go. */
function writeLength(length: number, from: number, type: number): number {
  if (length < 0x100) {
    buffer[from] = type;
    buffer[from + 1] = length;
    return from + 2;
  }
  if (length < 0x10000) {
    buffer[from] = type + 1;
    view.setUint16(from + 1, length);
    return from + 3;
  }
  buffer[from] = type + 2;
  view.setUint32(from + 1, length);
  return from + 5;
}

/** Makes room for that many bytes more. */
function grow(bytes: number): void {
  if (at + bytes <= buffer.length) return;
  const old = buffer;
  reserveAnew(Math.max(old.length * 2, at + bytes));
  buffer.set(old.subarray(0, at));
}

function reserveAnew(bytes: number): void {
  buffer = new Uint8Array(bytes);
  view = new DataView(buffer.buffer);
}
