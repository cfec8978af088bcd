/**
 * The keys that a manor knows, as its operator sees and judges them.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Value } from "../base/value.ts";
import type { Crypto } from "../crypto/port.ts";
import { fingerprint } from "../crypto/fingerprint.ts";
import type { Random } from "../base/random.ts";
import type { Clock } from "../io/clock.ts";
import type { Keep } from "../keep/keep.ts";
import { dropOldKeys, loadKeys, publicKeys, renewKeys } from "../keep/own_keys.ts";
import { printOf } from "../keep/succession.ts";
import type { LocalEstate } from "../road/options.ts";
import type { KeyView as RoleKeys } from "../road/operator.ts";
import type { RoadStack } from "../road/stack.ts";
import type { CarriedKey, ImportedKey, KeyRotation, KeyView } from "../route/control.ts";
import { carriedKey, keyOfCarried } from "./carried_keys.ts";
import { findKey, findKeyToAccept } from "../route/find_key.ts";

/** What the operator said of a key. */
export type KeyDecision = "accepted" | "rejected" | "deleted" | "changed" | "imported";

/** What the keys of an estate are made of. */
export interface KeyRingParts {
  readonly local: LocalEstate;
  readonly road: RoadStack;
  readonly crypto: Crypto;
  readonly keep: Keep;
  readonly random: Random;
  readonly clock: Clock;
}

/** The keys of one estate: its own, and those of the roles it knows. */
export class KeyRing {
  #own: KeyView;
  readonly #parts: KeyRingParts;
  readonly #road: RoadStack;
  readonly #onDecision: (decision: KeyDecision, key: KeyView) => void;

  /** @param onDecision told of each key that the operator judged or changed */
  constructor(
    parts: KeyRingParts,
    onDecision: (decision: KeyDecision, key: KeyView) => void,
  ) {
    const { local, road, crypto } = parts;
    this.#parts = parts;
    this.#road = road;
    this.#onDecision = onDecision;
    this.#own = {
      role: local.role,
      acceptance: "own",
      fingerprint: fingerprint(
        crypto.signer(local.signSeed).verifyKey,
        crypto.boxPublicKey(local.boxSecret),
      ),
      estates: [local.name],
    };
  }

  /** The fingerprint of our own keys. */
  get fingerprint(): string {
    return this.#own.fingerprint;
  }

  /** All keys, our own first. */
  rows(): KeyView[] {
    return [this.#own, ...this.#road.keys.list().map(view)];
  }

  /**
   * Accepts a key, at once.
   *
   * @param expected its fingerprint, where the operator was told it
   * @throws {RaetError} as `findKeyToAccept`; `usage` for our own; `rejected` if it has another fingerprint
   */
  accept(name: string, expected: string | undefined, now: number): KeyView {
    const { role, fingerprint } = this.#find(name, findKeyToAccept);
    if (expected !== undefined && expected !== fingerprint) {
      throw new RaetError(
        "rejected",
        `the key of role "${role}" has the fingerprint ${fingerprint}: expected ${expected}; nothing was accepted`,
      );
    }
    this.#road.keys.accept(role, now);
    return this.#decided("accepted", this.#ofRole(role));
  }

  /** Rejects a key: sessions of its estates end. @throws {RaetError} as `findKey`; `usage` for our own */
  reject(name: string, now: number): KeyView {
    const { role } = this.#find(name);
    this.#road.keys.reject(role, now);
    return this.#decided("rejected", this.#ofRole(role));
  }

  /** Forgets a key and its estates, which may then join anew. @throws {RaetError} as `findKey`; `usage` for our own */
  delete(name: string, now: number): KeyView {
    const key = this.#find(name);
    this.#road.keys.remove(key.role, now);
    return this.#decided("deleted", key);
  }

  /**
   * Gives this estate new keys, signed by the old ones; those are kept for who has not heard of it.
   *
   * @throws {RaetError} `bad_config` if the disk is full: then the old keys stay in use
   */
  rotate(now: number): KeyRotation {
    const { local, keep, crypto, random, clock } = this.#parts;
    const { fingerprint: before } = this.#own;
    this.dropOld(now);
    const held = loadKeys(keep, crypto)!;
    // One that failed half way, as on a full disk, lies on disk and was told to nobody: it is completed.
    const isHalfDone = printOf(publicKeys(crypto, held)) !== before;
    const renewed = isHalfDone
      ? { ...held, step: held.steps.at(-1)! }
      : renewKeys(keep, crypto, random, local.role, clock.date());
    this.#road.succeed(renewed, renewed.step, now);
    this.#own = { ...this.#own, fingerprint: printOf(renewed.step.to) };
    this.#decided("changed", this.#own);
    return { ...this.#own, before, unaware: this.#road.unawareOfKeys() };
  }

  /** Forgets old keys of this estate whose time is over. */
  dropOld(now: number): void {
    this.#road.keepKeys(dropOldKeys(this.#parts.keep, this.#parts.clock.date()), now);
  }

  /** Takes over keys from elsewhere. @throws {RaetError} `usage` for one that can't be */
  takeOver(carried: readonly Value[], now: number): ImportedKey[] {
    const keys = carried.map((value, i) => {
      const key = keyOfCarried(value);
      if (typeof key !== "string") return key;
      throw new RaetError("usage", `key ${i + 1} can't be imported: ${key}`);
    });
    return keys.map((key) => {
      const { role, acceptance } = key;
      const { result, why } = this.#road.keys.merge(key, now);
      if (result === "added" || result === "changed") this.#decided("imported", this.#ofRole(role));
      return { role, acceptance, result, why };
    });
  }

  /** All public keys, our own first. */
  export(): CarriedKey[] {
    const { crypto, road } = this.#parts;
    const { role, signSeed, boxSecret } = road.local;
    const own = { role, ...publicKeys(crypto, { signSeed, boxSecret }) };
    const others = road.keys.list().filter((key) => key.role !== role);
    return [
      { ...carriedKey({ ...own, acceptance: "accepted" }), acceptance: "own" },
      ...others.map(carriedKey),
    ];
  }

  #decided(decision: KeyDecision, key: KeyView): KeyView {
    this.#onDecision(decision, key);
    return key;
  }

  /** One that is on record, by its role and nothing else. */
  #ofRole(role: string): KeyView {
    return view(this.#road.keys.list().find((key) => key.role === role)!);
  }

  /** One of the others': our own key is nobody's to judge. */
  #find(name: string, find: typeof findKey = findKey): KeyView {
    const [own, ...others] = this.rows();
    try {
      return find(others, name);
    } catch (error) {
      if (!(error instanceof RaetError) || error.code !== "no_key" || !names(own, name)) {
        throw error;
      }
      throw new RaetError(
        "usage",
        `"${name}" is this estate's own key, which stays: expected the key of another one`,
      );
    }
  }
}

function names(key: KeyView, name: string): boolean {
  try {
    return findKey([key], name) === key;
  } catch {
    return false;
  }
}

function view(keys: RoleKeys): KeyView {
  return {
    role: keys.role,
    acceptance: keys.acceptance,
    fingerprint: fingerprint(keys.verifyKey, keys.boxKey),
    estates: [...keys.estates],
  };
}
