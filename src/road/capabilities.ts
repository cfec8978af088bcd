/**
 * What we tell peers of ours about ourselves, and what we believe of what they tell (design.md,
 * Delivery): a hint in the join body, which is unsigned, and the whole in the signed and sealed body
 * of an alive. Both lie under one key that the reference ignores.
 *
 * @module
 */
import { fromHex, toHex } from "../base/bytes.ts";
import { type Body, isBody, type Value } from "../base/value.ts";
import { type Succession, successionFromValue, successionToValue } from "../keep/succession.ts";
import type { Capabilities } from "./events.ts";

/** The key of our additions. */
const OUR_KEY = "raet";
/** Version of our additions. */
const OUR_VERSION = 1;
/** Longest list, and longest name in it, that we take from a peer. */
const FEATURES_MAX = 64;
const FEATURE_CHARS_MAX = 64;
/** What the key of the filling takes, in either packing. */
const FILL_OVERHEAD_BYTES = 10;
const SESSION_ID_MAX = 0xffffffff;
const EPOCH = /^[0-9a-f]{32}$/;

/** What a join body of ours holds besides the reference's keys. */
export function joinHint(
  capabilities: Capabilities | null,
  sign: () => Uint8Array,
  { knows, next }: KeysNews,
): Body {
  if (!capabilities) return {};
  const known: Body = knows === "" ? {} : { knows };
  return { [OUR_KEY]: { v: OUR_VERSION, sig: toHex(sign()), ...known, ...told(next) } };
}

/** The signature in a hint, over what is said beside it; empty for one that can't be; null for none. */
export function hintedSignature(extra: Body): Uint8Array | null {
  const ours = own(extra, OUR_KEY);
  const sig = isBody(ours) ? own(ours, "sig") : undefined;
  if (sig === undefined) return null;
  return typeof sig === "string" ? fromHex(sig) ?? new Uint8Array(0) : new Uint8Array(0);
}

/** How somebody came to its keys, as a hint says; null if it doesn't. */
export function hintedSuccession(extra: Body): Succession | null {
  const ours = own(extra, OUR_KEY);
  return isBody(ours) ? successionFromValue(own(ours, "next")) : null;
}

/** The hint with so many bytes of filling, or a few less. */
export function fillHint(hint: Body, bytes: number): Body {
  const ours = hint[OUR_KEY];
  if (!isBody(ours) || bytes <= FILL_OVERHEAD_BYTES) return hint;
  return { [OUR_KEY]: { ...ours, fill: "-".repeat(bytes - FILL_OVERHEAD_BYTES) } };
}

/** Whether the keys of a join body that the reference ignores hold our hint. */
export function holdsHint(extra: Body): boolean {
  const ours = own(extra, OUR_KEY);
  return isBody(ours) && isVersion(own(ours, "v"));
}

/**
 * The body of a filled alive.
 *
 * @param upMs how long ago our run began
 * @param session the number of what we begin
 */
export function capabilitiesBody(
  { epoch, features }: Capabilities,
  upMs: number,
  session: number,
  { knows, next }: KeysNews,
): Body {
  const said = { epoch, up: Math.floor(upMs), session, features: [...features], knows };
  return { [OUR_KEY]: { v: OUR_VERSION, ...said, ...told(next) } };
}

/** What a filled alive, or a hint, says of keys. */
export interface KeysNews {
  /** Fingerprint of the receiver's keys as the sender has them on record; empty if it doesn't say. */
  readonly knows: string;
  /** Newer keys of the sender than the receiver is known to have; null if there are none. */
  readonly next: Succession | null;
}

/** What the body of a filled alive or of a join says of keys. */
export function readKeysNews(body: Body): KeysNews {
  const ours = own(body, OUR_KEY);
  const knows = isBody(ours) ? own(ours, "knows") : undefined;
  return { knows: typeof knows === "string" ? knows : "", next: hintedSuccession(body) };
}

/** How long ago, in milliseconds, the sender of a filled alive says that its run began; 0 if it doesn't say. */
export function readUpMs(body: Body): number {
  const ours = own(body, OUR_KEY);
  const up = isBody(ours) ? own(ours, "up") : undefined;
  return typeof up === "number" && up >= 0 ? up : 0;
}

/** The number of what the sender of a filled alive begins; 0 if it doesn't say. */
export function readSessionId(body: Body): number {
  const ours = own(body, OUR_KEY);
  const session = isBody(ours) ? own(ours, "session") : undefined;
  return isVersion(session) && session <= SESSION_ID_MAX ? session : 0;
}

function told(next: Succession | null): Body {
  return next ? { next: successionToValue(next) } : {};
}

/** What the body of a filled alive says; null if it says nothing that we understand. */
export function readCapabilities(body: Body): Capabilities | null {
  const ours = own(body, OUR_KEY);
  if (!isBody(ours)) return null;
  const version = own(ours, "v");
  const epoch = own(ours, "epoch");
  const features = own(ours, "features");
  if (!isVersion(version) || typeof epoch !== "string" || !EPOCH.test(epoch)) return null;
  if (!Array.isArray(features)) return null;
  return { version, epoch, features: features.slice(0, FEATURES_MAX).filter(isFeature) };
}

function own(body: Body, key: string): Value | undefined {
  return Object.hasOwn(body, key) ? body[key] : undefined;
}

function isVersion(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}

function isFeature(value: Value): value is string {
  return typeof value === "string" && value.length <= FEATURE_CHARS_MAX;
}
