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
  /** Poly1305 tag (16 bytes), then the ciphertext. Asserts that the nonce has 24 bytes. */
  seal(plain: Uint8Array, nonce: Uint8Array): Uint8Array;
  /** The plain bytes, or null if they weren't sealed with this key and nonce, whatever their sizes. */
  open(sealed: Uint8Array, nonce: Uint8Array): Uint8Array | null;
}

/** A set of ciphers. */
export interface Crypto {
  /** What it is made of, for `version`. */
  readonly name: string;
  /** A signing key from its 32-byte seed. */
  signer(seed: Uint8Array): Signer;
  /**
   * A checker for an Ed25519 public key. Never throws: a key that no honest signer has (of small order,
   * written past the field prime, no point of the curve, not 32 bytes) makes one that says false always.
   */
  verifier(verifyKey: Uint8Array): Verifier;
  /** The X25519 public key of a 32-byte secret. */
  boxPublicKey(secret: Uint8Array): Uint8Array;
  /**
   * The shared box of our 32-byte secret and their public key. Never throws because of their key: one
   * that makes no secret (of small order, all zeros among them, or not 32 bytes) makes a box that opens
   * nothing, and whose seal gives bytes of the usual size that nobody can open.
   */
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
