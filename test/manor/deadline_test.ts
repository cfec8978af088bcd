/** How long a message has to live where its road kept it, through two manors. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startPair } from "../sim/pair.ts";
import type { Told } from "../sim/witness.ts";

const JOBS = { estate: "alpha", yard: "", share: "jobs" };

describe("a message that a cut of the road kept for most of its life", () => {
  for (const durable of [true, false]) {
    for (const size of [1, 100_000]) {
      const kind = `${durable ? "durable" : "plain"}, ${size === 1 ? "short" : "long"}`;
      it(`is not handed over once that is over, though it came before (${kind})`, async () => {
        const { world, alpha, beta } = startPair({ shares: new Map([["jobs", 100]]) });
        const told: string[] = [];
        const taken: unknown[] = [];
        let send = (_what: string, _timeoutMs: number) => {};
        world.addYard(beta, "sender", async (_self, yard) => {
          send = (what, timeoutMs) => {
            const body = { what, filling: "x".repeat(size) };
            const { outcome } = yard.send(JOBS, body, { durable, timeoutMs });
            void (outcome as Promise<Told>).then(({ status }) => told.push(`${what} ${status}`));
          };
          await new Promise(() => {});
        });
        assert.ok(await world.run(5000));
        world.network.eavesdropper = () => "is held";
        send("early", 60_000);
        send("late", 300_000);
        assert.ok(await world.run(55_000));
        world.network.eavesdropper = null;
        assert.ok(await world.run(10_000));
        world.addYard(alpha, "worker", async (_self, yard) => {
          for await (const { body } of await yard.listen("jobs")) {
            taken.push((body as { what: string }).what);
          }
        });
        assert.ok(await world.run(60_000));
        assert.deepEqual(taken, ["late"]);
        assert.equal(told.length, 2);
        assert.equal(told.at(-1), "late delivered");
      });
    }
  }
});
