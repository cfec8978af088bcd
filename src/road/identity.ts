/**
 * Our own long-term keys, ready for use: those in use, and older ones for remotes that have not heard of
 * the new ones.
 *
 * @module
 */
import type { Crypto, Signer } from "../crypto/port.ts";
import { printOf, type Succession } from "../keep/succession.ts";

/** One pair of keys. */
export interface Identity {
  readonly signer: Signer;
  readonly verifyKey: Uint8Array;
  /** X25519 public key. */
  readonly boxKey: Uint8Array;
  /** X25519 secret. */
  readonly boxSecret: Uint8Array;
  readonly fingerprint: string;
}

/** What tells which keys of ours a remote is shown. */
interface Shown {
  readonly identity: Identity;
  /** whether it is one of ours */
  readonly hinted: boolean;
  readonly rejectedKeys: Identity | null;
}

/** Makes keys ready. */
export function makeIdentity(
  crypto: Crypto,
  { signSeed, boxSecret }: { readonly signSeed: Uint8Array; readonly boxSecret: Uint8Array },
): Identity {
  const signer = crypto.signer(signSeed);
  const [verifyKey, boxKey] = [signer.verifyKey, crypto.boxPublicKey(boxSecret)];
  return { signer, verifyKey, boxKey, boxSecret, fingerprint: printOf({ verifyKey, boxKey }) };
}

/** All of them. */
export class Identities {
  /** Newest first; never empty. */
  readonly #held: Identity[];
  /** Oldest first. */
  #steps: readonly Succession[];

  constructor(held: readonly Identity[], steps: readonly Succession[]) {
    this.#held = [...held];
    this.#steps = steps;
  }

  /** The one in use. */
  get newest(): Identity {
    return this.#held[0];
  }

  /** All that are held, newest first. */
  get all(): readonly Identity[] {
    return this.#held;
  }

  /** All, beginning with the one that a remote most likely has on record. */
  from(likely: Identity): Iterable<Identity> {
    return new Set([likely, ...this.#held]);
  }

  /**
   * Those to show in a join: the ones that a remote has on record, as far as we know, and the others in turn
   * where one of ours rejects those. It may have taken up new ones, and our disk was full as we heard of it.
   */
  toShow({ identity, hinted, rejectedKeys }: Shown): Identity {
    if (!hinted || rejectedKeys === null) return identity;
    const all = [...this.from(identity)];
    return all[(all.indexOf(rejectedKeys) + 1) % all.length];
  }

  /** The one that a remote has on record, by what we noted of it; the one in use if that is gone. */
  knownBy(fingerprint: string): Identity {
    const first = this.#steps[0];
    const print = fingerprint || (first ? printOf(first.from) : "");
    return this.held(print) ?? this.newest;
  }

  /** The one with a fingerprint, if it is held still. */
  held(fingerprint: string): Identity | null {
    return this.#held.find((one) => one.fingerprint === fingerprint) ?? null;
  }

  /**
   * Those to show to who names no number of ours: it may have lost what it knew of our keys, and its operator
   * may have named the newest. By the step to them one of ours takes those in any case, if it missed no more.
   *
   * @param known those that it had on record
   */
  forWhoForgot(known: Identity, isOneOfOurs: boolean): Identity {
    const step = this.stepFrom(known);
    const isNext = step !== null && printOf(step.to) === this.newest.fingerprint;
    return isOneOfOurs && isNext ? this.newest : known;
  }

  /** The step from one to the next; null for the newest. */
  stepFrom({ fingerprint }: Identity): Succession | null {
    return this.#steps.find(({ from }) => printOf(from) === fingerprint) ?? null;
  }

  /** The step that led to the one in use; null if there never was another. */
  get lastStep(): Succession | null {
    return this.#steps.at(-1) ?? null;
  }

  /** New keys come into use. */
  add(identity: Identity, step: Succession): void {
    this.#held.unshift(identity);
    this.#steps = [...this.#steps, step];
  }

  /** Old ones are not of use any more. @returns whether that was so of any */
  keep(count: number): boolean {
    return this.#held.splice(count).length > 0;
  }
}
