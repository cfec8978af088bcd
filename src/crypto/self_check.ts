/**
 * A quick trial of a provider before it is trusted with a road: known answers, and known lies.
 *
 * @module
 */
import { equalBytes, fromHex, utf8 } from "../base/bytes.ts";
import type { Crypto } from "./port.ts";

/**
 * Whether signatures come out as RFC 8032 has them and false ones are seen. False also if the provider
 * throws.
 */
export function signingWorks(signing: Pick<Crypto, "signer" | "verifier">): boolean {
  return quietly(() => {
    const signer = signing.signer(SEED);
    const signature = signer.sign(MESSAGE);
    const verifier = signing.verifier(signer.verifyKey);
    const forged = signature.slice();
    forged[0] ^= 1;
    return equalBytes(signer.verifyKey, VERIFY_KEY) && equalBytes(signature, SIGNATURE) &&
      verifier.verify(MESSAGE, signature) && !verifier.verify(MESSAGE, forged) &&
      !verifier.verify(utf8("another"), signature) &&
      !signing.verifier(new Uint8Array(32)).verify(MESSAGE, new Uint8Array(64));
  });
}

/** The same for boxes; the known answer is one that NaCl gives. */
export function boxingWorks(boxing: Pick<Crypto, "boxPublicKey" | "box">): boolean {
  return quietly(() => {
    const box = boxing.box(SEED, boxing.boxPublicKey(VERIFY_KEY));
    const back = boxing.box(VERIFY_KEY, boxing.boxPublicKey(SEED));
    const sealed = box.seal(MESSAGE, NONCE);
    const opened = back.open(sealed, NONCE);
    const forged = sealed.slice();
    forged[0] ^= 1;
    const hostile = boxing.box(SEED, new Uint8Array(32));
    return equalBytes(sealed, SEALED) && opened !== null && equalBytes(opened, MESSAGE) &&
      back.open(forged, NONCE) === null && back.open(sealed.subarray(0, 15), NONCE) === null &&
      hostile.open(hostile.seal(MESSAGE, NONCE), NONCE) === null;
  });
}

function quietly(trial: () => boolean): boolean {
  try {
    return trial();
  } catch {
    return false;
  }
}

// RFC 8032, 7.1, test 3; the seed and the verify key also stand in as box secrets.
const SEED = fromHex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")!;
const VERIFY_KEY = fromHex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")!;
const MESSAGE = fromHex("af82")!;
const SIGNATURE = fromHex(
  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac" +
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
)!;
const NONCE = new Uint8Array(24).fill(9);
const SEALED = fromHex("3dfbc4ef7080e2e7b60c4d1d37ad33b1423f")!;
