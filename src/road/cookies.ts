/**
 * Cookies for the hellos of peers of ours, made so that nothing has to be kept of a hello: the oreo is a
 * keyed hash over the hello and where it is from, and s' follows from it, so both can be made once more
 * when the initiate brings the oreo back (protocol.md 3; to the client an oreo is opaque).
 *
 * The secret is replaced each minute and forgotten after two, and with it every s'. A cookie is void as
 * soon as a session was agreed on, so no initiate is good twice.
 *
 * @module
 */
import { formatAddress } from "../base/address.ts";
import { equalBytes, utf8 } from "../base/bytes.ts";
import { COOKIE_SECRET_MS } from "../base/limits.ts";
import type { Random } from "../base/random.ts";
import { hmacSha256 } from "../crypto/digest.ts";
import { KEY_BYTES, NONCE_BYTES } from "../crypto/port.ts";
import { OUR_OREO_BYTES, packOurOreo } from "../wire/handshake.ts";
import type { Remote } from "./remote.ts";
import { Timer, type Timers } from "./timers.ts";

/** What the server's half of a handshake follows from. */
export interface ServerKeys {
  /** c' */
  readonly clientPublic: Uint8Array;
  readonly oreo: Uint8Array;
  /** The secret of s'. */
  readonly shortSecret: Uint8Array;
}

/** The ids of a handshake. */
export interface HandshakeIds {
  readonly sessionId: number;
  readonly transactionId: number;
}

/** What cookies need of the road. */
export interface CookieGround {
  readonly now: number;
  readonly random: Random;
  readonly timers: Timers;
}

/** Makes cookies, and knows its own. */
export class Cookies {
  /** How many secrets have been replaced. */
  turns = 0;
  #current: Uint8Array | null = null;
  #previous: Uint8Array | null = null;
  readonly #timer = new Timer(() => this.#turn());

  constructor(private readonly road: CookieGround) {}

  /**
   * The keys for a hello, and the nonce to seal its cookie with: the same for the same hello. Two cookies
   * of different keys, both good, would leave the client with those of one and us with those of the other.
   *
   * @param turn what `turns` was when the hello came first
   */
  make(
    remote: Remote,
    ids: HandshakeIds,
    clientPublic: Uint8Array,
    turn: number,
  ): ServerKeys & { readonly nonce: Uint8Array } {
    const secret = turn < this.turns && this.#previous || this.#secret();
    const oreo = oreoOf(secret, remote, ids, clientPublic);
    const keys = { clientPublic, oreo, shortSecret: derive(secret, "short", oreo, KEY_BYTES) };
    return { ...keys, nonce: derive(secret, "nonce", oreo, NONCE_BYTES) };
  }

  /** The keys that a cookie of ours was made with; null if it is none, or too old. */
  find(
    remote: Remote,
    ids: HandshakeIds,
    clientPublic: Uint8Array,
    oreo: Uint8Array,
  ): ServerKeys | null {
    for (const secret of [this.#current, this.#previous]) {
      if (!secret || !equalBytes(oreoOf(secret, remote, ids, clientPublic), oreo)) continue;
      return { clientPublic, oreo, shortSecret: derive(secret, "short", oreo, KEY_BYTES) };
    }
    return null;
  }

  /** The secret of this minute: drawn with the first hello in it. */
  #secret(): Uint8Array {
    if (this.#current) return this.#current;
    this.#current = this.road.random(KEY_BYTES);
    this.#arm();
    return this.#current;
  }

  /** A minute is over. Without hellos there is no secret and no timer any more after two. */
  #turn(): void {
    this.turns++;
    this.#previous?.fill(0);
    this.#previous = this.#current;
    this.#current = null;
    if (this.#previous) this.#arm();
  }

  #arm(): void {
    this.road.timers.set(this.#timer, this.road.now + COOKIE_SECRET_MS);
  }
}

function oreoOf(
  secret: Uint8Array,
  remote: Remote,
  { sessionId, transactionId }: HandshakeIds,
  clientPublic: Uint8Array,
): Uint8Array {
  const { nearUid, farUid, address, sessionId: ours } = remote;
  const facts = [nearUid, farUid, sessionId, transactionId, ours, formatAddress(address)];
  const hash = hmacSha256(secret, utf8(`oreo ${JSON.stringify(facts)}`), clientPublic);
  return packOurOreo(hash.subarray(0, OUR_OREO_BYTES));
}

function derive(secret: Uint8Array, what: string, oreo: Uint8Array, bytes: number): Uint8Array {
  return hmacSha256(secret, utf8(what), oreo).subarray(0, bytes);
}
