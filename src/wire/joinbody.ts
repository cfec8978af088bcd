/**
 * The bodies of join requests and responses (protocol.md 2). They come unsigned from strangers and
 * their names end up in file names, so every field is checked before anything is made of it.
 *
 * @module
 */
import { fromHex, toHex } from "../base/bytes.ts";
import { Drop } from "../base/drop.ts";
import { assert } from "../base/errors.ts";
import { isPeerName } from "../base/names.ts";
import type { Body, Value } from "../base/value.ts";
import { KEY_BYTES } from "../crypto/port.ts";

/** What a joiner says of itself. */
export interface JoinRequest {
  /** Unique on its road. */
  readonly name: string;
  /** The identity that the keys belong to. */
  readonly role: string;
  /** Whether newcomers may join it. */
  readonly main: boolean;
  /** A number that means something to applications, 0 to 255. */
  readonly kind: number;
  /** Ed25519 public key, 32 bytes. */
  readonly verifyKey: Uint8Array;
  /** Curve25519 public key, 32 bytes. */
  readonly boxKey: Uint8Array;
  /** All other keys of the body: the reference ignores them. */
  readonly extra: Body;
}

/** What a joinent says of itself, and the number it gave the joiner. */
export interface JoinResponse extends JoinRequest {
  /** The joinent's number for the joiner, 1 to 0xffffffff. */
  readonly uid: number;
}

/** The body of a join request, fields in the order of the reference and `extra` after them. */
export function makeJoinRequest(request: JoinRequest): Body {
  return makeBody(request, null);
}

/** The body of a join response, fields in the order of the reference and `extra` after them. */
export function makeJoinResponse(response: JoinResponse): Body {
  return makeBody(response, response.uid);
}

/** Reads the body of a join request. */
export function readJoinRequest(body: Body): JoinRequest | Drop {
  return readFields(body, REQUEST_KEYS);
}

/** Reads the body of a join response. */
export function readJoinResponse(body: Body): JoinResponse | Drop {
  const fields = readFields(body, RESPONSE_KEYS);
  if (fields instanceof Drop) return fields;
  const uid = own(body, "uid");
  if (!isInteger(uid, 1, 0xffffffff)) return wrong("uid");
  return { ...fields, uid };
}

const REQUEST_KEYS = new Set(["name", "mode", "kind", "verhex", "pubhex", "role"]);
const RESPONSE_KEYS = new Set([...REQUEST_KEYS, "uid"]);
/** The bit of the mode that says "I am main". */
const MODE_MAIN = 1;
const KEY_TEXT = /^[0-9a-f]{64}$/;

function makeBody(request: JoinRequest, uid: number | null): Body {
  assert(isInteger(request.kind, 0, 255), "an application kind is 0 to 255");
  assert(request.verifyKey.length === KEY_BYTES, "a verify key has 32 bytes");
  assert(request.boxKey.length === KEY_BYTES, "a box key has 32 bytes");
  const body: Body = {
    name: request.name,
    mode: request.main ? MODE_MAIN : 0,
    kind: request.kind,
  };
  if (uid !== null) body.uid = uid;
  body.verhex = toHex(request.verifyKey);
  body.pubhex = toHex(request.boxKey);
  body.role = request.role;
  for (const [key, value] of Object.entries(request.extra)) {
    assert(!Object.hasOwn(body, key), "an extra key doesn't hide a field");
    body[key] = value;
  }
  return body;
}

function readFields(body: Body, keys: ReadonlySet<string>): JoinRequest | Drop {
  const name = own(body, "name");
  if (!isPeerName(name)) return wrong("name");
  const role = own(body, "role");
  if (!isPeerName(role)) return wrong("role");
  const mode = own(body, "mode");
  if (!isInteger(mode, 0, 255)) return wrong("mode");
  const kind = own(body, "kind");
  if (!isInteger(kind, 0, 255)) return wrong("kind");
  const verifyKey = readKey(own(body, "verhex"));
  if (!verifyKey) return wrong("verhex");
  const boxKey = readKey(own(body, "pubhex"));
  if (!boxKey) return wrong("pubhex");
  const extra: Body = {};
  for (const key of Object.keys(body)) {
    // A decoded body has no such key; assigned, it would be the prototype.
    if (!keys.has(key) && key !== "__proto__") extra[key] = body[key];
  }
  return { name, role, main: (mode & MODE_MAIN) !== 0, kind, verifyKey, boxKey, extra };
}

function own(body: Body, key: string): Value | undefined {
  return Object.hasOwn(body, key) ? body[key] : undefined;
}

function readKey(value: Value | undefined): Uint8Array | null {
  return typeof value === "string" && KEY_TEXT.test(value) ? fromHex(value) : null;
}

function isInteger(value: unknown, from: number, to: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= from && value <= to;
}

function wrong(key: string): Drop {
  return new Drop("bad_join", `${key} is missing or of the wrong form`);
}
