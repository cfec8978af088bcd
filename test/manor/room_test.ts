/** Messages of another estate that wait for room in a small share. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { EstateTraits } from "../sim/estate.ts";
import { World } from "../sim/world.ts";

const ADDRESS = { host: "10.0.0.1", port: 7530 };
const TRAITS: EstateTraits = {
  name: "alpha",
  main: true,
  auto: "always",
  join: [],
  alivePeriodMs: 5000,
  keepFormat: "json",
  shares: new Map([["jobs", 5]]),
  durableMessages: 0,
};

it("what waits for a small share comes as fast as its claimant takes it, and none fails for want of room", async () => {
  const world = new World(1);
  const alpha = world.addEstate(TRAITS, ADDRESS);
  const traits = { ...TRAITS, name: "beta", main: false, join: [ADDRESS], shares: new Map() };
  const beta = world.addEstate(traits, { host: "10.0.0.2", port: 7530 });
  for (const estate of world.estates) estate.start();
  const count = 400;
  const told: string[] = [];
  world.addYard(beta, "sender", async (self, yard) => {
    await self.pause(3000);
    for (let n = 0; n < count; n++) {
      const to = { estate: "alpha", yard: "", share: "jobs" };
      const { outcome } = yard.send(to, { n }, { timeoutMs: 60_000 });
      void outcome.then((outcome) => told.push("code" in outcome ? outcome.code : outcome.status));
    }
  });
  // More wait than the share and its claimant can have: they are let in bit by bit.
  await world.run(4000);
  assert.deepEqual([told, alpha.facts()!.shares.map(({ held }) => held)], [[], [0, 5]]);
  world.addYard(alpha, "worker", async (self, yard) => {
    for await (const _message of await yard.listen("jobs")) await self.pause(5);
  });
  await world.run(6000);
  assert.deepEqual(told, Array(count).fill("delivered"));
});
