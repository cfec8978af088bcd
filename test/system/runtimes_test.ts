import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { jsonLines, Programs } from "../support/programs.ts";
import { hasOtherRuntime, OTHER_RUNTIME, OWN_RUNTIME } from "../support/runtime.ts";

const skip = hasOtherRuntime ? false : `there is no ${OTHER_RUNTIME}`;
const LONG = "0123456789".repeat(30_000);

describe("programs on Deno and on Bun", { skip }, () => {
  const both = [[OWN_RUNTIME, OTHER_RUNTIME], [OTHER_RUNTIME, OWN_RUNTIME]] as const;
  for (const [one, other] of both) {
    it(`share a lane: a manor on ${one}, processes on ${other}`, async () => {
      await using programs = new Programs();
      programs.runtime = one;
      await programs.up("alpha", "--main");
      programs.runtime = other;
      assert.deepEqual(await programs.fail("alpha", ["up"]), ["home_in_use", 8]);
      const listener = await programs.listen("alpha", "jobs", "--count", "2");
      for (const body of ["1", JSON.stringify(LONG)]) {
        const sent = await programs.run("alpha", ["send", "//jobs", "-"], body);
        assert.equal(sent.exit, 0, sent.err.join());
      }
      assert.equal(await listener.exited, 0);
      const bodies = (await jsonLines(listener, 2)).map(({ body }) => body);
      assert.deepEqual(bodies, [1, LONG]);
    });
  }

  const programs = new Programs();
  after(() => programs[Symbol.asyncDispose]());

  it("share a road: they join, allow and send both ways", async () => {
    const alpha = await programs.up("alpha", "--main");
    programs.runtime = OTHER_RUNTIME;
    const beta = await programs.up("beta", "--join", alpha.address);
    await alpha.event("pending", "beta");
    assert.equal((await programs.run("alpha", ["keys", "accept", "beta"])).exit, 0);
    await Promise.all([alpha.event("allowed", "beta"), beta.event("allowed", "alpha")]);
    for (const [from, to] of [["alpha", "beta"], ["beta", "alpha"]]) {
      const listener = await programs.listen(to, "jobs", "--count", "1");
      const sent = await programs.run(from, ["send", `${to}//jobs`, "-"], JSON.stringify(LONG));
      assert.equal(sent.exit, 0, sent.err.join());
      assert.equal(await listener.exited, 0);
      assert.equal((await jsonLines(listener, 1))[0].body, LONG);
    }
  });
});
