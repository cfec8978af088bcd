import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COPIES_WAITING_MAX, COPY_BYTES_WAITING_MAX } from "../../src/base/limits.ts";
import { HandClock } from "../support/hand_clock.ts";
import { LinkRig } from "../support/link_rig.ts";
import { Neighbourhood } from "../support/manors.ts";

const COPY = { wants: false };

describe("a program that observes a share", () => {
  it("sees copies of all that others take, however many come at once", async () => {
    await using here = new Neighbourhood();
    const alpha = await here.open("alpha");
    await using observer = await here.attach(alpha);
    await using worker = await here.attach(alpha);
    await using sender = await here.attach(alpha);
    const copies = await observer.listen("jobs", { observe: true });
    const jobs = await worker.listen("jobs");
    void (async () => {
      for await (const _ of jobs);
    })();
    const sent = Array.from({ length: 1000 }, (_, n) => sender.send("//jobs", n));
    await Promise.all(sent.map(({ outcome }) => outcome));
    for (let n = 0; n < sent.length; n++) assert.equal((await copies.next()).value.body, n);
    assert.equal(copies.leftOut, 0);
  });

  it("is told how many copies it missed while too many waited for it, and sees more once it reads", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const copies = await yard.listen("jobs", { observe: true });
    for (let n = 0; n < COPIES_WAITING_MAX + 3; n++) rig.deliver("jobs", n, COPY);
    assert.equal(copies.leftOut, 3);
    assert.equal((await copies.next()).value.body, 0);
    rig.deliver("jobs", "more", COPY);
    rig.deliver("jobs", "too many", COPY);
    assert.equal(copies.leftOut, 4);
    for (let n = 1; n < COPIES_WAITING_MAX; n++) await copies.next();
    assert.equal((await copies.next()).value.body, "more");
  });

  it("is told so, too, of large ones that wait; one alone always finds room", async () => {
    const rig = new LinkRig();
    await using yard = await rig.attach();
    const copies = await yard.listen("jobs", { observe: true });
    // Lists take more memory than they have bytes when they travel.
    const large = Array(COPY_BYTES_WAITING_MAX / 32).fill([]);
    for (let n = 0; n < 2; n++) rig.deliver("jobs", large, COPY);
    rig.deliver("jobs", "small", COPY);
    assert.equal(copies.leftOut, 2);
    assert.equal((await copies.next()).value.body.length, large.length);
    rig.deliver("jobs", "small", COPY);
    assert.equal((await copies.next()).value.body, "small");
    const half = new Uint8Array(COPY_BYTES_WAITING_MAX / 2 - 1000);
    for (let n = 0; n < 3; n++) rig.deliver("jobs", half, COPY);
    assert.equal(copies.leftOut, 3);
  });

  it("sees no copy after its deadline, and is told so", async () => {
    const rig = new LinkRig();
    const clock = new HandClock();
    await using yard = await rig.attach(clock);
    const copies = await yard.listen("jobs", { observe: true });
    rig.deliver("jobs", "late", { ...COPY, ttlMs: 1000 });
    await clock.pass(1001);
    rig.deliver("jobs", "new", COPY);
    assert.equal((await copies.next()).value.body, "new");
    assert.equal(copies.leftOut, 1);
  });
});
