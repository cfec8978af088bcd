/**
 * The bodies of an allow: hello, cookie, initiate (protocol.md 3, after CurveCP). The client knows
 * the server's long-term key S, and both learn the other's short-term key, c' and s', which end up
 * sealing the session. These functions know the layouts and the boxes; which key is whose, and
 * whether an answer belongs to what was asked, is for the road to compare.
 *
 * @module
 */
import { concatBytes, equalBytes, fromUtf8, utf8 } from "../base/bytes.ts";
import { Drop } from "../base/drop.ts";
import { assert } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { type Box, BOX_OVERHEAD_BYTES, KEY_BYTES, NONCE_BYTES } from "../crypto/port.ts";

/** Bytes of a hello. */
export const HELLO_BYTES = 200;
/** Bytes of a cookie. */
export const COOKIE_BYTES = 104;
/** Bytes of an initiate. */
export const INITIATE_BYTES = 328;
/** Bytes of the server's cookie proper, which is opaque to the client. */
export const OREO_BYTES = 24;
/** Bytes of an oreo of ours before those that say so. */
export const OUR_OREO_BYTES = 16;
/** Bytes of the field for the server's host name. */
export const FQDN_BYTES = 128;

/** What a cookie says. */
export interface Cookie {
  /** s', the server's short-term public key. */
  readonly shortPublic: Uint8Array;
  /** The server's number for the client. */
  readonly nearId: number;
  /** The client's number for the server. */
  readonly farId: number;
  /** 24 bytes that the client sends back; one of ours reads in them whether the server is one, too. */
  readonly oreo: Uint8Array;
}

/** What an initiate says, once its boxes are open. */
export interface Initiate {
  /** c', the client's short-term public key: the vouch holds the same. */
  readonly shortPublic: Uint8Array;
  /** The bytes of the cookie. */
  readonly oreo: Uint8Array;
  /** C, the client's long-term public key. */
  readonly longPublic: Uint8Array;
  /** The server's host name as the client knows it; empty if it is no text. */
  readonly fqdn: string;
}

/** What a hello says. */
export interface HelloBody {
  /** c' */
  readonly shortPublic: Uint8Array;
  /** Whether its sender does more than the classic protocol: then its plain is another one, which says so. */
  readonly isOurs: boolean;
}

/**
 * Packs a hello.
 *
 * @param box c' to S
 * @param random asked for 24 bytes
 */
export function packHello(
  { shortPublic, isOurs }: HelloBody,
  box: Box,
  random: Random,
): Uint8Array {
  assert(shortPublic.length === KEY_BYTES, "a public key has 32 bytes");
  const plain = isOurs ? OUR_PLAIN : CLASSIC_PLAIN;
  return concatBytes(plain, shortPublic, sealed(plain, box, random));
}

/**
 * Reads a hello and opens its box.
 *
 * @param boxFor the box of S and the c' that the hello names
 * @returns what it says; a drop if the size is wrong or the box doesn't hold the plain beside it
 */
export function openHello(
  body: Uint8Array,
  boxFor: (shortPublic: Uint8Array) => Box,
): HelloBody | Drop {
  if (body.length !== HELLO_BYTES) return wrongSize("hello", body);
  const plain = body.subarray(0, PLAIN_BYTES);
  const shortPublic = body.slice(PLAIN_BYTES, PLAIN_BYTES + KEY_BYTES);
  const opened = open(body.subarray(PLAIN_BYTES + KEY_BYTES), boxFor(shortPublic));
  if (!opened) return new Drop("bad_box", "hello");
  if (!equalBytes(opened, plain)) return new Drop("bad_handshake", "hello holds another plain");
  return { shortPublic, isOurs: equalBytes(opened, OUR_PLAIN) };
}

/**
 * Packs a cookie.
 *
 * @param box S to c'
 * @param random asked for 24 bytes
 */
export function packCookie(cookie: Cookie, box: Box, random: Random): Uint8Array {
  assert(cookie.shortPublic.length === KEY_BYTES, "a public key has 32 bytes");
  assert(cookie.oreo.length === OREO_BYTES, "an oreo has 24 bytes");
  const stuff = new Uint8Array(KEY_BYTES + 8 + OREO_BYTES);
  const view = new DataView(stuff.buffer);
  stuff.set(cookie.shortPublic);
  view.setUint32(KEY_BYTES, cookie.nearId);
  view.setUint32(KEY_BYTES + 4, cookie.farId);
  stuff.set(cookie.oreo, KEY_BYTES + 8);
  return sealed(stuff, box, random);
}

/** An oreo of ours: says to a client of ours that its server is one, too. @param bytes 16, by chance or as good */
export function packOurOreo(bytes: Uint8Array): Uint8Array {
  assert(bytes.length === OUR_OREO_BYTES, "an oreo of ours has 16 bytes of its own");
  return concatBytes(bytes, OUR_OREO_END);
}

/** Whether an oreo says that its server does more than the classic protocol. */
export function isOurOreo(oreo: Uint8Array): boolean {
  return equalBytes(oreo.subarray(OUR_OREO_BYTES), OUR_OREO_END);
}

/** The c' and the oreo of an initiate, which are in the open; null if it has not an initiate's size. */
export function peekInitiate(
  body: Uint8Array,
): { readonly shortPublic: Uint8Array; readonly oreo: Uint8Array } | null {
  if (body.length !== INITIATE_BYTES) return null;
  const shortPublic = body.slice(0, KEY_BYTES);
  return { shortPublic, oreo: body.slice(KEY_BYTES, KEY_BYTES + OREO_BYTES) };
}

/**
 * Opens a cookie. That its ids are the client's own is for the caller to check.
 *
 * @param box S and c'
 */
export function openCookie(body: Uint8Array, box: Box): Cookie | Drop {
  if (body.length !== COOKIE_BYTES) return wrongSize("cookie", body);
  const stuff = open(body, box);
  if (!stuff) return new Drop("bad_box", "cookie");
  const view = new DataView(stuff.buffer, stuff.byteOffset, stuff.byteLength);
  return {
    shortPublic: stuff.slice(0, KEY_BYTES),
    nearId: view.getUint32(KEY_BYTES),
    farId: view.getUint32(KEY_BYTES + 4),
    oreo: stuff.slice(KEY_BYTES + 8),
  };
}

/**
 * Packs an initiate.
 *
 * @param initiate a host name past 128 bytes is cut
 * @param vouchBox C to S
 * @param box c' to s'
 * @param random asked for 24 bytes twice: the vouch's, then the outer nonce
 */
export function packInitiate(
  initiate: Initiate,
  vouchBox: Box,
  box: Box,
  random: Random,
): Uint8Array {
  const { shortPublic, oreo, longPublic } = initiate;
  assert(shortPublic.length === KEY_BYTES && longPublic.length === KEY_BYTES, "keys of 32 bytes");
  assert(oreo.length === OREO_BYTES, "an oreo has 24 bytes");
  const fqdn = new Uint8Array(FQDN_BYTES).fill(SPACE);
  fqdn.set(utf8(initiate.fqdn).subarray(0, FQDN_BYTES));
  const stuff = concatBytes(longPublic, sealed(shortPublic, vouchBox, random), fqdn);
  return concatBytes(shortPublic, oreo, sealed(stuff, box, random));
}

/**
 * Opens an initiate and its vouch. That c', the oreo and C are the ones on record is for the caller
 * to check.
 *
 * @param vouchBox S and the C on record
 * @param box s' and c'
 * @returns a drop if the size is wrong, a box doesn't open or the vouch holds another key
 */
export function openInitiate(body: Uint8Array, vouchBox: Box, box: Box): Initiate | Drop {
  if (body.length !== INITIATE_BYTES) return wrongSize("initiate", body);
  const stuff = open(body.subarray(KEY_BYTES + OREO_BYTES), box);
  if (!stuff) return new Drop("bad_box", "initiate");
  const shortPublic = body.slice(0, KEY_BYTES);
  const vouch = open(stuff.subarray(KEY_BYTES, KEY_BYTES + VOUCH_BYTES), vouchBox);
  if (!vouch) return new Drop("bad_box", "vouch");
  if (!equalBytes(vouch, shortPublic)) return new Drop("bad_handshake", "vouch for another key");
  return {
    shortPublic,
    oreo: body.slice(KEY_BYTES, KEY_BYTES + OREO_BYTES),
    longPublic: stuff.slice(0, KEY_BYTES),
    fqdn: (fromUtf8(stuff.subarray(KEY_BYTES + VOUCH_BYTES)) ?? "").replace(/ +$/, ""),
  };
}

const SPACE = 0x20;
const PLAIN_BYTES = 64;
/** The text of 32 zero bytes in hex. */
const CLASSIC_PLAIN = new Uint8Array(PLAIN_BYTES).fill(0x30);
/** A reference takes any plain that is the same in its box. */
const OUR_PLAIN = utf8("raet".padEnd(PLAIN_BYTES, "0"));
/** To a reference an oreo is opaque; one of its own ends so once in 2^64. */
const OUR_OREO_END = utf8("raet".padEnd(OREO_BYTES - OUR_OREO_BYTES, "0"));
/** The vouch's box and nonce. */
const VOUCH_BYTES = KEY_BYTES + BOX_OVERHEAD_BYTES + NONCE_BYTES;

/** A box and, after it, its nonce. */
function sealed(plain: Uint8Array, box: Box, random: Random): Uint8Array {
  const nonce = random(NONCE_BYTES);
  return concatBytes(box.seal(plain, nonce), nonce);
}

function open(sealed: Uint8Array, box: Box): Uint8Array | null {
  const end = sealed.length - NONCE_BYTES;
  return box.open(sealed.subarray(0, end), sealed.subarray(end));
}

function wrongSize(what: string, body: Uint8Array): Drop {
  return new Drop("bad_handshake", `${what} of ${body.length} bytes`);
}
