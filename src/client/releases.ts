/**
 * Claims that a process gave up, until its manor has said that it knows. A call that ended without an
 * answer says nothing: the manor may read it yet, however late, and then gives what this process had
 * unacknowledged to somebody else. So it is told again until it has answered.
 *
 * @module
 */
import type { Claim } from "../route/control.ts";
import { hasAnswered } from "./read_mark.ts";

interface Pending {
  readonly claim: Claim;
  /** resolves once the manor has answered; rejects with no_manor if it did not */
  readonly heard: Promise<void>;
  failed: boolean;
}

/** Claims that were given up and that the manor may not have heard of. */
export class Releases {
  readonly #tell: (claim: Claim) => Promise<unknown>;
  readonly #pending = new Map<string, Pending>();

  /** @param tell says it to the manor; rejects with no_manor if that has not answered */
  constructor(tell: (claim: Claim) => Promise<unknown>) {
    this.#tell = tell;
  }

  /** A claim is given up. @param key what nothing is taken under before the manor knows */
  add(key: string, claim: Claim): void {
    this.#begin(key, claim).catch(() => {}); // whoever waits for it is told
  }

  /** Resolves once the manor knows of it. @throws {RaetError} no_manor if it does not answer now */
  async wait(key: string): Promise<void> {
    for (let one = this.#pending.get(key); one; one = this.#pending.get(key)) {
      await (one.failed ? this.#begin(key, one.claim) : one.heard);
    }
  }

  /** The manor answers, so it can be told of what it may not have heard. */
  again(): void {
    for (const [key, { claim, failed }] of this.#pending) if (failed) this.add(key, claim);
  }

  #begin(key: string, claim: Claim): Promise<void> {
    const known = () => {
      // Of one that was given up in two steps the second may be under way.
      if (this.#pending.get(key) === pending) this.#pending.delete(key);
    };
    const ended = (error: unknown) => {
      if (hasAnswered(error)) return known();
      pending.failed = true;
      throw error;
    };
    const heard = this.#tell(claim).then(known, ended);
    const pending: Pending = { claim, heard, failed: false };
    this.#pending.set(key, pending);
    return heard;
  }
}
