/**
 * The cipher calls that RAET needs, behind one small synchronous interface. Every provider gives
 * the same bytes as tweetnacl for the same input (NaCl: Ed25519, X25519 with XSalsa20-Poly1305).
 *
 * @module
 */

/** A long-term signing key, ready for use. */
export interface Signer {
  /** The public key, 32 bytes. */
  readonly verifyKey: Uint8Array;
  /** The detached Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** Somebody's public signing key, ready for use. */
export interface Verifier {
  /** Whether the signature is of this message and key; false for one of the wrong size. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** The shared key of two box keys, ready for use. */
export interface Box {
  /** Poly1305 tag (16 bytes), then the ciphertext. */
  seal(plain: Uint8Array, nonce: Uint8Array): Uint8Array;
  /** The plain bytes, or null if the box was not sealed with this key and nonce. */
  open(sealed: Uint8Array, nonce: Uint8Array): Uint8Array | null;
}

/** A set of ciphers. */
export interface Crypto {
  /** What it is made of, for `version`. */
  readonly name: string;
  /** A signing key from its 32-byte seed. */
  signer(seed: Uint8Array): Signer;
  /** A checker for a 32-byte Ed25519 public key; any 32 bytes make one, though it may accept nothing. */
  verifier(verifyKey: Uint8Array): Verifier;
  /** The X25519 public key of a 32-byte secret. */
  boxPublicKey(secret: Uint8Array): Uint8Array;
  /** The shared box of our secret and their public key, both 32 bytes. */
  box(ourSecret: Uint8Array, theirPublic: Uint8Array): Box;
}

/** Bytes of a key (signing seed, verify key, box secret, box public key). */
export const KEY_BYTES = 32;
/** Bytes of a signature. */
export const SIGNATURE_BYTES = 64;
/** Bytes of a box nonce. */
export const NONCE_BYTES = 24;
/** Bytes that a box adds to what it seals. */
export const BOX_OVERHEAD_BYTES = 16;
