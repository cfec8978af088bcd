/**
 * What can stand in a body: JSON values and bytes (design.md, Delivery). The same rule holds for
 * what an application sends and for what was decoded, so nothing travels one way only.
 *
 * Left out on purpose: numbers that are not finite, `undefined`, bigints, texts with half of a
 * surrogate pair (they have no UTF-8), class instances, and the key `__proto__`, which turns into a
 * prototype wherever somebody copies a map by assignment.
 *
 * @module
 */
import { BODY_CONTAINERS_MAX, BODY_DEPTH_MAX, BODY_ENTRIES_MAX } from "../base/limits.ts";

/**
 * Looks for something that can't travel.
 *
 * @param value a whole body, or a part of one
 * @param bytes whether byte strings may stand in it
 * @returns where it is and what, for a message; null if all is well
 */
export function findFault(value: unknown, bytes: boolean): string | null {
  containers = 0;
  entries = 0;
  return faultOf(value, bytes, 0);
}

// Counts of the value that is being looked at: the search is synchronous.
let containers = 0;
let entries = 0;

function faultOf(value: unknown, bytes: boolean, depth: number): string | null {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? null : " is a text with half of a surrogate pair";
    case "number":
      return Number.isFinite(value) ? null : ` is ${value}`;
    case "boolean":
      return null;
    case "object":
      break;
    default:
      return ` is of type ${typeof value}`;
  }
  if (value === null) return null;
  if (depth >= BODY_DEPTH_MAX) return ` is nested deeper than ${BODY_DEPTH_MAX}`;
  if (++containers > BODY_CONTAINERS_MAX) return " is one map, list or byte string too many";
  if (value instanceof Uint8Array) return bytes ? null : " is bytes, which JSON doesn't have";
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const fault = faultOf(value[i], bytes, depth + 1);
      if (fault) return `[${i}]${fault}`;
    }
    return null;
  }
  if (!isPlain(value)) return " is an object of a class";
  const map = value as Record<string, unknown>;
  for (const key in map) {
    if (++entries > BODY_ENTRIES_MAX) return " has one entry too many";
    if (key === "__proto__") return ` has a key "__proto__"`;
    if (!key.isWellFormed()) return " has a key with half of a surrogate pair";
    const fault = faultOf(map[key], bytes, depth + 1);
    if (fault) return `.${key}${fault}`;
  }
  return null;
}

/** Whether an object is a map and of no class: its prototype is none, or the end of a chain. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ||
    Object.getPrototypeOf(prototype) === null;
}
