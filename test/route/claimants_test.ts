import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CLAIM_MS_MAX,
  OPERATOR_QUEUE_BYTES_MAX,
  UNACKNOWLEDGED_PER_CLAIMANT_MAX,
} from "../../src/base/limits.ts";
import { pairWithWorker } from "../support/router_pair.ts";
import { RouterRig } from "../support/router_rig.ts";

describe("a share with claimants", () => {
  it("gives nothing more to a process that is stopped, and so does not say its claims again", () => {
    const rig = new RouterRig();
    for (const yard of ["w1", "w2"]) {
      rig.router.attach(yard, rig.now);
      rig.router.claim("jobs", yard, false, rig.now);
    }
    rig.router.attach("a", rig.now);
    rig.advance(CLAIM_MS_MAX + 1);
    rig.router.claim("jobs", "w2", false, rig.now);
    for (const n of [1, 2]) rig.send("a", "//jobs", n);
    assert.deepEqual(rig.takeLane().map(({ to }) => to), ["w2", "w2"]);
    rig.advance(CLAIM_MS_MAX + 1);
    rig.send("a", "//jobs", 3, { ttlMs: 60_000 });
    assert.deepEqual(rig.takeLane().filter(({ to }) => to !== "a"), [], "both are stopped by now");
    rig.router.claim("jobs", "w1", false, rig.now);
    assert.deepEqual(rig.takeLane().map(({ to }) => to), ["w1"]);
  });

  it("gives a Python yard its messages though it claimed once and for all", () => {
    const rig = new RouterRig();
    rig.router.attach("a", rig.now);
    rig.router.claim("jobs", "python", false, rig.now);
    rig.advance(CLAIM_MS_MAX + 1);
    rig.send("a", "//jobs", 1);
    assert.deepEqual(rig.takeLane().map(({ to }) => to), ["python"]);
  });

  it("keeps what is durable for the next, in order, where the last goes and an observer stays", () => {
    const pair = pairWithWorker();
    const { router } = pair.beta;
    pair.beta.attach("o");
    router.claim("jobs", "o", true, pair.now);
    const count = UNACKNOWLEDGED_PER_CLAIMANT_MAX + 2;
    for (let n = 1; n <= count; n++) pair.alpha.put("a", "beta//jobs", n, { durable: true });
    pair.run();
    pair.beta.given = [];
    pair.beta.leave("worker");
    pair.beta.claim("next");
    for (let n = 1; n <= 2; n++) pair.beta.acknowledge("next", n, "alpha");
    const given = pair.beta.given.filter(({ yard }) => yard === "next").map(({ n }) => n);
    assert.deepEqual(given, Array.from({ length: count }, (_, at) => at + 1));
  });

  it("gives nothing more to one that reads in its own time and has not read what it has, until it has", () => {
    const rig = new RouterRig();
    for (const yard of ["w1", "a"]) rig.router.attach(yard, rig.now);
    rig.router.claim("jobs", "w1", false, rig.now);
    rig.router.claim("tasks", "w1", false, rig.now);
    rig.unread.set("w1", OPERATOR_QUEUE_BYTES_MAX / 2);
    for (const [n, share] of [[1, "jobs"], [2, "jobs"], [3, "tasks"]] as const) {
      rig.send("a", `//${share}`, n);
    }
    rig.send("a", "/w1/inbox", 4);
    assert.deepEqual(rig.takeLane().map(({ envelope: { id } }) => id), [rig.id(4)]);
    rig.router.flush(rig.now);
    assert.deepEqual(rig.takeLane(), []);
    rig.unread.set("w1", 0);
    rig.router.flush(rig.now);
    assert.deepEqual(
      rig.takeLane().map(({ envelope: { id } }) => id),
      [1, 2, 3].map((n) => rig.id(n)),
    );
  });

  it("gives what waits for one that is slow to another", () => {
    const rig = new RouterRig();
    for (const yard of ["w1", "w2", "a"]) rig.router.attach(yard, rig.now);
    for (const yard of ["w1", "w2"]) rig.router.claim("jobs", yard, false, rig.now);
    rig.unread.set("w1", OPERATOR_QUEUE_BYTES_MAX);
    for (const n of [1, 2]) rig.send("a", "//jobs", n);
    assert.deepEqual(rig.takeLane().map(({ to }) => to), ["w2", "w2"]);
    rig.send("a", "/w1/inbox", 3);
    const { answers, result } = rig.takeLane()[0].envelope;
    assert.deepEqual(answers, [rig.id(3)]);
    assert.equal(result?.status === "failed" && result.code, "queue_full");
  });
});
