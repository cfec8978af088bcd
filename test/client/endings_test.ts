/** What ends in a process ends once, and truly, whatever else goes on at that moment. */
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import process from "node:process";
import type { Value } from "../../src/base/value.ts";
import type { Message } from "../../src/client/message.ts";
import { HandClock } from "../support/hand_clock.ts";
import { LinkRig } from "../support/link_rig.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const DURABLE = { durable: true } as const;
const OWN = { destination: { estate: "alpha", yard: "me", share: "jobs" } };

describe("a delivery", () => {
  it("is not given up by the signal of another one that was refused for its id", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const id = "ab".repeat(16);
    const first = yard.send("//jobs", 1, { ...DURABLE, id });
    const aborted = { ...DURABLE, id, signal: AbortSignal.abort() };
    const second = await yard.send("//jobs", 1, aborted).outcome;
    assert.equal("code" in second && second.code, "denied");
    const late = new AbortController();
    yard.send("//jobs", 1, { ...DURABLE, id, signal: late.signal });
    late.abort();
    rig.tell({ status: "delivered" }, id);
    assert.equal((await first.outcome).status, "delivered");
  });

  it("ends though a program throws when it is told of it, and so do others", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => void warnings.push(message);
    process.on("warning", onWarning);
    const [one, other] = [1, 2].map((n) => yard.send("//jobs", n, DURABLE));
    one.onNews(() => {
      throw new Error("a program's own fault with news");
    });
    await turn();
    rig.tell({ status: "delivered" }, one.id, other.id);
    assert.equal((await one.outcome).status, "delivered");
    assert.equal((await other.outcome).status, "delivered");
    await turn();
    process.off("warning", onWarning);
    assert.deepEqual(warnings, ["a program's own fault with news"]);
  });
});

describe("a message whose signal was aborted before it is sent", () => {
  it("is not sent, and says so", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    for (const durable of [false, true]) {
      const outcome = await yard.send("//jobs", 1, { durable, signal: AbortSignal.abort() })
        .outcome;
      assert.equal("code" in outcome && outcome.code, "expired");
    }
    await turn();
    assert.deepEqual(rig.sent, []);
  });
});

describe("a yard that is being closed", () => {
  it("is closed for everybody who closes it, and not before", async () => {
    const rig = new LinkRig();
    const yard = await rig.attach();
    const { promise, resolve } = Promise.withResolvers<void>();
    rig.draining = promise;
    let closed = 0;
    const count = () => void closed++;
    const both = [yard.close().then(count), yard.close().then(count)];
    await turn();
    assert.equal(closed, 0);
    resolve();
    await Promise.all(both);
  });
});

describe("a listener", () => {
  it("is not had of a yard that was closed: nothing would end it", async () => {
    const rig = new LinkRig();
    const yard = await rig.attach();
    (await yard.listen("jobs")).close();
    const listening = yard.listen("jobs", { claim: false }); // waits for the manor to have let it go
    await yard.close();
    await assert.rejects(listening, { code: "no_manor" });
    await assert.rejects(yard.listen("others", { claim: false }), { code: "no_manor" });
  });

  it("gives nothing that came just as it was closed: that goes to somebody else", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    for (const how of [{}, DURABLE]) {
      const jobs = await yard.listen("jobs");
      const next = jobs.next();
      const shared = rig.deliver("jobs", 1, how);
      const after = jobs.next();
      const own = rig.deliver("jobs", 2, { ...how, ...OWN });
      jobs.close();
      assert.deepEqual([(await next).done, (await after).done], [true, true]);
      await turn();
      assert.equal(rig.receiptOf(shared), undefined, "the release gives it to the next claimant");
      const refused = rig.receiptOf(own);
      assert.equal(refused?.status === "failed" && refused.code, "no_share");
    }
  });
});

describe("a durable message whose acknowledgement the link had no room for", () => {
  for (const closes of [false, true]) {
    const where = closes ? ", also where its listener has ended by then, and may be late" : "";
    it(`is acknowledged once there is some${where}`, async () => {
      const rig = new LinkRig();
      const clock = new HandClock();
      await using yard = await rig.attach(clock);
      const jobs = await yard.listen("jobs");
      const id = rig.deliver("jobs", 1, DURABLE);
      const message: Message = (await jobs.next()).value;
      rig.refusal = "queue_full";
      const done = message.done();
      await turn();
      rig.refusal = null;
      if (closes) jobs.close();
      await clock.pass(2_000);
      assert.equal(rig.receiptOf(id)?.status, "delivered");
      rig.note(closes ? "late" : "noted", id);
      assert.equal(await done, !closes);
    });
  }

  it("is not turned away again once its share is given up, which gives it to somebody", async () => {
    const rig = new LinkRig();
    const clock = new HandClock();
    await using yard = await rig.attach(clock);
    const jobs = await yard.listen("jobs");
    const next = jobs.next();
    rig.refusal = "queue_full";
    const id = rig.deliver("jobs", 1, { ...DURABLE, ttlMs: 0 });
    await clock.pass(100);
    rig.refusal = null;
    jobs.close();
    assert.equal((await next).done, true);
    await clock.pass(2_000);
    assert.equal(rig.receiptOf(id), undefined, "it may have come back to this process by then");
  });

  it("is turned away once there is some, where that was said of it", async () => {
    const rig = new LinkRig();
    const clock = new HandClock();
    await using _yard = await rig.attach(clock);
    rig.refusal = "queue_full";
    const id = rig.deliver("unheard", 1, DURABLE);
    await turn();
    rig.refusal = null;
    await clock.pass(2_000);
    const refused = rig.receiptOf(id);
    assert.equal(refused?.status === "failed" && refused.code, "no_share");
  });
});

describe("a message in memory whose acknowledgement the link had no room for", () => {
  const listening = async () => {
    const rig = new LinkRig();
    const clock = new HandClock();
    const yard = await rig.attach(clock);
    return { rig, clock, yard, jobs: await yard.listen("jobs") };
  };

  it("is handed over once there is some, before the next one", async () => {
    const { rig, clock, yard, jobs } = await listening();
    rig.refusal = "queue_full";
    const id = rig.deliver("jobs", 1);
    rig.deliver("jobs", 2);
    const next = jobs.next();
    await turn();
    assert.equal(rig.receiptOf(id), undefined);
    rig.refusal = null;
    await clock.pass(2_000);
    assert.equal((await next).value.body, 1);
    assert.equal(rig.receiptOf(id)?.status, "delivered");
    assert.equal((await jobs.next()).value.body, 2);
    await yard.close();
  });

  it("has expired where that is after its deadline", async () => {
    const { rig, clock, yard, jobs } = await listening();
    rig.refusal = "queue_full";
    const id = rig.deliver("jobs", 1, { ttlMs: 500 });
    rig.deliver("jobs", 2);
    const next = jobs.next();
    await turn();
    rig.refusal = null;
    await clock.pass(2_000);
    assert.equal((await next).value.body, 2);
    const said = rig.receiptOf(id);
    assert.equal(said?.status === "failed" && said.code, "expired");
    await yard.close();
  });

  it("is turned away where its listener has ended by then", async () => {
    const { rig, clock, yard, jobs } = await listening();
    rig.refusal = "queue_full";
    const id = rig.deliver("jobs", 1, OWN);
    const next = jobs.next();
    await turn();
    jobs.close();
    rig.refusal = null;
    await clock.pass(2_000);
    assert.equal((await next).done, true);
    const said = rig.receiptOf(id);
    assert.equal(said?.status === "failed" && said.code, "no_share");
    await yard.close();
  });

  it("is turned away once there is some, where nobody listens", async () => {
    const { rig, clock, yard } = await listening();
    rig.refusal = "queue_full";
    const id = rig.deliver("unheard", 1);
    await turn();
    rig.refusal = null;
    await clock.pass(2_000);
    const said = rig.receiptOf(id);
    assert.equal(said?.status === "failed" && said.code, "no_share");
    await yard.close();
  });

  it("is handed over where its manor is gone by then: that gives it to nobody else", async () => {
    const { rig, clock, yard, jobs } = await listening();
    rig.refusal = "queue_full";
    rig.deliver("jobs", 1);
    const next = jobs.next();
    await turn();
    rig.refusal = null;
    rig.restart();
    rig.leave();
    await clock.pass(2_000);
    assert.equal((await next).value.body, 1);
    await yard.close();
  });
});

describe("a process that is granted less than before", () => {
  for (const how of ["by the manor that runs", "by the next manor"]) {
    it(`is told so where it listens and watches, and goes on, ${how}`, async () => {
      const rig = new LinkRig();
      const clock = new HandClock();
      await using yard = await rig.attach(clock);
      const own = await yard.listen("own", { claim: false });
      const jobs = await yard.listen("jobs");
      const copies = await yard.listen("jobs", { observe: true });
      const watching = await yard.watch(["presence"]);
      rig.denied.add("renew").add("watch");
      if (how === "by the next manor") rig.restart();
      const ended = [jobs, copies].map((listener) => listener.next().catch(({ code }) => code));
      const watched = watching.next().catch(({ code }) => code);
      await clock.pass(3_000);
      assert.deepEqual(await Promise.all(ended), ["denied", "denied"]);
      assert.equal(await watched, "denied");
      rig.verbs.length = 0;
      await clock.pass(10_000);
      assert.deepEqual(new Set(rig.verbs), new Set(["renew"]), "it stays attached");
      rig.deliver("own", 1, { destination: { estate: "alpha", yard: "me", share: "own" } });
      assert.equal((await own.next()).value.body, 1);
    });
  }
});

describe("a manor that did not answer for long", () => {
  it("is told that nobody watches it any more", async () => {
    const rig = new LinkRig();
    const clock = new HandClock();
    await using yard = await rig.attach(clock);
    const watching = await yard.watch(["drops"]);
    rig.unanswered.add("renew").add("attach");
    await clock.pass(12_500); // it is taken to be gone
    watching.close();
    rig.unanswered.clear();
    rig.verbs.length = 0;
    await clock.pass(11_000);
    assert.deepEqual(rig.verbs.slice(0, 3), ["attach", "renew", "unwatch"]);
  });
});

describe("a program that watches and does not read", () => {
  it("is told how much it missed once it reads again", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const watching = await yard.watch(["presence", "drops"]);
    const tell = (topic: string, more: Record<string, Value>) =>
      rig.deliver(".events", { topic, at: 1, ...more }, {
        source: { estate: "alpha", yard: "", share: "" },
        wants: false,
      });
    for (let n = 0; n < 10_000; n++) tell("presence", { event: "alive", estate: `e${n}` });
    tell("presence", { event: "lost", estate: "missed" });
    tell("drops", { event: "left_out", count: 5 });
    tell("drops", { event: "dropped", reason: "bad_body" });
    for (let n = 0; n < 10_000; n++) assert.equal((await watching.next()).value.event, "alive");
    tell("presence", { event: "alive", estate: "last" });
    const told = [];
    for (let n = 0; n < 3; n++) {
      const { topic, event, count } = (await watching.next()).value;
      told.push([topic, event, count]);
    }
    assert.deepEqual(told, [
      ["presence", "left_out", 1],
      ["drops", "left_out", 6],
      ["presence", "alive", undefined],
    ]);
  });
});
