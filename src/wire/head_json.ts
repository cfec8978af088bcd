/**
 * The json head: the fields of the raet head as a compact JSON object closed by CR LF CR LF
 * (protocol.md 1.2). The reference can be told to use it; few are.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { assert } from "../base/errors.ts";
import { HEAD_BYTES_MAX } from "../base/limits.ts";
import { FootKind, HeadKind } from "./kinds.ts";
import { type Head, makeHead, type ParsedHead } from "./head.ts";

const START = '{"ri":"RAET",';
const END = "\r\n\r\n";
const FLAGS = /^[0-9a-f]{2}$/;
const PACKET_LENGTH = /^[0-9a-f]{7}$/;

/** The fields that are plain numbers, in the order of the wire. */
const NUMBERS: readonly [key: string, field: keyof Head][] = [
  ["pk", "packetKind"],
  ["hk", "headKind"],
  ["se", "sourceId"],
  ["de", "destinationId"],
  ["si", "sessionId"],
  ["ti", "transactionId"],
  ["tk", "transactionKind"],
  ["dt", "datetime"],
  ["oi", "orderIndex"],
  ["sn", "segmentNumber"],
  ["sc", "segmentCount"],
  ["ml", "messageLength"],
  ["bk", "bodyKind"],
  ["ck", "coatKind"],
  ["fk", "footKind"],
];
const FIELD_OF = new Map(NUMBERS);
const DEFAULTS = makeHead();

/** Whether a datagram begins as a json head does. */
export function startsJsonHead(datagram: Uint8Array): boolean {
  for (let i = 0; i < START.length; i++) {
    if (datagram[i] !== START.charCodeAt(i)) return false;
  }
  return true;
}

/** Reads a json head; the datagram begins as one. */
export function parseJsonHead(datagram: Uint8Array): ParsedHead | Drop {
  let text = "";
  for (const byte of datagram.subarray(0, HEAD_BYTES_MAX)) text += String.fromCharCode(byte);
  const end = text.indexOf(END);
  if (end < 0) return new Drop("packet_head", "no end of head");
  const fields = parseObject(text.substring(0, end));
  if (!fields) return new Drop("packet_head", "not a JSON object of ASCII");

  const head = makeHead();
  let footLength = 0;
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    const field = FIELD_OF.get(key);
    if (field === "datetime") {
      if (typeof value !== "number" || !Number.isFinite(value)) return wrongField(key);
      head.datetime = value;
    } else if (field) {
      if (!isUnsigned(value)) return wrongField(key);
      head[field] = value;
    } else if (key === "vn") {
      if (!isUnsigned(value)) return wrongField(key);
      if (value !== 0) return new Drop("packet_version", `${value}`);
    } else if (key === "fl") {
      if (!isUnsigned(value)) return wrongField(key);
      footLength = value;
    } else if (key === "fg") {
      if (typeof value !== "string" || !FLAGS.test(value)) return wrongField(key);
      head.flags = parseInt(value, 16);
    } else if (key !== "ri" && key !== "pl" && key !== "hl") {
      return wrongField(key);
    }
  }
  const { ri, pl, hl } = fields;
  if (ri !== "RAET" || head.headKind !== HeadKind.json) return wrongField("hk");
  if (typeof hl !== "string" || !FLAGS.test(hl)) return wrongField("hl");
  if (typeof pl !== "string" || !PACKET_LENGTH.test(pl)) return wrongField("pl");
  const length = end + END.length;
  if (parseInt(hl, 16) !== length) {
    return new Drop("packet_head", `${length} bytes, and says 0x${hl}`);
  }
  if (parseInt(pl, 16) !== datagram.length) {
    return new Drop("packet_size", `${datagram.length} bytes, and says 0x${pl}`);
  }
  return { head, headLength: length, footLength };
}

/** Writes a json head and returns its length: see `writeHead`. */
export function writeJsonHead(
  head: Head,
  coatLength: number,
  footLength: number,
  out: Uint8Array,
): number {
  let rest = `","fg":"${head.flags.toString(16).padStart(2, "0")}"`;
  for (const [key, field] of NUMBERS) {
    const value = field === "footKind"
      ? (footLength === 0 ? FootKind.none : FootKind.nacl)
      : head[field];
    if (value === DEFAULTS[field]) continue;
    assert(field === "datetime" || isUnsigned(value), `${field} is an unsigned integer of 32 bits`);
    rest += `,"${key}":${field === "datetime" ? decimal(value) : value}`;
  }
  if (footLength !== 0) rest += `,"fl":${footLength}`;
  rest += `}${END}`;
  const length = START.length + '"pl":"0000000","hl":"00'.length + rest.length;
  const pl = (length + coatLength + footLength).toString(16).padStart(7, "0").slice(-7);
  const hl = length.toString(16).padStart(2, "0").slice(-2);
  const text = `${START}"pl":"${pl}","hl":"${hl}${rest}`;
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return length;
}

/** A head's JSON as a map without a prototype's fields; null if it is anything else. */
function parseObject(text: string): Record<string, unknown> | null {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7e) return null;
  try {
    // It begins with a brace, so whatever parses is an object.
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** A float as Python writes it: a whole one with its `.0`. */
function decimal(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : `${value}`;
}

function isUnsigned(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}

function wrongField(key: string): Drop {
  return new Drop("packet_head", `wrong field ${JSON.stringify(key)}`);
}
