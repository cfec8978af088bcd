import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CLAIM_MS_MAX } from "../../src/base/limits.ts";
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
});
