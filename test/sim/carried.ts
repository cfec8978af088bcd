/**
 * Keys that operators carried to each other's hosts before anybody joined, as `raet keys import` writes them
 * into a home whose manor does not run.
 *
 * @module
 */
import { Keep } from "../../src/keep/keep.ts";
import { loadKeys, publicKeys } from "../../src/keep/own_keys.ts";
import type { RemoteRole } from "../../src/keep/records.ts";
import { mergeKey } from "../../src/road/operator.ts";
import { fastCrypto } from "../support/fast_crypto.ts";
import type { SimEstate } from "./estate.ts";

/** Each of two estates trusts the other from its first start on. */
export function carryKeys(pairs: Iterable<[SimEstate, SimEstate]>): void {
  for (const [one, other] of pairs) {
    imports(one, keyOf(other));
    imports(other, keyOf(one));
  }
}

/** The key of an estate, which is started once to have one. */
function keyOf(estate: SimEstate): RemoteRole {
  const keep = keepOf(estate);
  if (!keep.loadLocalRole()) {
    estate.start();
    estate.kill();
  }
  const { name: role } = estate;
  return { role, acceptance: "accepted", ...publicKeys(fastCrypto, loadKeys(keep, fastCrypto)!) };
}

function imports(estate: SimEstate, key: RemoteRole): void {
  const ours = keyOf(estate);
  estate.disk.restart();
  const keep = keepOf(estate);
  const { record } = mergeKey(keep.role(key.role), key, ours);
  if (record) keep.saveRole(record);
  estate.trust(key.role);
}

function keepOf({ disk, name, traits }: SimEstate): Keep {
  return new Keep(disk, name, traits.keepFormat);
}
