/**
 * The raet head: lines of `key SP value` closed by an empty line (protocol.md 1.2). This is on the
 * path of every packet, so bytes are scanned once, in place, without texts in between.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { HEAD_BYTES_MAX } from "../base/limits.ts";
import { assert } from "../base/errors.ts";
import { type Head, makeHead, type ParsedHead } from "./head.ts";
import { FootKind, HeadKind } from "./kinds.ts";

const LF = 0x0a;
const SPACE = 0x20;
const DIGITS = new Uint8Array([..."0123456789abcdef"].map((digit) => digit.charCodeAt(0)));
/** The value of each lower-case hex digit, and -1 for every other byte. */
const DIGIT_VALUES = new Int8Array(256).fill(-1);
DIGITS.forEach((code, value) => DIGIT_VALUES[code] = value);

const START = ascii("ri RAET\n");

// Keys as the number that their two bytes make.
const PL = key("pl"), HL = key("hl"), FG = key("fg"), VN = key("vn"), PK = key("pk");
const HK = key("hk"), SE = key("se"), DE = key("de"), SI = key("si"), TI = key("ti");
const TK = key("tk"), DT = key("dt"), OI = key("oi"), SN = key("sn"), SC = key("sc");
const ML = key("ml"), BK = key("bk"), CK = key("ck"), FK = key("fk"), FL = key("fl");

/** Whether a datagram begins as a raet head does. */
export function startsRaetHead(datagram: Uint8Array): boolean {
  if (datagram.length < START.length) return false;
  for (let i = 0; i < START.length; i++) if (datagram[i] !== START[i]) return false;
  return true;
}

/**
 * Reads a raet head; the datagram begins as one. A field that stands twice is refused: it has no one
 * meaning.
 */
export function parseRaetHead(datagram: Uint8Array): ParsedHead | Drop {
  const end = Math.min(datagram.length, HEAD_BYTES_MAX);
  const head = makeHead();
  let packetLength = -1, headLength = -1, footLength = 0;
  let seen = 0;
  let at = START.length;
  for (;;) {
    if (at >= end) return new Drop("packet_head", "no end of head");
    if (datagram[at] === LF) break;
    if (at + 4 >= end || datagram[at + 2] !== SPACE) return wrongLine(at);
    const name = datagram[at] << 8 | datagram[at + 1];
    const from = at + 3;
    let value = 0;
    let to = from;
    if (name === DT) {
      to += scanDecimal(datagram, from, end);
    } else {
      for (let digit; to < end && (digit = DIGIT_VALUES[datagram[to]]) >= 0; to++) {
        value = value * 16 + digit;
      }
      if (to - from > 8) return wrongLine(at);
    }
    if (to === from || to >= end || datagram[to] !== LF) return wrongLine(at);
    let bit = 0;
    // deno-fmt-ignore
    switch (name) {
      case PL: if (to - from === 4) { packetLength = value; bit = 1; } break;
      case HL: if (to - from === 2) { headLength = value; bit = 2; } break;
      case FG: if (to - from === 2) { head.flags = value; bit = 4; } break;
      case VN: if (value !== 0) return new Drop("packet_version", `${value}`); bit = 8; break;
      case HK: if (value === HeadKind.raet) bit = 16; break;
      case FL: footLength = value; bit = 32; break;
      case DT: head.datetime = decimalAt(datagram, from, to); bit = 64; break;
      default: bit = setField(head, name, value);
    }
    if (bit === 0 || seen & bit) return wrongLine(at);
    seen |= bit;
    at = to + 1;
  }
  const length = at + 1;
  if (headLength !== length) {
    return new Drop("packet_head", `${length} bytes, and says ${headLength}`);
  }
  if (packetLength !== datagram.length) {
    return new Drop("packet_size", `${datagram.length} bytes, and says ${packetLength}`);
  }
  return { head, headLength, footLength };
}

/** Writes a raet head and returns its length: see `writeHead`. */
export function writeRaetHead(
  head: Head,
  coatLength: number,
  footLength: number,
  out: Uint8Array,
): number {
  out.set(TEMPLATE);
  writeWide(out, FG_AT, head.flags, 2);
  let at = TEMPLATE.length;
  if (head.packetKind !== 0) at = writeLine(out, at, PK, head.packetKind);
  if (head.sourceId !== 0) at = writeLine(out, at, SE, head.sourceId);
  if (head.destinationId !== 0) at = writeLine(out, at, DE, head.destinationId);
  if (head.sessionId !== 0) at = writeLine(out, at, SI, head.sessionId);
  if (head.transactionId !== 0) at = writeLine(out, at, TI, head.transactionId);
  if (head.transactionKind !== 0) at = writeLine(out, at, TK, head.transactionKind);
  if (head.datetime !== 0) at = writeDatetime(out, at, head.datetime);
  if (head.orderIndex !== 0) at = writeLine(out, at, OI, head.orderIndex);
  if (head.segmentNumber !== 0) at = writeLine(out, at, SN, head.segmentNumber);
  if (head.segmentCount !== 1) at = writeLine(out, at, SC, head.segmentCount);
  if (head.messageLength !== 0) at = writeLine(out, at, ML, head.messageLength);
  if (head.bodyKind !== 0) at = writeLine(out, at, BK, head.bodyKind);
  if (head.coatKind !== 0) at = writeLine(out, at, CK, head.coatKind);
  if (footLength !== 0) {
    at = writeLine(out, at, FK, FootKind.nacl);
    at = writeLine(out, at, FL, footLength);
  }
  out[at++] = LF;
  writeWide(out, PL_AT, at + coatLength + footLength, 4);
  writeWide(out, HL_AT, at, 2);
  return at;
}

const TEMPLATE = ascii("ri RAET\npl 0000\nhl 00\nfg 00\n");
const PL_AT = 11;
const HL_AT = 19;
const FG_AT = 25;

/** One line of a number without padding; returns where the next line begins. */
function writeLine(out: Uint8Array, at: number, name: number, value: number): number {
  assert(value >>> 0 === value, "a number of a head is an unsigned integer of 32 bits");
  out[at] = name >>> 8;
  out[at + 1] = name & 0xff;
  out[at + 2] = SPACE;
  at += 3;
  const width = value < 16 ? 1 : 8 - (Math.clz32(value) >>> 2);
  for (let shift = (width - 1) * 4; shift >= 0; shift -= 4) {
    out[at++] = DIGITS[value >>> shift & 15];
  }
  out[at] = LF;
  return at + 1;
}

/** The low digits of a number at a fixed width. */
function writeWide(out: Uint8Array, at: number, value: number, width: number): void {
  for (let i = width - 1; i >= 0; i--) {
    out[at + i] = DIGITS[value & 15];
    value >>>= 4;
  }
}

function writeDatetime(out: Uint8Array, at: number, value: number): number {
  assert(Math.abs(value) < 1e15, "a datetime is a number of seconds");
  const line = ascii(`dt ${value.toFixed(6)}\n`);
  out.set(line, at);
  return at + line.length;
}

/** Sets one of the fields that are plain numbers; returns a bit for it, or 0 if there is none. */
// deno-fmt-ignore
function setField(head: Head, name: number, value: number): number {
  switch (name) {
    case PK: head.packetKind = value; return 1 << 7;
    case SE: head.sourceId = value; return 1 << 8;
    case DE: head.destinationId = value; return 1 << 9;
    case SI: head.sessionId = value; return 1 << 10;
    case TI: head.transactionId = value; return 1 << 11;
    case TK: head.transactionKind = value; return 1 << 12;
    case OI: head.orderIndex = value; return 1 << 13;
    case SN: head.segmentNumber = value; return 1 << 14;
    case SC: head.segmentCount = value; return 1 << 15;
    case ML: head.messageLength = value; return 1 << 16;
    case BK: head.bodyKind = value; return 1 << 17;
    case CK: head.coatKind = value; return 1 << 18;
    case FK: head.footKind = value; return 1 << 19;
    default: return 0;
  }
}

/** The length of a decimal with six places; 0 if there is none. */
function scanDecimal(datagram: Uint8Array, from: number, end: number): number {
  let at = datagram[from] === 0x2d ? from + 1 : from;
  const first = at;
  while (at < end && isDecimalDigit(datagram[at])) at++;
  const dot = at;
  if (dot === first || dot - first > 20 || at >= end || datagram[at] !== 0x2e) return 0;
  at++;
  while (at < end && isDecimalDigit(datagram[at])) at++;
  return at - dot === 7 ? at - from : 0;
}

function isDecimalDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function decimalAt(datagram: Uint8Array, from: number, to: number): number {
  return Number(String.fromCharCode(...datagram.subarray(from, to)));
}

function wrongLine(at: number): Drop {
  return new Drop("packet_head", `wrong line at byte ${at}`);
}

function key(name: string): number {
  return name.charCodeAt(0) << 8 | name.charCodeAt(1);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
