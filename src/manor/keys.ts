/**
 * The keys that a manor knows, as its operator sees and judges them.
 *
 * @module
 */
import { RaetError } from "../base/errors.ts";
import type { Crypto } from "../crypto/port.ts";
import { fingerprint } from "../crypto/fingerprint.ts";
import type { LocalEstate } from "../road/options.ts";
import type { KeyView as RoleKeys } from "../road/operator.ts";
import type { RoadStack } from "../road/stack.ts";
import type { KeyView } from "../route/control.ts";

/** Fewest digits of a fingerprint that name a key. */
const FINGERPRINT_PREFIX_MIN = 8;

/** The keys of one estate: its own, and those of the roles it knows. */
export class KeyRing {
  readonly #own: KeyView;
  readonly #road: RoadStack;

  constructor(local: LocalEstate, road: RoadStack, crypto: Crypto) {
    this.#road = road;
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
   * The key of a role, an estate or a fingerprint.
   *
   * @param name the role's or estate's name, or at least 8 digits of a fingerprint
   * @throws {RaetError} no_key if there is none; usage if it could be several
   */
  find(name: string): KeyView {
    const others = this.rows().slice(1);
    const digits = name.replaceAll(/[:\s]/g, "").toLowerCase();
    const ways = [
      (key: KeyView) => key.role === name,
      (key: KeyView) => key.estates.includes(name),
      (key: KeyView) =>
        digits.length >= FINGERPRINT_PREFIX_MIN && key.fingerprint.startsWith(digits),
    ];
    for (const matches of ways) {
      const found = others.filter(matches);
      if (found.length === 1) return found[0];
      if (found.length > 1) {
        const roles = found.map((key) => key.role).join(", ");
        throw new RaetError(
          "usage",
          `"${name}" could be the key of ${roles}: expected more digits`,
        );
      }
    }
    const known = others.map((key) => key.role).join(", ") || "none";
    throw new RaetError("no_key", `no key "${name}" is on record: expected one of ${known}`);
  }

  /** Accepts a key, at once. @throws {RaetError} as `find` */
  accept(name: string, now: number): KeyView {
    const { role } = this.find(name);
    this.#road.advance(now);
    this.#road.keys.accept(role);
    return this.find(role);
  }

  /** Rejects a key: sessions of its estates end. @throws {RaetError} as `find` */
  reject(name: string, now: number): KeyView {
    const { role } = this.find(name);
    this.#road.advance(now);
    this.#road.keys.reject(role);
    return this.find(role);
  }

  /** Forgets a key and its estates, which may then join anew. @throws {RaetError} as `find` */
  delete(name: string, now: number): KeyView {
    const key = this.find(name);
    this.#road.advance(now);
    this.#road.keys.remove(key.role);
    return key;
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
