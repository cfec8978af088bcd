/**
 * Picks the fastest ciphers that this runtime has. Everything is imported late, so that a verb which
 * needs no ciphers doesn't pay for them.
 *
 * @module
 */
import type { Crypto } from "./port.ts";
import { boxingWorks, signingWorks } from "./self_check.ts";
import { tweetnaclCrypto } from "./tweetnacl.ts";

/** The half of the ciphers that signs. */
export type Signing = Pick<Crypto, "name" | "signer" | "verifier">;
/** The half of the ciphers that seals. */
export type Boxing = Pick<Crypto, "name" | "boxPublicKey" | "box">;

let loading: Promise<Crypto> | null = null;

/**
 * The ciphers of this process: Ed25519 by node:crypto, boxes by libsodium's WASM, and each by tweetnacl
 * where the better one is missing or fails its self-check. Never rejects. `name` tells what was taken.
 */
export function loadCrypto(): Promise<Crypto> {
  loading ??= composeCrypto(
    async () => (await import("./node_signing.ts")).nodeSigning,
    async () => (await import("./sodium_boxing.ts")).loadSodiumBoxing(),
  );
  return loading;
}

/** Puts the two halves together; one that can't be loaded or gives wrong answers is tweetnacl's. */
export async function composeCrypto(
  loadSigning: () => Promise<Signing>,
  loadBoxing: () => Promise<Boxing>,
): Promise<Crypto> {
  const [signing, boxing] = await Promise.all([
    loadOr<Signing>(loadSigning, signingWorks),
    loadOr<Boxing>(loadBoxing, boxingWorks),
  ]);
  return {
    name: `signatures by ${signing.name}, boxes by ${boxing.name}`,
    signer: (seed) => signing.signer(seed),
    verifier: (verifyKey) => signing.verifier(verifyKey),
    boxPublicKey: (secret) => boxing.boxPublicKey(secret),
    box: (ourSecret, theirPublic) => boxing.box(ourSecret, theirPublic),
  };
}

async function loadOr<Half>(
  load: () => Promise<Half>,
  works: (half: Half) => boolean,
): Promise<Half | Crypto> {
  try {
    const half = await load();
    return works(half) ? half : tweetnaclCrypto;
  } catch {
    return tweetnaclCrypto;
  }
}
