import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { RaetError } from "../../src/base/errors.ts";
import { HandClock } from "../support/hand_clock.ts";
import { LinkRig } from "../support/link_rig.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("the listeners of a yard", () => {
  it("take nothing of a share again before its manor has said that it let it go", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const first = await yard.listen("jobs");
    first.close();
    const listening = yard.listen("jobs");
    // Sent before the manor read the release: it is about to give this message to somebody.
    const stale = rig.deliver("jobs", "stale");
    const again = await listening;
    await turn();
    const refused = rig.receiptOf(stale);
    assert.equal(refused?.status === "failed" && refused.code, "no_share");
    rig.deliver("jobs", "given again");
    assert.equal((await again.next()).value.body, "given again");
    assert.deepEqual(rig.verbs, ["attach", "claim", "release", "claim"]);
  });

  it("take nothing of a share again from a manor that did not answer whether it let it go", async () => {
    const rig = new LinkRig();
    const clock = new HandClock();
    await using yard = await rig.attach(clock);
    const first = await yard.listen("jobs");
    // The manor is stopped: what this process says lies in its socket.
    rig.unanswered.add("release").add("renew");
    first.close();
    const listening = yard.listen("jobs").catch((error: RaetError) => error.code);
    await clock.pass(10_000);
    assert.equal(await listening, "no_manor");
    // It goes on, and gives this message before it reads the release, and then again.
    rig.unanswered.clear();
    const stale = rig.deliver("jobs", "stale");
    const again = await yard.listen("jobs");
    await turn();
    const refused = rig.receiptOf(stale);
    assert.equal(refused?.status === "failed" && refused.code, "no_share");
    rig.deliver("jobs", "given again");
    assert.equal((await again.next()).value.body, "given again");
  });

  it("say again that they let a share go until the manor has answered", async () => {
    const rig = new LinkRig();
    const clock = new HandClock();
    await using yard = await rig.attach(clock);
    const first = await yard.listen("jobs");
    rig.refusal = "queue_full";
    first.close();
    await turn();
    rig.refusal = null;
    await clock.pass(2_000);
    assert.deepEqual(rig.verbs, ["attach", "claim", "renew", "release"]);
  });

  it("are one for a share, though two are asked for while it is let go", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    (await yard.listen("jobs")).close();
    const both = await Promise.allSettled([yard.listen("jobs"), yard.listen("jobs")]);
    assert.deepEqual(both.map(({ status }) => status), ["fulfilled", "rejected"]);
  });

  it("say of what was sent to the yard itself that nobody took it, when they end", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    const own = rig.deliver("jobs", 1, {
      destination: { estate: "alpha", yard: "me", share: "jobs" },
    });
    const shared = rig.deliver("jobs", 2);
    jobs.close();
    await turn();
    const refused = rig.receiptOf(own);
    assert.equal(refused?.status === "failed" && refused.code, "no_share");
    assert.equal(rig.receiptOf(shared), undefined, "the release gives it to the next claimant");
  });

  it("end at once where their signal was aborted before", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs", { signal: AbortSignal.abort() });
    assert.equal((await jobs.next()).done, true);
    assert.deepEqual(rig.verbs, ["attach"]);
  });
});

describe("a yard", () => {
  it("refuses at once what its manor would throw away", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const fails = (send: () => unknown, code: string) =>
      assert.throws(send, (error) => error instanceof RaetError && error.code === code);
    fails(() => yard.send("//jobs", 1, { timeoutMs: NaN }), "usage");
    fails(() => yard.send("//jobs", 1, { type: "t".repeat(256) }), "usage");
    fails(() => yard.send({ estate: "a b", yard: "", share: "jobs" }, 1), "bad_route");
    fails(() => yard.send({ estate: "beta/x", yard: "", share: "jobs" }, 1), "bad_route");
  });

  it("outlives a program that throws when it is told of its manor", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const states: string[] = [];
    yard.onManor(() => {
      throw new Error("a program's own fault");
    });
    const back = new Promise<void>((resolve) =>
      yard.onManor((state) => (states.push(state), state === "back" && resolve()))
    );
    rig.refusal = "no_yard";
    await yard.send("//jobs", 1).outcome;
    rig.refusal = null;
    await back;
    assert.deepEqual(states, ["gone", "back"]);
  });

  it("believes its manor only of what happens there", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const watching = await yard.watch(["presence"]);
    const source = { estate: "alpha", yard: "x", share: "" };
    const forged = rig.deliver(".events", { topic: "presence", event: "lost" }, { source });
    rig.deliver(".events", { topic: "presence", event: "alive" }, {
      source: { estate: "alpha", yard: "", share: "" },
      wants: false,
    });
    assert.equal((await watching.next()).value.event, "alive");
    await turn();
    const refused = rig.receiptOf(forged);
    assert.equal(refused?.status === "failed" && refused.code, "no_share");
  });
});
