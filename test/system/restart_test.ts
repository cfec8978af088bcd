import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Outcome } from "../../src/route/outcome.ts";
import { type Json, jsonLines, type Manor, Programs, WAIT_MS_MAX } from "../support/programs.ts";

/** What the issue allows between the restart of a manor and the end of its allow. */
const REJOIN_MS_MAX = 10_000;

describe("a manor that is killed and started again", () => {
  let programs: Programs;
  let manors: { alpha: Manor; beta: Manor };
  before(async () => {
    programs = new Programs();
    manors = await programs.pair();
  });
  after(() => programs[Symbol.asyncDispose]());

  for (const [killed, other] of [["beta", "alpha"], ["alpha", "beta"]] as const) {
    it(`is joined and allowed again within 10 s (${killed})`, async () => {
      await manors[killed].end("SIGKILL");
      const before = manors[other].events.length;
      // Neither has to be told anything again: it is all in the home.
      manors[killed] = await programs.up(killed);
      const readyAt = performance.now();
      await manors[killed].event("allowed", other);
      const there = manors[other];
      await there.program.waitFor(
        `allowed ${killed}`,
        WAIT_MS_MAX,
        () =>
          there.events.slice(before).find(({ event, estate }) =>
            event === "allowed" && estate === killed
          ),
      );
      const ms = performance.now() - readyAt;
      assert.ok(ms < REJOIN_MS_MAX, `it took ${ms} ms`);
      const listener = await programs.listen(killed, "jobs", "--count", "1");
      assert.equal((await programs.run(other, ["send", `${killed}//jobs`, "1"])).exit, 0);
      assert.equal(await listener.exited, 0);
    });
  }

  it("leaves each message sent meanwhile with one outcome, and none handed over twice", async () => {
    const listener = await programs.listen("beta", "steady");
    const sender = await programs.attach("alpha");
    const outcomes: Promise<Outcome>[] = [];
    let sending = true;
    const flow = (async () => {
      for (let n = 0; sending; n++) {
        outcomes.push(sender.send("beta//steady", { n }, { timeoutMs: 20_000 }).outcome);
        await sleep(5);
      }
    })();
    const delivered = () => listener.lines.length;
    await listener.waitFor("the first messages", WAIT_MS_MAX, () => delivered() > 20 || undefined);
    await manors.beta.end("SIGKILL");
    await sleep(300);
    manors.beta = await programs.up("beta");
    const before = delivered();
    await listener.waitFor(
      "messages after the restart",
      WAIT_MS_MAX,
      () => delivered() > before + 20 || undefined,
    );
    sending = false;
    await flow;
    const ends = await Promise.all(outcomes);
    const seen = () => new Set(listener.lines.map((line) => (JSON.parse(line) as Json).id));
    // What was taken is told to its sender before it is printed: the last lines are on their way.
    await listener.waitFor("what was delivered", WAIT_MS_MAX, () => {
      const ids = seen();
      return ends.every((end) => end.status !== "delivered" || ids.has(end.id)) || undefined;
    });
    const got = listener.lines.map((line) => (JSON.parse(line) as Json).id);
    assert.equal(new Set(got).size, got.length, "a message was handed over twice");
    const handed = seen();
    for (const end of ends) {
      if (end.status === "failed") assert.ok(!handed.has(end.id), `${end.code}, but it was seen`);
    }
    const statuses = new Set(ends.map(({ status }) => status));
    assert.ok(statuses.has("delivered"), [...statuses].join());
  });

  it("is found again by a process that listens on its lane", async () => {
    const listener = await programs.listen("beta", "faithful", "--yard", "faithful");
    await manors.beta.end("SIGKILL");
    manors.beta = await programs.up("beta");
    await listener.waitFor(
      "the manor is back",
      WAIT_MS_MAX,
      () => listener.errorLines.find((line) => line === "the manor is back"),
    );
    await manors.beta.event("allowed", "alpha");
    assert.equal((await programs.run("alpha", ["send", "beta//faithful", "1"])).exit, 0);
    await jsonLines(listener, 1);
  });
});
