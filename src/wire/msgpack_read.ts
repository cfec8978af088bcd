/**
 * msgpack bodies, from peers of any age and from nobody we know (protocol.md 1.3). Before msgpack 1.0
 * text and bytes were one type, raw, so a str that is UTF-8 is a text and any other is bytes.
 *
 * By hand, because what is not a JSON value or bytes has to be refused rather than revived: extension
 * types, dates, numbers that are not finite, keys that are not text. Nothing is allocated for a count
 * that the remaining bytes can't hold.
 *
 * @module
 */
import { fromUtf8 } from "../base/bytes.ts";
import { Drop } from "../base/drop.ts";
import { BODY_CONTAINERS_MAX, BODY_DEPTH_MAX, BODY_ENTRIES_MAX } from "../base/limits.ts";
import type { Body, Value } from "../base/value.ts";

/** Reads a map; a drop if the bytes are anything but one map of JSON values and bytes. */
export function readMsgpack(bytes: Uint8Array): Body | Drop {
  const reader = new Reader(bytes);
  try {
    return reader.body();
  } catch (error) {
    if (error instanceof Refusal) return new Drop("bad_body", error.message);
    throw error;
  }
}

/** Ends the reading of one body; never leaves this module. */
class Refusal extends Error {}

const SPAN = 0x100000000;

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #containers = 0;
  #entries = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  body(): Body {
    const type = this.#byte();
    let count = -1;
    if (type >> 4 === 8) count = type & 15;
    else if (type === 0xde) count = this.#unsigned(2);
    else if (type === 0xdf) count = this.#unsigned(4);
    if (count < 0) throw new Refusal("not a map");
    const body = this.#map(count, 0);
    if (this.#at !== this.#bytes.length) throw new Refusal("bytes after the map");
    return body;
  }

  #value(depth: number): Value {
    const type = this.#byte();
    if (type < 0x80) return type;
    if (type >= 0xe0) return type - 0x100;
    if (type < 0x90) return this.#map(type & 15, depth);
    if (type < 0xa0) return this.#list(type & 15, depth);
    if (type < 0xc0) return this.#raw(type & 31);
    // deno-fmt-ignore
    switch (type) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return this.#copy(this.#unsigned(1));
      case 0xc5: return this.#copy(this.#unsigned(2));
      case 0xc6: return this.#copy(this.#unsigned(4));
      case 0xca: return finite(this.#view.getFloat32(this.#skip(4)));
      case 0xcb: return finite(this.#view.getFloat64(this.#skip(8)));
      case 0xcc: return this.#unsigned(1);
      case 0xcd: return this.#unsigned(2);
      case 0xce: return this.#unsigned(4);
      case 0xcf: return this.#unsigned(4) * SPAN + this.#unsigned(4);
      case 0xd0: return this.#view.getInt8(this.#skip(1));
      case 0xd1: return this.#view.getInt16(this.#skip(2));
      case 0xd2: return this.#view.getInt32(this.#skip(4));
      case 0xd3: return this.#view.getInt32(this.#skip(4)) * SPAN + this.#unsigned(4);
      case 0xd9: return this.#raw(this.#unsigned(1));
      case 0xda: return this.#raw(this.#unsigned(2));
      case 0xdb: return this.#raw(this.#unsigned(4));
      case 0xdc: return this.#list(this.#unsigned(2), depth);
      case 0xdd: return this.#list(this.#unsigned(4), depth);
      case 0xde: return this.#map(this.#unsigned(2), depth);
      case 0xdf: return this.#map(this.#unsigned(4), depth);
      default: throw new Refusal(`type 0x${type.toString(16)} has no JSON`);
    }
  }

  #map(count: number, depth: number): Body {
    this.#enter(count * 2, depth);
    this.#entries += count;
    if (this.#entries > BODY_ENTRIES_MAX) throw new Refusal("too many entries");
    const map: Body = {};
    for (let i = 0; i < count; i++) {
      const key = this.#key();
      map[key] = this.#value(depth + 1);
    }
    return map;
  }

  #list(count: number, depth: number): Value[] {
    this.#enter(count, depth);
    const list: Value[] = [];
    for (let i = 0; i < count; i++) list.push(this.#value(depth + 1));
    return list;
  }

  /** Begins a list or map of at least so many bytes. */
  #enter(bytes: number, depth: number): void {
    if (depth >= BODY_DEPTH_MAX) throw new Refusal("nested too deep");
    this.#count();
    if (bytes > this.#bytes.length - this.#at) throw new Refusal("ends too early");
  }

  /** Counts what takes many times its bytes in memory: a map, a list, or a byte string. */
  #count(): void {
    if (++this.#containers > BODY_CONTAINERS_MAX) {
      throw new Refusal("too many maps, lists and byte strings");
    }
  }

  #key(): string {
    const type = this.#byte();
    let length = -1;
    if (type >> 5 === 5) length = type & 31;
    else if (type === 0xd9) length = this.#unsigned(1);
    else if (type === 0xda) length = this.#unsigned(2);
    else if (type === 0xdb) length = this.#unsigned(4);
    if (length < 0) throw new Refusal("a key that is not text");
    const from = this.#skip(length);
    const key = length <= CACHED_BYTES
      ? cachedText(this.#bytes, from, length)
      : textOf(this.#bytes, from, length);
    if (key === null) throw new Refusal("a key that is not text");
    if (key === "__proto__") throw new Refusal("a key __proto__");
    return key;
  }

  #raw(length: number): Value {
    const from = this.#skip(length);
    const text = textOf(this.#bytes, from, length);
    if (text !== null) return text;
    this.#count();
    return this.#bytes.slice(from, from + length);
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)];
  }

  #unsigned(width: 1 | 2 | 4): number {
    const from = this.#skip(width);
    if (width === 1) return this.#bytes[from];
    return width === 2 ? this.#view.getUint16(from) : this.#view.getUint32(from);
  }

  #copy(length: number): Uint8Array {
    this.#count();
    const from = this.#skip(length);
    return this.#bytes.slice(from, from + length);
  }

  /** Goes past so many bytes and returns where they began. */
  #skip(length: number): number {
    const from = this.#at;
    if (length > this.#bytes.length - from) throw new Refusal("ends too early");
    this.#at = from + length;
    return from;
  }
}

/** The text of some bytes; null if they are not UTF-8. */
function textOf(bytes: Uint8Array, from: number, length: number): string | null {
  const to = from + length;
  if (length > SHORT_BYTES) return fromUtf8(bytes.subarray(from, to));
  let text = "";
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const a = bytes[at], b = bytes[at + 1], c = bytes[at + 2], d = bytes[at + 3];
    if ((a | b | c | d) >= 0x80) return fromUtf8(bytes.subarray(from, to));
    text += String.fromCharCode(a, b, c, d);
  }
  for (; at < to; at++) {
    if (bytes[at] >= 0x80) return fromUtf8(bytes.subarray(from, to));
    text += ASCII[bytes[at]];
  }
  return text;
}

/** Texts up to this length are put together by hand: a call of the decoder takes longer. */
const SHORT_BYTES = 64;
const ASCII = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code));

/** Like `textOf`, by a small table of the keys seen last: the same few come in every message. */
function cachedText(bytes: Uint8Array, from: number, length: number): string | null {
  let slot = length;
  for (let i = 0; i < length; i++) slot = slot * 31 + bytes[from + i] & KEY_SLOTS - 1;
  const cached = keys[slot];
  if (cached.length === length) {
    let i = 0;
    while (i < length && cached.charCodeAt(i) === bytes[from + i]) i++;
    if (i === length) return cached;
  }
  const key = textOf(bytes, from, length);
  // As many units as bytes: ASCII, so comparing one with the other is right.
  if (key !== null && key.length === length) keys[slot] = key;
  return key;
}

/** Keys up to this length are looked up. */
const CACHED_BYTES = 32;
const KEY_SLOTS = 512;
const keys: string[] = new Array<string>(KEY_SLOTS).fill("");

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new Refusal(`${value} is no number of JSON`);
  return value;
}
