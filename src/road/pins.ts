/**
 * Fingerprints that our operator told us together with an address to join: whoever answers there with
 * another key is a stranger, whatever the mode, and the one key that is named needs no other word.
 *
 * @module
 */
import { type Address, formatAddress } from "../base/address.ts";
import { groupFingerprint } from "../crypto/fingerprint.ts";
import { type Chain, leadsFrom, printOf, type PublicKeys } from "../keep/succession.ts";
import { addressKey } from "./road.ts";

/** All pins, by address. */
export class Pins {
  readonly #pins = new Map<string, string>();

  /**
   * Names the key that has to be at an address.
   *
   * @param pin 64 lower-case hex digits; undefined if it may be any
   * @returns whether that is news
   */
  set(address: Address, pin: string | undefined): boolean {
    const key = addressKey(address);
    if (this.#pins.get(key) === pin) return false;
    if (pin === undefined) this.#pins.delete(key);
    else this.#pins.set(key, pin);
    return true;
  }

  /** The key that has to be at an address; undefined if it may be any. */
  at(address: Address): string | undefined {
    return this.#pins.get(addressKey(address));
  }

  /**
   * Whether keys at an address are those that were named for it, or such that those led to by signatures;
   * null if none were named.
   */
  agrees(address: Address, keys: PublicKeys, chain: Chain | null): boolean | null {
    const pin = this.#pins.get(addressKey(address));
    if (pin === undefined) return null;
    return printOf(keys) === pin || leadsFrom(chain, pin, keys);
  }

  /** Whether keys are those to which others, that were named for an address, led by signatures. */
  leads(address: Address, keys: PublicKeys, chain: Chain | null): boolean {
    const pin = this.at(address);
    return pin !== undefined && leadsFrom(chain, pin, keys);
  }

  /** What is wrong with keys that don't agree, one clause with both fingerprints. */
  fault(address: Address, keys: PublicKeys): string {
    const shown = groupFingerprint(printOf(keys));
    const pin = groupFingerprint(this.#pins.get(addressKey(address)) ?? "");
    return `the fingerprint of the key at ${formatAddress(address)} is ${shown}, expected ${pin}`;
  }
}
