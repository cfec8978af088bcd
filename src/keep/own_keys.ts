/**
 * Our own keys on disk, through every change of them. The file with all of them is written before the
 * one with those in use, so after a crash in between the change is completed; nothing is said with new
 * keys before both are there.
 *
 * @module
 */
import { OLD_KEYS_MS, SUCCESSIONS_KEPT } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import { type Crypto, KEY_BYTES } from "../crypto/port.ts";
import type { Keep } from "./keep.ts";
import {
  type OwnKeys,
  type PublicKeys,
  sameKeyPair,
  signSuccession,
  type Succession,
} from "./succession.ts";

/** A pair of secret keys. */
export type SecretKeys = OwnKeys["keys"][number];

/** Our keys as a stack needs them. */
export interface HeldKeys extends SecretKeys {
  /** Those before, newest first. */
  readonly former: readonly SecretKeys[];
  /** How we came to those in use, oldest step first. */
  readonly steps: readonly Succession[];
}

type OwnKeep = Pick<Keep, "loadLocalRole" | "saveLocalRole" | "loadOwnKeys" | "saveOwnKeys">;

/**
 * Our keys; null if there are none yet. Completes a change that a crash interrupted. Keys that somebody
 * put in the place of ours are taken as they are, and then there are no others.
 *
 * @throws {RaetError} `bad_config` as the keep does
 */
export function loadKeys(keep: OwnKeep, crypto: Crypto): HeldKeys | null {
  const inUse = keep.loadLocalRole();
  if (!inUse) return null;
  const { signSeed, boxSecret, role } = inUse;
  const own = keep.loadOwnKeys();
  const isInUse = (keys: SecretKeys) =>
    sameKeyPair(publicKeys(crypto, keys), publicKeys(crypto, inUse));
  if (!own || own.role !== role || !own.keys.some(isInUse)) {
    return { signSeed, boxSecret, former: [], steps: [] };
  }
  const [newest, ...former] = own.keys.toReversed();
  if (!isInUse(newest)) keep.saveLocalRole({ role, ...newest });
  return { ...newest, former, steps: own.steps };
}

/**
 * Makes new keys, signed by those in use; on disk when it returns.
 *
 * @param at Unix time in milliseconds
 * @returns all keys, the new ones in use, and the step to them
 */
export function renewKeys(
  keep: OwnKeep,
  crypto: Crypto,
  random: Random,
  role: string,
  at: number,
): HeldKeys & { readonly step: Succession } {
  const held = loadKeys(keep, crypto)!;
  const { signSeed, boxSecret } = held;
  const next = { signSeed: random(KEY_BYTES), boxSecret: random(KEY_BYTES) };
  const [from, to] = [publicKeys(crypto, held), publicKeys(crypto, next)];
  const step = signSuccession(crypto.signer(signSeed), role, from, to, at);
  const former = [{ signSeed, boxSecret }, ...held.former].slice(0, SUCCESSIONS_KEPT);
  const steps = [...held.steps, step].slice(-SUCCESSIONS_KEPT);
  keep.saveOwnKeys({ role, keys: [...former.toReversed(), next], steps });
  keep.saveLocalRole({ role, ...next });
  return { ...next, former, steps, step };
}

/**
 * Forgets old keys of ours that were replaced long ago.
 *
 * @param now Unix time in milliseconds
 * @returns how many pairs are left, those in use among them
 */
export function dropOldKeys(keep: OwnKeep, now: number): number {
  const own = keep.loadOwnKeys();
  if (!own) return 1;
  // The last steps are those between the keys that are held: the first of them replaced the oldest.
  const between = own.steps.slice(own.steps.length - (own.keys.length - 1));
  const fresh = between.filter(({ at }) => now - at < OLD_KEYS_MS).length;
  const keys = own.keys.slice(own.keys.length - 1 - fresh);
  if (keys.length < own.keys.length) keep.saveOwnKeys({ ...own, keys });
  return keys.length;
}

/** The public halves. */
export function publicKeys(crypto: Crypto, { signSeed, boxSecret }: SecretKeys): PublicKeys {
  const { verifyKey } = crypto.signer(signSeed);
  return { verifyKey, boxKey: crypto.boxPublicKey(boxSecret) };
}
