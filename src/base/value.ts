/**
 * What a message can hold: JSON values and bytes, and nothing else.
 *
 * @module
 */

/** Any value that can stand in a body. Bytes travel as msgpack bin, and show as `{"$bytes": base64}`. */
export type Value = null | boolean | number | string | Uint8Array | Value[] | {
  [key: string]: Value;
};

/** A message body on a stack: always a map. */
export type Body = { [key: string]: Value };

/** Tells whether a value is a map (not null, not a list, not bytes). */
export function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Uint8Array);
}
