/**
 * Bodies: a map in JSON or msgpack, or no bytes for an empty one (protocol.md 1.3). Raw bodies are
 * bytes as they are and pass through neither of these functions.
 *
 * @module
 */
import { Drop } from "../base/drop.ts";
import { RaetError } from "../base/errors.ts";
import { type Body, isBody } from "../base/value.ts";
import { readJson, writeJson } from "./json.ts";
import { BodyKind } from "./kinds.ts";
import { readMsgpack } from "./msgpack_read.ts";
import { writeMsgpack } from "./msgpack_write.ts";
import { findFault } from "./values.ts";

/**
 * Packs a body.
 *
 * @param kind of {@link BodyKind}: json or msgpack, whatever for an empty body
 * @throws {RaetError} `bad_body` for what can't travel: see values.ts, and bytes in JSON
 */
export function packBody(kind: number, body: Body): Uint8Array {
  const json = kind === BodyKind.json;
  const fault = isBody(body) ? findFault(body, !json) : " is not a map";
  if (fault) {
    throw new RaetError("bad_body", `body${fault}: expected ${json ? JSON_VALUES : VALUES}`);
  }
  if (isEmpty(body)) return new Uint8Array(0);
  if (json) return writeJson(body);
  if (kind === BodyKind.msgpack) return writeMsgpack(body);
  throw new RaetError("bad_body", `a body of kind ${kind} holds no map: expected json or msgpack`);
}

/**
 * Unpacks a body. What comes out holds JSON values and bytes and nothing else; no bytes give an
 * empty map. Numbers that a double can't hold exactly become the nearest one.
 */
export function unpackBody(kind: number, bytes: Uint8Array): Body | Drop {
  if (bytes.length === 0) return {};
  if (kind === BodyKind.msgpack) return readMsgpack(bytes);
  if (kind !== BodyKind.json) return new Drop("bad_body", `kind ${kind} holds no map`);
  const value = readJson(bytes);
  if (value === undefined) return new Drop("bad_body", "not JSON that we take");
  if (!isJsonMap(value)) return new Drop("bad_body", "not a map");
  const fault = findFault(value, false);
  return fault ? new Drop("bad_body", "holds what can't be in a body") : value;
}

const JSON_VALUES = "a map of JSON values";
const VALUES = "a map of JSON values and bytes";

function isEmpty(body: Body): boolean {
  for (const key in body) if (Object.hasOwn(body, key)) return false;
  return true;
}

/** A map that JSON.parse made holds nothing but JSON values. */
function isJsonMap(value: unknown): value is Body {
  return isBody(value);
}
