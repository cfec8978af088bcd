/**
 * What a hostile box key gets: a box that opens nothing, and seals so that nobody can open it.
 *
 * @module
 */
import nacl from "tweetnacl";
import { assert } from "../base/errors.ts";
import { concatBytes } from "../base/bytes.ts";
import { type Box, KEY_BYTES, NONCE_BYTES } from "./port.ts";

/**
 * The box of our secret with a key that makes no secret (small order, or not 32 bytes).
 *
 * `open` is null for everything. `seal` gives bytes of the usual size under a key that only our secret
 * leads to: the usual shared key of such a pair is known to all, so what is sealed for one would be
 * readable by whoever sees it. The same on every provider.
 */
export function deadBox(ourSecret: Uint8Array, theirPublic: Uint8Array): Box {
  let key: Uint8Array | null = null;
  return {
    seal(plain, nonce) {
      assert(nonce.length === NONCE_BYTES, "a nonce has 24 bytes");
      key ??= nacl.hash(concatBytes(ourSecret, theirPublic)).slice(0, KEY_BYTES);
      return nacl.secretbox(plain, nonce, key);
    },
    open: () => null,
  };
}
