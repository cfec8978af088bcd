/** What a process sends to the manor that runs after the one that it had. */
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { RaetError } from "../../src/base/errors.ts";
import { CatchUp } from "../../src/client/catch_up.ts";
import { DeliveryTable } from "../../src/client/deliveries.ts";
import { Delivery } from "../../src/client/delivery.ts";
import { type Envelope, makeEnvelope } from "../../src/route/envelope.ts";
import { failure } from "../../src/route/outcome.ts";
import { HandClock } from "../support/hand_clock.ts";
import { LinkRig } from "../support/link_rig.ts";

const IDS = ["1".repeat(32), "2".repeat(32)];

/** Two durable messages that wait for a manor, and the link to it. */
function rig(transmit: (envelope: Envelope) => RaetError | null) {
  const clock = new HandClock();
  const deliveries = new DeliveryTable(clock);
  const sent: string[] = [];
  const catchUp = new CatchUp({
    clock,
    deliveries,
    isTied: () => true,
    transmit: (envelope) => transmit(envelope) ?? sent.push(envelope.id),
    resume: () => Promise.resolve([]),
  });
  const all = IDS.map((id) => new Delivery(id, 0));
  for (const delivery of all) {
    const { id } = delivery;
    deliveries.addWaiting(delivery, 60_000, makeEnvelope({ id, durable: true, ttlMs: 60_000 }));
  }
  return { clock, deliveries, catchUp, sent, all };
}

const FULL = new RaetError("queue_full", "the link is full");

describe("what a process tells the next manor", () => {
  it("does not wait for ever for a message that no link takes", async () => {
    const tooLarge = new RaetError("too_large", "too large for any link");
    const { clock, deliveries, catchUp, sent, all } = rig(({ id }) =>
      id === IDS[0] ? tooLarge : null
    );
    void catchUp.run();
    await clock.pass(1_000);
    assert.deepEqual(sent, [IDS[1]], "those after it are sent");
    assert.equal(catchUp.isRunning, false);
    assert.equal(deliveries.has(IDS[0]), false);
    const outcome = await all[0].outcome;
    assert.equal("code" in outcome && outcome.code, "too_large");
    deliveries.giveUpAll("the test is over");
  });

  it("leaves out a message whose sender has been told by then that no manor took it", async () => {
    let isFull = true;
    const { clock, deliveries, catchUp, sent, all } = rig(() => isFull ? FULL : null);
    void catchUp.run();
    await clock.pass(100);
    deliveries.giveUp(IDS[0], "its sender gave it up");
    const outcome = await all[0].outcome;
    assert.equal("code" in outcome && outcome.code, "no_manor");
    isFull = false;
    await clock.pass(100);
    assert.deepEqual(sent, [IDS[1]]);
    deliveries.giveUpAll("the test is over");
  });

  it("has what is left of its life, and no more", async () => {
    const lives: (number | null)[] = [];
    const { clock, deliveries, catchUp, all } = rig(({ ttlMs }) => {
      lives.push(ttlMs);
      return null;
    });
    await clock.pass(45_000);
    await catchUp.run();
    assert.deepEqual(lives, [15_000, 15_000]);
    deliveries.giveUpSoon("the manor went away");
    await clock.pass(15_000);
    await catchUp.run();
    assert.equal(lives.length, 2, "its life is over: nobody may get it any more");
    await clock.pass(3_000);
    for (const { outcome } of all) {
      const end = await outcome;
      assert.equal("code" in end && end.code, "outcome_unknown");
    }
  });
});

describe("a durable message that is stored", () => {
  it("is asked for again where the next manor can't read its disk, and not where it grants that no more", async () => {
    for (const code of ["bad_config", "denied"] as const) {
      const clock = new HandClock();
      const deliveries = new DeliveryTable(clock);
      deliveries.addStored(new Delivery(IDS[0], 0), 60_000);
      let asked = 0;
      const resume = () =>
        ++asked < 3 ? Promise.reject(new RaetError(code, "no")) : Promise.resolve([]);
      const catchUp = new CatchUp({
        clock,
        deliveries,
        isTied: () => true,
        transmit: () => 1,
        resume,
      });
      void catchUp.run();
      await clock.pass(10_000);
      assert.equal(asked, code === "denied" ? 1 : 3);
      deliveries.giveUpAll("the test is over");
    }
  });
});

describe("a durable message that the link gives back, as its manor reads nothing", () => {
  it("is sent again before those after it if a manor before had it: it may be on its disk", async () => {
    const clock = new HandClock();
    const link = new LinkRig();
    await using yard = await link.attach(clock);
    link.answers.resume = { unknown: [] };
    const send = (n: number) => yard.send("//jobs", n, { durable: true, ordered: true }).id;
    const ids = [send(1), send(2)];
    await clock.pass(0);
    link.sent.length = 0;
    link.restart();
    yard.onManor((state) => {
      if (state === "back") link.refusal = "queue_full";
    });
    await clock.pass(2_000);
    assert.deepEqual([link.refusal, link.sent], ["queue_full", []]);
    link.refusal = null;
    ids.push(send(3));
    await clock.pass(100);
    assert.deepEqual(link.sent.map(({ id }) => id), ids);
  });

  it("is sent again also while others wait for the link to have room, and before them", async () => {
    let room = 2;
    const { clock, deliveries, catchUp, sent } = rig(() => --room < 0 ? FULL : null);
    await catchUp.run();
    for (const handle of [1, 2]) deliveries.sent(handle);
    deliveries.giveUpSoon("the manor went away");
    sent.length = 0;
    room = 1;
    void catchUp.run();
    const isBack = deliveries.failed(1, failure("queue_full", "the manor read nothing"));
    assert.equal(isBack, true);
    catchUp.again();
    room = 2;
    await clock.pass(100);
    assert.deepEqual(sent, [IDS[0], ...IDS]);
    assert.equal(catchUp.isRunning, false);
    deliveries.giveUpAll("the test is over");
  });

  it("under an id that its program names is sent again, as it may have been sent before; another has failed", async () => {
    const clock = new HandClock();
    const link = new LinkRig();
    await using yard = await link.attach(clock);
    link.answers.resume = { unknown: [] };
    link.refusal = "queue_full";
    const named = yard.send("//jobs", 1, { durable: true, id: IDS[0] });
    const other = yard.send("//jobs", 2, { durable: true });
    await clock.pass(0);
    link.refusal = null;
    const end = await other.outcome;
    assert.equal(end.status === "failed" && end.code, "queue_full");
    await clock.pass(100);
    assert.deepEqual(link.sent.map(({ id }) => id), [named.id]);
    link.tell({ status: "delivered" }, named.id);
    assert.equal((await named.outcome).status, "delivered");
  });
});
