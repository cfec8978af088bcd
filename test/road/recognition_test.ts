import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "../../src/base/bytes.ts";
import { PacketKind } from "../../src/wire/kinds.ts";
import { forgeJoin, nearUidOf } from "../support/forge.ts";
import { areReady, joined } from "../support/road_pair.ts";
import type { SimEstate } from "../support/sim_road.ts";

/** A join as an estate would ask for it: all that it says can be read off the wire. */
function repeatJoin(from: SimEstate, to: SimEstate, transactionId: number, more = {}) {
  const { world, name } = from;
  const { verifyKey, boxKey } = to.up.keys.list().find(({ role }) => role === name)!;
  const keys = { verhex: toHex(verifyKey), pubhex: toHex(boxKey) };
  const said = { name, mode: 0, kind: 0, role: name, ...keys, ...more };
  const ids = { sourceId: nearUidOf(from, to.name), transactionId };
  world.inject(forgeJoin(PacketKind.request, ids, said), from.address, to.address);
  world.inject(forgeJoin(PacketKind.ack, ids), from.address, to.address);
}

describe("an estate that can't follow new keys", () => {
  it("goes on with the old ones, though somebody joins in its name as one of ours would", () => {
    const classic = { features: null, auto: "once" } as const;
    const [world, alpha, beta] = joined({ auto: "once", mutable: true }, classic);
    alpha.renewKeys();
    world.run(3000);
    repeatJoin(beta, alpha, 500, { raet: { v: 1 } });
    world.run(30_000);
    assert.deepEqual(alpha.up.unawareOfKeys(), ["beta"]);
    assert.ok(areReady(alpha, beta));
    assert.equal(beta.states("alpha").includes("lost"), false);
  });
});
