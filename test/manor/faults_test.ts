import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attach } from "../../src/client/attach.ts";
import { Pipes } from "../../src/manor/pipes.ts";
import { systemClock } from "../../src/io/clock.ts";
import { RoadDriver } from "../../src/manor/road_driver.ts";
import { RaetError } from "../../src/base/errors.ts";
import type { RoadEvent } from "../../src/road/events.ts";
import type { RoadStack } from "../../src/road/stack.ts";
import { openManor } from "../../src/manor/open.ts";
import { Neighbourhood } from "../support/manors.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

describe("a manor whose owner throws at every event", () => {
  it("joins, carries messages both ways, and stops, all the same", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha", { main: true, auto: "once" });
    const home = here.home("beta");
    const throws = () => {
      throw new Error("the owner's own fault");
    };
    const join = [alpha.manor.address];
    const beta = await openManor({ home, name: "beta", listen: LOOPBACK, join, onEvent: throws });
    await alpha.until((event) => event.event === "allowed");
    const far = await here.attach(alpha);
    const near = await attach({ home });
    const [farInbox, nearInbox] = [await far.listen("inbox"), await near.listen("inbox")];
    const there = near.send("alpha//", 1);
    const back = far.send("beta//", 2);
    assert.equal((await farInbox.next()).value.body, 1);
    assert.equal((await nearInbox.next()).value.body, 2);
    assert.equal((await there.outcome).status, "delivered");
    assert.equal((await back.outcome).status, "delivered");
    await near.close();
    await beta.close();
    await openManor({ home, name: "beta", listen: LOOPBACK }).then((again) => again.close(0));
  });
});

describe("a road driver", () => {
  it("passes on what comes after an event that can't be dealt with", () => {
    const events = ["a", "b", "c"].map((body) => ({
      type: "message",
      estate: "x",
      body: { body },
      transaction: 1,
      beganAt: 0,
    } as RoadEvent));
    const stack = {
      events: () => events.splice(0),
      outgoing: () => [],
      deadline: () => Infinity,
    } as unknown as RoadStack;
    const [seen, faults]: [unknown[], unknown[]] = [[], []];
    const driver = new RoadDriver(stack, { send: () => {} }, systemClock, {
      onEvent: (event) => {
        const body = event.type === "message" && event.body.body;
        if (body === "b") throw new Error("b");
        seen.push(body);
      },
      onBatch: () => {
        throw new Error("batch");
      },
      onError: (error) => void faults.push((error as Error).message),
    });
    driver.pump();
    assert.deepEqual(seen, ["a", "c"]);
    assert.deepEqual([...new Set(faults)], ["b", "batch"]);
  });
});

describe("a pipe", () => {
  const rig = () => {
    const came: unknown[] = [];
    const faults: string[] = [];
    const pipes = new Pipes({
      fromPipe: (_yard, { n }) => {
        if (n === 13) throw new Error("thirteen");
        came.push(n);
      },
      pipeSent: () => {},
      pipeLeft: () => {},
      onError: (error) => void faults.push((error as Error).message),
    }, () => {});
    return { pipes, came, faults };
  };
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

  it("carries a message as it was when it was sent", async () => {
    const { pipes, came } = rig();
    const link = pipes.open("me");
    const got: unknown[] = [];
    link.onEvent = (event) => event.type === "message" && got.push(event.body.n);
    const body = { n: 0 };
    for (body.n = 1; body.n <= 3; body.n++) {
      link.transmit(body, "manor");
      pipes.transmit(body, "me");
    }
    await turn();
    assert.deepEqual([came, got], [[1, 2, 3], [1, 2, 3]]);
  });

  it("refuses at once what no socket would carry", () => {
    const { pipes } = rig();
    const link = pipes.open("me");
    assert.throws(
      () => link.transmit({ n: NaN }, "manor"),
      (error) => error instanceof RaetError && error.code === "bad_body",
    );
  });

  it("goes on after a message that somebody throws at", async () => {
    const { pipes, came, faults } = rig();
    const link = pipes.open("me");
    for (const n of [1, 13, 2]) link.transmit({ n }, "manor");
    await turn();
    assert.deepEqual([came, faults], [[1, 2], ["thirteen"]]);
  });

  it("says no_manor once the manor was stopped", async () => {
    await using here = new Neighbourhood();
    const { manor } = await here.open("alpha");
    const yard = await attach({ manor });
    const gone = new Promise((resolve) => yard.onManor(resolve));
    await manor.close(0);
    const outcome = await yard.send("//inbox", 1).outcome;
    assert.equal("code" in outcome && outcome.code, "no_manor");
    assert.equal(await gone, "gone");
    await yard.close();
  });
});

describe("a process of the lane under the name of a yard of the manor's own process", () => {
  it("is told so at once, and neither speaks for it nor takes its claims away", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha");
    const own = await attach({ manor: alpha.manor, yard: "web" });
    const jobs = await own.listen("jobs");
    await assert.rejects(attach({ home: alpha.home, yard: "web" }), { code: "usage" });
    const sender = await here.attach(alpha);
    await new Promise((resolve) => setTimeout(resolve, 300)); // what left is forgotten by now
    const delivery = sender.send("//jobs", 1);
    assert.equal((await jobs.next()).value.body, 1);
    assert.equal((await delivery.outcome).status, "delivered");
    await own.close();
  });
});
