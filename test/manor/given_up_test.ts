/** Whom a main has given up, and a message that begins to wait for it, through a whole manor. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { startPair } from "../sim/pair.ts";

const MINUTE_MS = 60_000;
const JOBS = { estate: "beta", yard: "", share: "jobs" };

// With a session the road has the message, and without one the router.
for (const isRestarted of [false, true]) {
  for (const durable of [false, true]) {
    const kind = durable ? "a durable" : "a plain";
    const session = isRestarted ? "without a session" : "with a session";
    it(`an estate that its main gave up is asked for as long as ${kind} message waits for it, ${session}`, async () => {
      const { world, alpha, beta } = startPair();
      assert.ok(await world.run(5000));
      let asked = 0;
      world.network.onSend = ({ to }) => void (to.host === beta.outside.host && asked++);
      const askedFor = async (minutes: number) => {
        asked = 0;
        assert.ok(await world.run(minutes * MINUTE_MS));
        return asked;
      };
      beta.kill();
      if (isRestarted) {
        alpha.kill();
        alpha.start();
      }
      assert.ok(await askedFor(62) > 0, "at first");
      assert.equal(await askedFor(5), 0, "it is given up");
      world.addYard(alpha, "sender", async (_self, yard) => {
        yard.send(JOBS, { n: 1 }, { durable, timeoutMs: 130 * MINUTE_MS });
        await new Promise(() => {});
      });
      assert.ok(await askedFor(120) > 0);
      assert.ok(await askedFor(5) > 0, "also after another hour");
      assert.ok(await askedFor(10) > 0, "until the message expires");
      assert.equal(await askedFor(5), 0, "and no longer");
    });
  }
}
