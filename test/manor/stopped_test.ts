import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Listener } from "../../src/client/listener.ts";
import { Neighbourhood } from "../support/manors.ts";

/** Takes all that comes. */
function takeAll(listener: Listener): unknown[] {
  const taken: unknown[] = [];
  void (async () => {
    for await (const { body } of listener) taken.push(body);
  })();
  return taken;
}

describe("a listener that takes no more while its program works on", () => {
  it("is given nothing more, and others have all that it had not taken", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha");
    await using busy = await here.attach(alpha);
    await using free = await here.attach(alpha);
    await using sender = await here.attach(alpha);
    const jobs = await busy.listen("jobs", { manual: true });
    const work = sender.send("//jobs", 0, { durable: true });
    const { value: message } = await jobs.next();
    const before = [1, 2].map((n) => sender.send("//jobs", n, { durable: n === 1 }));
    await before[0].stored;
    await before[1].taken;
    const taken = takeAll(await free.listen("jobs"));
    jobs.stop();
    const after = [3, 4, 5, 6].map((n) => sender.send("//jobs", n));
    const ends = await Promise.all([...before, ...after].map(({ outcome }) => outcome));
    assert.deepEqual(ends.map(({ status }) => status), Array(6).fill("delivered"));
    assert.deepEqual([...taken].sort(), [1, 2, 3, 4, 5, 6]);
    assert.equal(await message.done(), true, "it was the program's all the time");
    assert.equal((await work.outcome).status, "delivered");
    assert.equal(taken.includes(0), false);
  });

  it("leaves what follows in an order to others once its program is done", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha");
    await using busy = await here.attach(alpha);
    await using free = await here.attach(alpha);
    await using sender = await here.attach(alpha);
    const jobs = await busy.listen("jobs", { manual: true });
    const sent = [0, 1, 2].map((n) => sender.send("//jobs", n, { durable: true, ordered: true }));
    const { value: message } = await jobs.next();
    await Promise.all(sent.map(({ stored }) => stored));
    jobs.stop();
    const taken = takeAll(await free.listen("jobs"));
    await sender.control("stats", {});
    assert.deepEqual(taken, [], "two would work on one order at once");
    assert.equal(await message.done(), true);
    await Promise.all(sent.map(({ outcome }) => outcome));
    assert.deepEqual(taken, [1, 2]);
  });

  it("gives what its program works on to others once it is closed", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha");
    await using busy = await here.attach(alpha);
    await using free = await here.attach(alpha);
    await using sender = await here.attach(alpha);
    const jobs = await busy.listen("jobs", { manual: true });
    const work = sender.send("//jobs", 0, { durable: true });
    await jobs.next();
    jobs.stop();
    jobs.close();
    const taken = takeAll(await free.listen("jobs"));
    assert.equal((await work.outcome).status, "delivered");
    assert.deepEqual(taken, [0]);
    const again = takeAll(await busy.listen("jobs"));
    free.close();
    await sender.send("//jobs", 1).outcome;
    assert.deepEqual(again, [1]);
  });

  it("keeps through a restart of its manor what its program works on, and is given nothing then", async () => {
    await using here = new Neighbourhood();
    const first = await here.open("alpha");
    await using busy = await here.attach(first);
    await using sender = await here.attach(first);
    const jobs = await busy.listen("jobs", { manual: true });
    const work = sender.send("//jobs", 0, { durable: true });
    const { value: message } = await jobs.next();
    await work.stored;
    jobs.stop();
    const back = new Promise<void>((resolve) =>
      busy.onManor((state) => state === "back" && resolve())
    );
    await first.manor.close(0);
    const alpha = await here.open("alpha");
    await back;
    await using free = await here.attach(alpha);
    const taken = takeAll(await free.listen("jobs"));
    const after = [1, 2, 3].map((n) => sender.send("//jobs", n, { durable: true }));
    for (const { outcome } of after) assert.equal((await outcome).status, "delivered");
    assert.deepEqual([...taken].sort(), [1, 2, 3]);
    assert.equal(await message.done(), true);
    assert.equal((await work.outcome).status, "delivered");
  });
});
