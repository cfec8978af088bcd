/**
 * Maps as the bytes of keep files: JSON indented by two as Python writes it, or msgpack.
 *
 * @module
 */
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { Drop } from "../base/drop.ts";
import { type Body, isBody } from "../base/value.ts";
import { packBody, unpackBody } from "../wire/body.ts";
import { BodyKind } from "../wire/kinds.ts";

/** The two formats, which are also the endings of the file names. */
export type KeepFormat = "json" | "msgpack";

/** Both formats: a keep reads either, whatever it writes. */
export const KEEP_FORMATS: readonly KeepFormat[] = ["json", "msgpack"];

/** The format that a file's ending tells, or null. */
export function formatOf(fileName: string): KeepFormat | null {
  return KEEP_FORMATS.find((format) => fileName.endsWith(`.${format}`)) ?? null;
}

/** The bytes of a file: for the same keys and values those that the reference writes. */
export function encodeFile(format: KeepFormat, map: Body): Uint8Array {
  if (format === "msgpack") return packBody(BodyKind.msgpack, map);
  const text = JSON.stringify(map, null, 2);
  return utf8(text.replace(/[\x7f-\uffff]/g, (unit) => `\\u${hex4(unit.charCodeAt(0))}`));
}

/** The map in a file's bytes, or a text that says what is wrong with them. */
export function decodeFile(format: KeepFormat, bytes: Uint8Array): Body | string {
  if (bytes.length === 0) return "it is empty";
  if (format === "json") return decodeJson(bytes);
  const map = unpackBody(BodyKind.msgpack, bytes);
  return map instanceof Drop ? "it is not a msgpack map" : map;
}

/** By hand, for the sake of whoever edited the file by hand: spaces and any order are fine. */
function decodeJson(bytes: Uint8Array): Body | string {
  const text = fromUtf8(bytes);
  if (text === null) return "it is not UTF-8";
  try {
    const value: unknown = JSON.parse(text);
    return isBody(value) ? value : "it is not a JSON object";
  } catch {
    return "it is not JSON";
  }
}

function hex4(unit: number): string {
  return unit.toString(16).padStart(4, "0");
}
