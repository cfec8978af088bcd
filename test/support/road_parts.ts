/**
 * A road and a remote by themselves, for tests of the parts that a stack is made of.
 *
 * @module
 */
import { Keep } from "../../src/keep/keep.ts";
import { Remote } from "../../src/road/remote.ts";
import { Road } from "../../src/road/road.ts";
import { fastCrypto } from "./fast_crypto.ts";
import { MemoryStore } from "./memory_store.ts";

/** The road of a main `alpha`. */
export function bareRoad(): Road {
  return new Road({
    local: {
      name: "alpha",
      role: "alpha",
      uid: 1,
      address: { host: "10.0.0.1", port: 7000 },
      main: true,
      kind: 0,
      mutable: false,
      auto: "always",
      signSeed: new Uint8Array(32).fill(1),
      boxSecret: new Uint8Array(32).fill(2),
      fqdn: "localhost",
    },
    keep: new Keep(new MemoryStore(), "alpha"),
    crypto: fastCrypto,
    random: (n) => new Uint8Array(n),
    now: 0,
  });
}

/** A `beta` that is joined and has no session. */
export function bareRemote(road: Road): Remote {
  const { verifyKey } = fastCrypto.signer(new Uint8Array(32).fill(3));
  const boxKey = fastCrypto.boxPublicKey(new Uint8Array(32).fill(4));
  const record = {
    name: "beta",
    nearUid: 2,
    farUid: 3,
    address: { host: "10.0.0.1", port: 7001 },
    internalAddress: null,
    natted: null,
    fqdn: "localhost",
    dynamicIp: null,
    sessionId: 1,
    main: false,
    kind: 0,
    joined: true,
    role: "beta",
  };
  const keys = { verifyKey, boxKey, verifier: fastCrypto.verifier(verifyKey) };
  return new Remote(record, keys, road.identities.newest, false);
}
