import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { RaetError } from "../../src/base/errors.ts";
import { IDS_PER_CALL_MAX, UNACKNOWLEDGED_PER_CLAIMANT_MAX } from "../../src/base/limits.ts";
import { CatchUp } from "../../src/client/catch_up.ts";
import { DeliveryTable } from "../../src/client/deliveries.ts";
import { Delivery } from "../../src/client/delivery.ts";
import { systemClock } from "../../src/io/clock.ts";
import type { MessageKey } from "../../src/route/control.ts";
import { makeEnvelope } from "../../src/route/envelope.ts";
import { failure } from "../../src/route/outcome.ts";
import type { Message } from "../../src/client/message.ts";
import type { Yard } from "../../src/client/yard.ts";
import { LinkRig } from "../support/link_rig.ts";
import { HandClock } from "../support/hand_clock.ts";
import { Neighbourhood } from "../support/manors.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const DURABLE = { durable: true } as const;

/** The manor has read all that was said to it, and answers. */
async function caughtUp(rig: LinkRig): Promise<void> {
  rig.late.clear();
  rig.catchUp();
  await turn();
}

/** Waits for what is to come. */
async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    assert.ok(waited < 60_000, "it does not come");
    await sleep(20);
  }
}

describe("a message that is not durable", () => {
  it("is acknowledged to the manor before the program has it, also where the link is slow", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    rig.isStuck = true;
    const id = rig.deliver("jobs", 1);
    let got: Message | null = null;
    const next = jobs.next().then(({ value }) => got = value);
    await sleep(20);
    assert.equal(got, null, "a process that is killed now has seen nothing that goes to another");
    rig.unstick();
    await next;
    assert.equal(rig.receiptOf(id)?.status, "delivered");
  });
});

describe("a message whose manor went away", () => {
  it("is given up a moment later, and not another that bears its id by then", async () => {
    const deliveries = new DeliveryTable(systemClock);
    const [first, again] = [new Delivery("a".repeat(32), 0), new Delivery("a".repeat(32), 0)];
    deliveries.add(first, 1, 60_000);
    deliveries.giveUpSoon("the manor went away");
    deliveries.settle(first.id, { status: "delivered" });
    deliveries.add(again, 2, 60_000);
    await sleep(300);
    assert.ok(deliveries.has(again.id));
    deliveries.settle(again.id, { status: "delivered" });
    assert.equal((await again.outcome).status, "delivered");
    deliveries.giveUpAll("the test is over");
  });
});

describe("a message that its process gave up", () => {
  it("gives its late outcome to no other one under its id", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const id = "ab".repeat(16);
    const giveUp = new AbortController();
    const first = yard.send("beta//jobs", 1, { ...DURABLE, id, signal: giveUp.signal });
    giveUp.abort();
    assert.equal((await first.outcome).status, "outcome_unknown");
    const sent = yard.send("gamma//jobs", 2, { ...DURABLE, id });
    rig.tell({ status: "delivered" }, id);
    const other = await sent.outcome;
    assert.equal("code" in other ? other.code : other.status, "denied");
    const again = yard.send("beta//jobs", 1, { ...DURABLE, id });
    rig.tell({ status: "delivered" }, id);
    assert.equal((await again.outcome).status, "delivered");
    assert.deepEqual(rig.sent.map(({ payload }) => payload), [1, 1]);
    // The same place under another name.
    const own = "cd".repeat(16);
    const stop = new AbortController();
    const here = yard.send("//jobs", 1, { ...DURABLE, id: own, signal: stop.signal });
    stop.abort();
    await here.outcome;
    const named = yard.send("alpha//jobs", 1, { ...DURABLE, id: own });
    rig.tell({ status: "delivered" }, own);
    assert.equal((await named.outcome).status, "delivered");
  });
});

/** A process is done with more than can be said in one call, and its manor's disk takes nothing of that. */
async function workDoneUnnoted(rig: LinkRig, yard: Yard) {
  const jobs = await yard.listen("jobs", { manual: true });
  const ids: string[] = [];
  for (let n = 0; n <= IDS_PER_CALL_MAX; n++) {
    ids.push(rig.deliver("jobs", n, DURABLE));
    const message: Message = (await jobs.next()).value;
    void message.done();
  }
  await turn();
  return { jobs, ids };
}

describe("a durable message, to the process that is given it", () => {
  it("is acknowledged when the next is taken or by done, which waits for the manor's disk", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    const [first, second] = [1, 2].map((n) => rig.deliver("jobs", n, DURABLE));
    const one: Message = (await jobs.next()).value;
    assert.deepEqual([one.durable, one.redelivered], [true, false]);
    await turn();
    assert.equal(rig.receiptOf(first), undefined);
    const two: Message = (await jobs.next()).value;
    await turn();
    assert.equal(rig.receiptOf(first)?.status, "delivered");
    let isNoted: boolean | null = null;
    const done = two.done().then((noted) => isNoted = noted);
    await turn();
    assert.equal(rig.receiptOf(second)?.status, "delivered");
    assert.equal(isNoted, null);
    rig.note("noted", first, second);
    await done;
    assert.equal(isNoted, true);
  });

  it("is refused with what came after it in its order, until it comes again", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const all = { ...DURABLE, ordered: true };
    rig.late.add("renew"); // it has not read of the refusal yet
    const first = rig.deliver("jobs", 1, all);
    const jobs = await yard.listen("jobs");
    const second = rig.deliver("jobs", 2, all);
    await turn();
    const refused = [first, second].map((id) => rig.receiptOf(id));
    assert.deepEqual(refused.map((result) => result?.status), ["failed", "failed"]);
    await caughtUp(rig);
    rig.deliver("jobs", 1, { ...all, id: first });
    rig.deliver("jobs", 2, { ...all, id: second });
    const bodies = [await jobs.next(), await jobs.next()].map(({ value }) => value.body);
    assert.deepEqual(bodies, [1, 2]);
  });

  it("is refused with what came after it in its order also where the process has only begun", async () => {
    const rig = new LinkRig();
    rig.isStuck = true;
    rig.late.add("renew");
    const attaching = rig.attach();
    const all = { ...DURABLE, ordered: true };
    const first = rig.deliver("jobs", 1, all);
    rig.unstick();
    await using yard = await attaching;
    const jobs = await yard.listen("jobs");
    const second = rig.deliver("jobs", 2, all);
    await turn();
    assert.equal(rig.receiptOf(second)?.status, "failed");
    await caughtUp(rig);
    rig.deliver("jobs", 1, { ...all, id: first });
    rig.deliver("jobs", 2, { ...all, id: second });
    const bodies = [await jobs.next(), await jobs.next()].map(({ value }) => value.body);
    assert.deepEqual(bodies, [1, 2]);
  });

  it("is overtaken by none that was refused before it, where it is refused after that", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const all = {
      ...DURABLE,
      ordered: true,
      destination: { estate: "alpha", yard: "me", share: "jobs" },
    };
    const jobs = await yard.listen("jobs");
    const first = rig.deliver("jobs", 0, all);
    for (let n = 1; n < UNACKNOWLEDGED_PER_CLAIMANT_MAX; n++) rig.deliver("jobs", n, all);
    rig.late.add("renew");
    const last = rig.deliver("jobs", "last", all);
    jobs.close();
    await turn();
    assert.equal(rig.receiptOf(last)?.status, "failed", "there was no room for it");
    assert.equal(rig.receiptOf(first)?.status, "failed", "nobody took it");
    const again = await yard.listen("jobs");
    // The manor has not read of the first yet.
    rig.sent.length = 0;
    rig.deliver("jobs", "last", { ...all, id: last });
    await turn();
    assert.equal(rig.receiptOf(last)?.status, "failed");
    await caughtUp(rig);
    rig.deliver("jobs", 0, { ...all, id: first });
    rig.deliver("jobs", "last", { ...all, id: last });
    const bodies = [await again.next(), await again.next()].map(({ value }) => value.body);
    assert.deepEqual(bodies, [0, "last"]);
  });

  it("is overtaken by none where its process was stopped after it had refused it", async () => {
    const rig = new LinkRig();
    const clock = new HandClock();
    await using yard = await rig.attach(clock);
    const all = { ...DURABLE, ordered: true };
    rig.late.add("renew");
    rig.deliver("jobs", 1, all);
    const jobs = await yard.listen("jobs");
    await clock.pass(1_500);
    const second = rig.deliver("jobs", 2, all);
    await turn();
    assert.equal(rig.receiptOf(second)?.status, "failed");
    jobs.close();
  });

  it("that was sent to its yard comes again, and says so, where the program left its loop with it", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const to = { estate: "alpha", yard: "me", share: "jobs" };
    const jobs = await yard.listen("jobs");
    const own = rig.deliver("jobs", 1, { ...DURABLE, destination: to });
    const shared = rig.deliver("jobs", 2, DURABLE);
    const last = rig.deliver("jobs", 3, { ...DURABLE, destination: to });
    await jobs.next();
    jobs.close();
    await turn();
    const given = rig.receiptOf(own);
    assert.equal(
      given?.status === "failed" && given.code,
      "outcome_unknown",
      "it may be seen again",
    );
    assert.equal(rig.receiptOf(shared), undefined, "the release gives it to the next claimant");
    const unseen = rig.receiptOf(last);
    assert.equal(unseen?.status === "failed" && unseen.code, "no_share", "nobody saw it");
  });

  it("is not seen again by a program that has it, though a restarted manor gives it again", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    const id = rig.deliver("jobs", 1, DURABLE);
    const message: Message = (await jobs.next()).value;
    rig.deliver("jobs", 1, { ...DURABLE, id });
    let isSeen = false;
    void jobs.next().then(({ done }) => isSeen = !done);
    await turn();
    assert.equal(isSeen, false);
    // It was acknowledged by taking the next one; that was not noted, so it is said again.
    rig.sent.length = 0;
    rig.deliver("jobs", 1, { ...DURABLE, id });
    await turn();
    assert.equal(rig.receiptOf(id)?.status, "delivered");
    assert.equal(isSeen, false);
    rig.note("noted", id);
    assert.equal(await Promise.race([message.done(), sleep(50, "open")]), "open");
  });

  it("is another one than that of another estate with its id: the program gets both", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs", { manual: true });
    const id = rig.deliver("jobs", 1, DURABLE);
    const first: Message = (await jobs.next()).value;
    const firstDone = first.done();
    await turn();
    // What is said of the first may come after it.
    const source = { estate: "beta", yard: "x", share: "" };
    rig.deliver("jobs", 2, { ...DURABLE, id, source });
    const second: Message = (await jobs.next()).value;
    assert.deepEqual([second.id, second.from.estate, second.body], [id, "beta", 2]);
    const secondDone = second.done();
    await turn();
    const said = rig.sent.filter(({ answers }) => answers.includes(id));
    assert.deepEqual(said.map(({ destination }) => destination.estate), ["alpha", "beta"]);
    rig.restart();
    await until(() => rig.verbs.filter((verb) => verb === "attach").length === 2);
    const { holds } = rig.args[rig.verbs.lastIndexOf("attach")] as { holds: MessageKey[] };
    assert.deepEqual(holds, [{ estate: "alpha", id }, { estate: "beta", id }]);
    rig.noteOf("beta", "late", id);
    rig.note("noted", id);
    assert.deepEqual([await firstDone, await secondDone], [true, false]);
  });

  it("stays the program's own while it works on it after it takes no more", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs", { manual: true });
    const [working, waiting] = [1, 2].map((n) => rig.deliver("jobs", n, DURABLE));
    const message: Message = (await jobs.next()).value;
    const plain = rig.deliver("jobs", 3);
    jobs.stop();
    assert.equal((await jobs.next()).done, true);
    await turn();
    const keeps = [{ estate: "alpha", id: working }];
    assert.deepEqual(rig.verbs, ["attach", "claim", "release"]);
    assert.deepEqual(rig.args.at(-1), { share: "jobs", observe: false, keeps });
    const done = message.done();
    await turn();
    assert.equal(rig.receiptOf(working)?.status, "delivered");
    rig.note("noted", working);
    assert.equal(await done, true);
    jobs.close();
    await turn();
    assert.equal(rig.verbs.length, 3, "the manor has taken back all that there was");
    assert.deepEqual([rig.receiptOf(waiting), rig.receiptOf(plain)], [undefined, undefined]);
  });

  it("is given up by who takes no more once that ends", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs", { manual: true });
    rig.deliver("jobs", 1, DURABLE);
    await jobs.next();
    jobs.stop();
    jobs.close();
    const again = await yard.listen("jobs");
    assert.deepEqual(rig.verbs, ["attach", "claim", "release", "release", "claim"]);
    assert.deepEqual(rig.args.at(-2), { share: "jobs", observe: false, keeps: [] });
    again.close();
  });

  it("ends the waiting of who takes no more, and does not come to it again", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    const next = jobs.next();
    jobs.stop();
    assert.equal((await next).done, true);
    // The manor gave it before it read that; or it was sent to this yard, and has no other place.
    const late = rig.deliver("jobs", 1, DURABLE);
    await turn();
    const refused = rig.receiptOf(late);
    assert.equal(refused?.status === "failed" && refused.code, "no_share");
    rig.restart();
    await until(() => rig.verbs.filter((verb) => verb === "attach").length === 2);
    await until(() => rig.verbs.at(-1) === "renew");
    assert.deepEqual(rig.args.at(-1), { claims: [] }, "it claims nothing of the next manor");
  });

  it("is told to a restarted manor as held, and acknowledged again", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs", { manual: true });
    const [held, done] = [1, 2].map((n) => rig.deliver("jobs", n, DURABLE));
    await jobs.next();
    const second: Message = (await jobs.next()).value;
    void second.done();
    await turn();
    rig.sent.length = 0;
    rig.restart();
    await until(() => rig.verbs.filter((verb) => verb === "attach").length === 2);
    const { holds } = rig.args[rig.verbs.lastIndexOf("attach")] as { holds: MessageKey[] };
    assert.deepEqual(holds, [{ estate: "alpha", id: held }, { estate: "alpha", id: done }]);
    await until(() => rig.receiptOf(done) !== undefined);
    assert.equal(rig.receiptOf(held), undefined);
  });

  it("is told as held also where that takes several calls, each to the same manor, before any claim", async () => {
    const clock = new HandClock();
    const rig = new LinkRig();
    await using yard = await rig.attach(clock);
    const { ids } = await workDoneUnnoted(rig, yard);
    rig.restart();
    rig.late.add("attach");
    rig.verbs.length = rig.args.length = 0;
    await clock.pass(2_000); // the manor that answers this is another one
    assert.deepEqual(rig.verbs, ["renew", "attach"]);
    rig.restart();
    await caughtUp(rig);
    assert.deepEqual(
      rig.verbs,
      ["renew", "attach", "attach"],
      "the first part was told to one that is gone",
    );
    rig.verbs.length = rig.args.length = 0;
    await clock.pass(2_000);
    assert.deepEqual(rig.verbs.slice(0, 3), ["attach", "attach", "renew"]);
    const parts = rig.args.slice(0, 2).map((args) => (args as { holds: MessageKey[] }).holds);
    assert.ok(parts.every(({ length }) => length <= IDS_PER_CALL_MAX));
    assert.deepEqual(parts.flat().map(({ id }) => id), ids);
  });

  it("stays the program's own after it takes no more, however many it is done with that are not noted", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const { jobs } = await workDoneUnnoted(rig, yard);
    const working = rig.deliver("jobs", "last", DURABLE);
    await jobs.next();
    jobs.stop();
    await until(() => rig.verbs.at(-1) === "release");
    const { keeps } = rig.args.at(-1) as { keeps: MessageKey[] };
    assert.equal(keeps.length, IDS_PER_CALL_MAX);
    assert.ok(keeps.some(({ id }) => id === working));
  });

  it("is late where it is another's by now", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const jobs = await yard.listen("jobs");
    const id = rig.deliver("jobs", 1, DURABLE);
    const message: Message = (await jobs.next()).value;
    jobs.close();
    const done = message.done();
    await turn();
    rig.note("late", id);
    assert.equal(await done, false);
  });
});

describe("a durable message, to the process that sends it", () => {
  it("outlives the manor: sent again until it is stored, asked for after", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const [plain, kept, open] = [{}, DURABLE, DURABLE].map((how) => yard.send("//jobs", 1, how));
    const news: string[] = [];
    kept.onNews((what) => news.push(what));
    await turn();
    rig.note("stored", kept.id);
    rig.note("waiting", kept.id);
    assert.equal(await kept.stored, true);
    rig.sent.length = 0;
    rig.restart();
    rig.answers.resume = { unknown: [] };
    assert.equal((await plain.outcome).status, "outcome_unknown");
    await until(() => rig.verbs.includes("resume"));
    assert.deepEqual(rig.args[rig.verbs.indexOf("resume")], { ids: [kept.id] });
    assert.deepEqual(rig.sent.map(({ id }) => id), [open.id]);
    rig.tell({ status: "delivered" }, kept.id, open.id);
    assert.equal((await kept.outcome).status, "delivered");
    assert.equal((await open.outcome).status, "delivered");
    assert.deepEqual(news, ["stored", "waiting"]);
  });

  it("is sent in order to the next manor, with what was sent while there was none", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const first = yard.send("//jobs", 1, DURABLE);
    await turn();
    rig.refusal = "no_yard"; // the manor is gone
    const second = yard.send("//jobs", 2, DURABLE);
    await turn();
    const third = yard.send("//jobs", 3, DURABLE);
    rig.sent.length = 0;
    rig.restart();
    rig.refusal = null;
    rig.answers.resume = { unknown: [] };
    await until(() => rig.sent.length === 3);
    assert.deepEqual(rig.sent.map(({ id }) => id), [first.id, second.id, third.id]);
  });

  it("is sent in order though the manor goes and comes back while the link is full", async () => {
    const sent: string[] = [];
    let isFull = true;
    const deliveries = new DeliveryTable(systemClock);
    const catchUp = new CatchUp({
      clock: systemClock,
      deliveries,
      isTied: () => true,
      transmit: (envelope) => {
        if (isFull && sent.length > 0) return new RaetError("queue_full", "the link is full");
        return sent.push(envelope.id);
      },
      resume: () => Promise.resolve([]),
    });
    const ids = [1, 2, 3].map((n) => String(n).repeat(32));
    for (const id of ids) {
      deliveries.addWaiting(new Delivery(id, 0), 60_000, makeEnvelope({ id, ...DURABLE }));
    }
    const runs = [catchUp.run()];
    await until(() => sent.length === 1);
    deliveries.giveUpSoon("the manor went away");
    runs.push(catchUp.run());
    isFull = false;
    await Promise.all(runs);
    assert.deepEqual(sent.slice(1), ids, "the manor that is back has none of them");
    deliveries.giveUpAll("the test is over");
  });

  it("is sent again to the next manor if the one that was back goes just as it is sent to that", async () => {
    let isTied = true;
    let handle = 0;
    const deliveries = new DeliveryTable(systemClock);
    const catchUp = new CatchUp({
      clock: systemClock,
      deliveries,
      isTied: () => isTied,
      transmit: () => {
        const of = ++handle;
        queueMicrotask(() => {
          deliveries.failed(of, failure("no_manor", "no manor is running"));
          isTied = false;
        });
        return of;
      },
      resume: () => Promise.resolve([]),
    });
    const ids = [1, 2].map((n) => String(n).repeat(32));
    for (const id of ids) {
      deliveries.addWaiting(new Delivery(id, 0), 60_000, makeEnvelope({ id, ...DURABLE }));
    }
    await catchUp.run();
    assert.deepEqual([...deliveries.unsent()].map(({ id }) => id), ids);
    deliveries.giveUpAll("the test is over");
  });

  it("is not said to be taken by no manor while the link has it: that may only be slow", async () => {
    const deliveries = new DeliveryTable(systemClock);
    const ids = [1, 2].map((n) => String(n).repeat(32));
    const [onLink, waiting] = ids.map((id) => new Delivery(id, 0));
    deliveries.add(onLink, 1, 60_000, makeEnvelope({ id: onLink.id, ...DURABLE }));
    deliveries.giveUpSoon("the manor went away");
    deliveries.addWaiting(waiting, 60_000, makeEnvelope({ id: waiting.id, ...DURABLE }));
    deliveries.giveUpAll("the manor did not say before its deadline");
    const codes = [await onLink.outcome, await waiting.outcome].map((end) =>
      "code" in end && end.code
    );
    assert.deepEqual(codes, ["outcome_unknown", "no_manor"]);
  });

  it("under an id that its program names is unknown where no manor says: it may have been sent before", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    rig.refusal = "no_yard"; // the manor is gone
    await yard.send("//x", 1).outcome;
    const controller = new AbortController();
    const ends = [{}, { id: "7".repeat(32) }].map((more) =>
      yard.send("//jobs", 1, { ...DURABLE, ...more, signal: controller.signal }).outcome
    );
    controller.abort();
    const said = (await Promise.all(ends)).map((end) => "code" in end && end.code);
    assert.deepEqual(said, ["no_manor", "outcome_unknown"]);
  });

  it("is not overtaken by one of its order that is not durable and came later", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    rig.refusal = "no_yard"; // the manor is gone
    const first = yard.send("//jobs", 1, { ...DURABLE, ordered: true });
    await turn();
    rig.restart();
    rig.refusal = null;
    rig.answers.resume = { unknown: [] };
    const second = yard.send("//jobs", 2, { ordered: true });
    await until(() => rig.sent.length === 2);
    assert.deepEqual(rig.sent.map(({ id }) => id), [first.id, second.id]);
    rig.sent.length = 0;
    rig.restart();
    assert.equal((await second.outcome).status, "outcome_unknown");
    await until(() => rig.sent.length > 0);
    assert.deepEqual(rig.sent.map(({ id }) => id), [first.id], "it is sent once");
  });

  it("can't be a request, and bears an id of its own if it is told one", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const asked = { durable: true } as object;
    assert.throws(() => yard.ask("//jobs", 1, asked), { code: "usage" });
    assert.throws(() => yard.send("//jobs", 1, { id: "12" }), { code: "usage" });
    const id = "ab".repeat(16);
    assert.equal(yard.send("//jobs", 1, { ...DURABLE, id }).id, id);
    assert.equal((await yard.send("//jobs", 1, { ...DURABLE, id }).outcome).status, "failed");
  });

  it("is found again by a process that knows its id", async () => {
    await using neighbourhood = new Neighbourhood();
    const [alpha, beta] = await neighbourhood.pair();
    const first = await neighbourhood.attach(alpha);
    const sent = first.send("beta//jobs", { n: 1 }, DURABLE);
    assert.equal(await sent.stored, true);
    await first.close();
    assert.equal((await sent.outcome).status, "outcome_unknown");
    const second = await neighbourhood.attach(alpha);
    const resumed = await second.resume(sent.id);
    const worker = await neighbourhood.attach(beta);
    for await (const message of await worker.listen("jobs")) {
      assert.equal(await message.done(), true);
      break;
    }
    assert.equal((await resumed.outcome).status, "delivered");
    const unknown = await second.resume("0".repeat(32));
    assert.equal((await unknown.outcome).status, "outcome_unknown");
  });

  it("can be asked for again by its id after there was no manor to ask", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const id = "ab".repeat(16);
    rig.refusal = "no_yard";
    await assert.rejects(yard.resume(id), { code: "no_manor" });
    rig.refusal = null;
    await new Promise<void>((resolve) => yard.onManor((state) => state === "back" && resolve()));
    rig.answers.resume = { unknown: [] };
    const found = await yard.resume(id);
    rig.tell({ status: "delivered" }, id);
    assert.equal((await found.outcome).status, "delivered");
  });

  it("comes back to whoever is next if the loop is left without done, and says so", async () => {
    await using neighbourhood = new Neighbourhood();
    const alpha = await neighbourhood.open("alpha");
    const yard = await neighbourhood.attach(alpha);
    const sent = yard.send("//jobs", { n: 1 }, DURABLE);
    for await (const message of await yard.listen("jobs")) {
      assert.equal(message.redelivered, false);
      break;
    }
    for await (const message of await yard.listen("jobs")) {
      assert.deepEqual([message.id, message.redelivered], [sent.id, true]);
      await message.done();
      break;
    }
    assert.equal((await sent.outcome).status, "delivered");
  });

  it("and ordered arrives in the order sent, however many are in flight", async () => {
    await using neighbourhood = new Neighbourhood();
    const [alpha, beta] = await neighbourhood.pair();
    const sender = await neighbourhood.attach(alpha);
    const worker = await neighbourhood.attach(beta);
    const jobs = await worker.listen("jobs");
    for (let n = 0; n < 300; n++) {
      // Small ones pass long ones on the road.
      const body = { n, fill: n % 7 === 0 ? "x".repeat(20_000) : "" };
      sender.send("beta//jobs", body, { durable: n % 2 === 0, ordered: true, timeoutMs: 60_000 });
    }
    const got: number[] = [];
    for await (const { body } of jobs) {
      got.push((body as { n: number }).n);
      if (got.length === 300) break;
    }
    assert.deepEqual(got, got.map((_, n) => n));
  });
});
