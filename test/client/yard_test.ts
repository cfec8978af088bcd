import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { RaetError } from "../../src/base/errors.ts";
import { failure } from "../../src/route/outcome.ts";
import { HandClock } from "../support/hand_clock.ts";
import { LinkRig } from "../support/link_rig.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("a yard", () => {
  it("gives every delivery the outcome that its manor tells, once", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const first = yard.send("beta//jobs", 1);
    const second = yard.send("beta//jobs", 2);
    await first.taken;
    rig.tell({ status: "delivered" }, first.id);
    rig.tell(failure("no_share", "late"), first.id, second.id);
    assert.equal((await first.outcome).status, "delivered");
    const outcome = await second.outcome;
    assert.equal(outcome.status, "failed");
    await assert.rejects(second.orThrow(), (error) => {
      return error instanceof RaetError && error.code === "no_share" && error.message === "late";
    });
  });

  it("turns away what was for the process that had its name before it", async () => {
    const rig = new LinkRig();
    const attaching = rig.attach();
    const id = rig.deliver("jobs", "late");
    await using _yard = await attaching;
    await turn();
    const said = rig.receiptOf(id);
    assert.equal(said?.status === "failed" && said.code, "no_share");
  });

  it("says unknown for what its manor had when it went away, and no_manor for what it never got", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const states: string[] = [];
    yard.onManor((state) => states.push(state));
    const had = yard.send("//jobs", 1);
    await had.taken;
    rig.refusal = "no_yard";
    const missed = yard.send("//jobs", 2);
    const outcome = await missed.outcome;
    assert.equal("code" in outcome && outcome.code, "no_manor");
    assert.equal((await had.outcome).status, "outcome_unknown");
    assert.deepEqual(states, ["gone"]);
  });

  it("attaches again and says what it claims when its manor is back", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    await yard.listen("jobs");
    const back = new Promise<void>((resolve) =>
      yard.onManor((state) => state === "back" && resolve())
    );
    rig.refusal = "no_yard";
    await yard.send("//x", 1).outcome;
    rig.refusal = null;
    rig.verbs.length = 0;
    rig.epoch = "second";
    await back;
    assert.deepEqual(rig.verbs.slice(0, 2), ["attach", "renew"]);
    assert.equal(yard.manor.epoch, "second");
  });

  it("attaches again at once when its manor is seen to be another, whatever it has asked before", async () => {
    const rig = new LinkRig();
    const clock = new HandClock();
    await using yard = await rig.attach(clock);
    const seen: string[] = [];
    yard.onManor((state) => seen.push(state));
    // The manor ends with what it was asked in its socket.
    for (const verb of ["renew", "stats"]) rig.unanswered.add(verb);
    const asked = yard.control("stats", {}).catch((error: RaetError) => error.code);
    await clock.pass(2_000);
    rig.unanswered.clear();
    rig.restart();
    rig.leave();
    assert.equal(await asked, "no_manor");
    await turn();
    await clock.pass(500);
    assert.deepEqual(seen, ["gone", "back"]);
    assert.equal(yard.manor.epoch, rig.epoch);
    await clock.pass(20_000);
    assert.deepEqual(seen, ["gone", "back"], "what was asked before says no more");
  });

  it("resolves the outcomes of what is open when it closes", async () => {
    const rig = new LinkRig();
    const yard = await rig.attach();
    const open = yard.send("//jobs", 1);
    await open.taken;
    await yard.close();
    assert.equal((await open.outcome).status, "outcome_unknown");
    const late = await yard.send("//jobs", 2).outcome;
    assert.equal("code" in late && late.code, "no_manor");
    assert.equal(rig.verbs.at(-1), "detach");
  });

  it("gives a delivery up when its signal is aborted", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const controller = new AbortController();
    const delivery = yard.send("//jobs", 1, { signal: controller.signal });
    controller.abort();
    assert.equal((await delivery.outcome).status, "outcome_unknown");
  });

  it("passes an error of a control call on with its code", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    rig.refusal = "too_large";
    await assert.rejects(yard.control("stats", {}), RaetError);
  });
});

describe("a listener", () => {
  it("acknowledges a message as the program takes it, and not before", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    const id = rig.deliver("jobs", { n: 1 });
    await turn();
    assert.equal(rig.receiptOf(id), undefined);
    const { value } = await jobs.next();
    assert.deepEqual(value.body, { n: 1 });
    assert.deepEqual(value.from, { estate: "alpha", yard: "x", share: "inbox" });
    await turn();
    assert.deepEqual(rig.receiptOf(id), { status: "delivered" });
  });

  it("has acknowledged before the program sees the message", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    const id = rig.deliver("jobs", 1);
    await jobs.next();
    assert.deepEqual(rig.receiptOf(id), { status: "delivered" });
  });

  it("hands nothing over after its deadline, and says expired", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    const late = rig.deliver("jobs", "late", { ttlMs: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const next = jobs.next();
    rig.deliver("jobs", "in time", { ttlMs: 60_000 });
    assert.equal((await next).value.body, "in time");
    assert.equal((rig.receiptOf(late) as { code: string }).code, "expired");
  });

  it("tells no_share for a share that nobody here listens on, and queue_full past its bound", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const stray = rig.deliver("other", 1);
    await yard.listen("jobs");
    const ids = Array.from({ length: 65 }, (_, n) => rig.deliver("jobs", n));
    await turn();
    assert.equal((rig.receiptOf(stray) as { code: string }).code, "no_share");
    assert.equal(rig.receiptOf(ids[63]), undefined);
    assert.equal((rig.receiptOf(ids[64]) as { code: string }).code, "queue_full");
  });

  it("gives its claim up when the program leaves its loop, and acknowledges no more", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    rig.deliver("jobs", 1);
    const second = rig.deliver("jobs", 2);
    for await (const _message of jobs) break;
    await turn();
    assert.equal(rig.verbs.at(-1), "release");
    assert.equal(rig.receiptOf(second), undefined);
    assert.equal((await jobs.next()).done, true);
  });

  it("hands over no message whose receipt its manor can't be given yet, as others may get it", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    const taken = jobs.next();
    rig.refusal = "queue_full";
    const first = rig.deliver("jobs", "first");
    await turn();
    rig.refusal = null;
    const other = await Promise.race([taken, turn()]);
    assert.equal(other, undefined, "not before it could be said");
    assert.equal((await taken).value.body, "first");
    assert.equal(rig.receiptOf(first)?.status, "delivered");
    rig.refusal = "no_yard";
    rig.deliver("jobs", "second");
    assert.equal(
      (await jobs.next()).value.body,
      "second",
      "a manor that is gone gives it to nobody",
    );
  });

  it("sees copies without acknowledging them when it observes", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const copies = await yard.listen("jobs", { observe: true });
    const id = rig.deliver("jobs", "copy", { wants: false });
    assert.equal((await copies.next()).value.body, "copy");
    await turn();
    assert.equal(rig.receiptOf(id), undefined);
  });

  it("ends when its signal is aborted", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const controller = new AbortController();
    const jobs = await yard.listen("jobs", { signal: controller.signal });
    const next = jobs.next();
    controller.abort();
    assert.equal((await next).done, true);
  });

  it("is the only one of its share in a process", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    await yard.listen("jobs");
    await assert.rejects(yard.listen("jobs"), (error) => {
      return error instanceof RaetError && error.code === "usage";
    });
  });
});
