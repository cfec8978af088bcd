/**
 * New keys that the old ones signed: a step from one pair of a role's public keys to the next. Whoever
 * believes the first pair may believe the second; a chain of steps leads from any pair in it to its end.
 *
 * @module
 */
import { equalBytes, fromHex, toHex, utf8 } from "../base/bytes.ts";
import { SUCCESSIONS_KEPT } from "../base/limits.ts";
import { isPeerName } from "../base/names.ts";
import type { Body, Value } from "../base/value.ts";
import { fingerprint } from "../crypto/fingerprint.ts";
import { type Crypto, KEY_BYTES, SIGNATURE_BYTES, type Signer } from "../crypto/port.ts";
import type { RecordForm } from "./records.ts";

/** Both public keys of a role. */
export interface PublicKeys {
  /** Ed25519, 32 bytes. */
  readonly verifyKey: Uint8Array;
  /** X25519, 32 bytes. */
  readonly boxKey: Uint8Array;
}

/** One step. */
export interface Succession {
  /** The keys before. */
  readonly from: PublicKeys;
  /** The keys after. */
  readonly to: PublicKeys;
  /** Unix time in milliseconds, as whoever made it had it. */
  readonly at: number;
  /** By the verify key of `from`. */
  readonly signature: Uint8Array;
}

/** The steps of one role, oldest first: each leads to where the next one begins. */
export interface Chain {
  /** Whose. */
  readonly role: string;
  /** At most `SUCCESSIONS_KEPT`. */
  readonly steps: readonly Succession[];
}

/** Signs new keys with the old. */
export function signSuccession(
  signer: Signer,
  role: string,
  from: PublicKeys,
  to: PublicKeys,
  at: number,
): Succession {
  return { from, to, at, signature: signer.sign(statement(role, from, to, at)) };
}

/** Whether the old keys signed the new ones, for this role. */
export function isRightSuccession(crypto: Crypto, role: string, step: Succession): boolean {
  const { from, to, at, signature } = step;
  return crypto.verifier(from.verifyKey).verify(statement(role, from, to, at), signature);
}

/** Whether two pairs are the same. */
export function sameKeyPair(a: PublicKeys, b: PublicKeys): boolean {
  return equalBytes(a.verifyKey, b.verifyKey) && equalBytes(a.boxKey, b.boxKey);
}

/** A chain with one step more; what does not hang together with it begins a new one. */
export function extendChain(chain: Chain | null, role: string, step: Succession): Chain {
  const last = chain?.steps.at(-1);
  if (last && sameKeyPair(last.to, step.to)) return chain!;
  const steps = last && sameKeyPair(last.to, step.from) ? [...chain!.steps, step] : [step];
  return { role, steps: steps.slice(-SUCCESSIONS_KEPT) };
}

/** Whether a chain leads from the keys of a fingerprint to others. */
export function leadsFrom(chain: Chain | null, from: string, to: PublicKeys): boolean {
  const start = chain?.steps.findIndex((step) => printOf(step.from) === from) ?? -1;
  return start >= 0 && chain!.steps.slice(start).some((step) => sameKeyPair(step.to, to));
}

/** The fingerprint of a pair. */
export function printOf({ verifyKey, boxKey }: PublicKeys): string {
  return fingerprint(verifyKey, boxKey);
}

/** A step as a value of a body or a file; short, as it has to fit into a packet. */
export function successionToValue({ from, to, at, signature }: Succession): Value {
  return [pack(from), pack(to), at, toBase64(signature)];
}

/** A step out of such a value; null if it is none. Its signature is not looked at. */
export function successionFromValue(value: Value | undefined): Succession | null {
  if (!Array.isArray(value) || value.length !== 4) return null;
  const [from, to, signature] = [unpack(value[0]), unpack(value[1]), fromBase64(value[3])];
  const at = value[2];
  if (!from || !to || signature?.length !== SIGNATURE_BYTES) return null;
  if (typeof at !== "number" || !Number.isSafeInteger(at) || at < 0) return null;
  return { from, to, at, signature };
}

/** `raet/succession.ROLE`: how a role came to its keys. */
export const chainForm: RecordForm<Chain> = {
  write: ({ role, steps }) => ({ role, steps: steps.map(successionToValue) }),
  read: ({ role, steps }) => {
    if (!isPeerName(role)) return "its role is not a name";
    if (!Array.isArray(steps) || steps.length > SUCCESSIONS_KEPT) return "its steps are not a list";
    const read = steps.map(successionFromValue);
    if (read.some((step) => step === null)) return "one of its steps is damaged";
    return { role, steps: read as Succession[] };
  },
};

/** Our own keys from the oldest that are still of use to those in use, and the steps between them. */
export interface OwnKeys {
  /** Whose. */
  readonly role: string;
  /** Secret. The last are those in use. */
  readonly keys: readonly { readonly signSeed: Uint8Array; readonly boxSecret: Uint8Array }[];
  /** The last ones lead from each pair to the next; the ones before them are history. */
  readonly steps: readonly Succession[];
}

/** `raet/keys.json`. Faults never quote values. */
export const ownKeysForm: RecordForm<OwnKeys> = {
  write: ({ role, keys, steps }) => ({
    role,
    keys: keys.map(({ signSeed, boxSecret }) => [toHex(signSeed), toHex(boxSecret)]),
    steps: steps.map(successionToValue),
  }),
  read: (map: Body) => {
    const chain = chainForm.read({ role: map.role, steps: map.steps });
    if (typeof chain === "string") return chain;
    const pairs = Array.isArray(map.keys) ? map.keys.map(readSecrets) : [];
    if (pairs.length === 0 || pairs.some((pair) => pair === null)) return "its keys are damaged";
    if (chain.steps.length < pairs.length - 1) return "it lacks a step";
    return { ...chain, keys: pairs as OwnKeys["keys"][number][] };
  },
};

function readSecrets(value: Value): OwnKeys["keys"][number] | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [signSeed, boxSecret] = value.map((text) =>
    typeof text === "string" ? fromHex(text) : null
  );
  if (signSeed?.length !== KEY_BYTES || boxSecret?.length !== KEY_BYTES) return null;
  return { signSeed, boxSecret };
}

function statement(role: string, from: PublicKeys, to: PublicKeys, at: number): Uint8Array {
  const keys = [from.verifyKey, from.boxKey, to.verifyKey, to.boxKey].map(toHex);
  return utf8(`raet succession 1 ${JSON.stringify([role, ...keys, at])}`);
}

function pack({ verifyKey, boxKey }: PublicKeys): string {
  return toBase64(Uint8Array.of(...verifyKey, ...boxKey));
}

function unpack(value: Value): PublicKeys | null {
  const bytes = fromBase64(value);
  if (bytes?.length !== 2 * KEY_BYTES) return null;
  return { verifyKey: bytes.slice(0, KEY_BYTES), boxKey: bytes.slice(KEY_BYTES) };
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(value: Value): Uint8Array | null {
  if (typeof value !== "string" || value.length > 200) return null;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return null;
  try {
    return Uint8Array.from(atob(value), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
