/** Messages of another estate that wait for room in a small share. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { startPair } from "../sim/pair.ts";

it("what waits for a small share comes as fast as its claimant takes it, and none fails for want of room", async () => {
  const { world, alpha, beta } = startPair({ shares: new Map([["jobs", 5]]) });
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
