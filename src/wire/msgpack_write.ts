/**
 * msgpack bodies, text as str and bytes as bin, as Python's msgpack 1 has them (protocol.md 1.3).
 *
 * @module
 */
import { Packr } from "msgpackr/pack";
import type { Body } from "../base/value.ts";

/** What the packer gets: see `prepare`. */
type Packable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Packable[]
  | { [key: string]: Packable }
  | Map<string, Packable>;

const packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: "number" });

/** The bytes of a body that `findFault` let through. */
export function writeMsgpack(body: Body): Uint8Array {
  const { buffer, byteOffset, length } = packr.pack(prepare(body));
  return new Uint8Array(buffer, byteOffset, length); // a Buffer's slice() would be no copy
}

/**
 * The value itself, or a copy where the packer would write something else: integers past 2^32 leave as
 * floats unless they are bigints, and a map with a key `constructor` looks like an object of a class.
 */
function prepare(value: Packable): Packable {
  if (typeof value === "number") return needs64Bits(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Array.isArray(value) ? prepareList(value) : prepareMap(value as Record<string, Packable>);
}

function needs64Bits(value: number): boolean {
  return Number.isSafeInteger(value) && (value > 0xffffffff || value < -0x80000000);
}

function prepareList(list: Packable[]): Packable[] {
  let copy: Packable[] | null = null;
  for (let i = 0; i < list.length; i++) {
    const prepared = prepare(list[i]);
    if (prepared !== list[i]) (copy ??= [...list])[i] = prepared;
  }
  return copy ?? list;
}

function prepareMap(map: Record<string, Packable>): Packable {
  if (map.constructor !== Object) {
    return new Map(Object.entries(map).map(([key, value]) => [key, prepare(value)]));
  }
  let copy: Record<string, Packable> | null = null;
  for (const key in map) {
    const prepared = prepare(map[key]);
    if (prepared !== map[key]) (copy ??= { ...map })[key] = prepared;
  }
  return copy ?? map;
}
