import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  PENDING_ROLES_MAX,
  REJECTIONS_TOLD_BURST,
  STRANGERS_BURST,
  STRANGERS_PER_SECOND,
} from "../../src/base/limits.ts";
import { Budget } from "../../src/road/budget.ts";
import { ATTACKER, falseSource, forgeAck, forgeRequest } from "../support/forge.ts";
import { areReady, joined } from "../support/road_pair.ts";
import type { SimEstate, SimRoad } from "../support/sim_road.ts";

/** So long a flood writes more than may be kept. */
const SECONDS_TO_FILL = Math.ceil(1.2 * PENDING_ROLES_MAX / STRANGERS_PER_SECOND);

const roleFiles = (estate: SimEstate) =>
  [...estate.store.files.keys()].filter((path) => path.includes("/role/")).length;

/** Asks under new names, so many a second; `acked` as if the answers had been read, too. */
function flood(world: SimRoad, to: SimEstate, seconds: number, acked: boolean, from = 0): void {
  for (let n = from; n < from + seconds * 500; n++) {
    const ids = { sourceId: n + 9, transactionId: n + 9 };
    world.inject(forgeRequest(`stranger${n}`, n, ids), falseSource(n), to.address);
    if (acked) world.inject(forgeAck(ids), falseSource(n), to.address);
    if (n % 5 === 0) world.run(10);
  }
}

describe("joins of strangers", () => {
  it("write so many keys a second for an operator, and a bounded number in all", () => {
    const [world, alpha, beta] = joined();
    alpha.up.setAuto("never");
    flood(world, alpha, 2, false);
    const most = STRANGERS_BURST + 2 * STRANGERS_PER_SECOND + 10;
    assert.ok(roleFiles(alpha) <= most, `${roleFiles(alpha)} files`);
    assert.ok(alpha.events.filter(({ type }) => type === "pending").length <= most);
    flood(world, alpha, SECONDS_TO_FILL, false, 10_000);
    assert.ok(roleFiles(alpha) <= PENDING_ROLES_MAX + 5, `${roleFiles(alpha)} files`);
    assert.ok(alpha.up.counters.get("pending_limit") > 50);
    assert.ok(alpha.up.keys.list().length <= PENDING_ROLES_MAX + 5);
    assert.ok(areReady(alpha, beta), "beta goes on");
  });

  it("that wait and were crowded out are seen again when they ask again", () => {
    const [world, alpha] = joined();
    alpha.up.setAuto("never");
    const ids = { sourceId: 3, transactionId: 3 };
    const ask = () => world.inject(forgeRequest("gamma", 1, ids), ATTACKER, alpha.address);
    const waits = () => alpha.up.keys.list().some(({ role }) => role === "gamma");
    ask();
    assert.ok(waits());
    flood(world, alpha, SECONDS_TO_FILL, false);
    assert.ok(!waits(), "it was the oldest");
    world.run(1000);
    ask();
    assert.ok(waits());
  });

  it("that nobody has to accept write so much a second, and leave nothing behind", () => {
    const [world, alpha, beta] = joined({ auto: "once" });
    flood(world, alpha, 2, true);
    const most = STRANGERS_BURST + 2 * STRANGERS_PER_SECOND + 10;
    assert.ok(roleFiles(alpha) <= most, `${roleFiles(alpha)} files`);
    flood(world, alpha, SECONDS_TO_FILL, true, 10_000);
    const { length } = alpha.up.remotes();
    assert.ok(roleFiles(alpha) <= length + 5, `${roleFiles(alpha)} files, ${length} remotes`);
    assert.ok(areReady(alpha, beta), "beta goes on");
  });

  it("that are rejected are counted, and told of now and then", () => {
    const [world, alpha] = joined({ auto: "once" });
    for (let n = 0; n < 1000; n++) {
      const ids = { sourceId: n + 9, transactionId: n + 9 };
      const request = forgeRequest(`stranger${n}`, n, ids, "beta");
      world.inject(request, falseSource(n), alpha.address);
    }
    const told = alpha.events.filter(({ type }) => type === "rejected").length;
    assert.equal(told, REJECTIONS_TOLD_BURST);
    assert.equal(alpha.up.counters.get("joins_rejected"), 1000);
  });
});

describe("a budget", () => {
  it("gives its burst, and then so many a second, saved up to the burst again", () => {
    const budget = new Budget(3, 2);
    const takeAll = (now: number) => {
      let taken = 0;
      while (budget.take(now)) taken++;
      return taken;
    };
    assert.equal(takeAll(0), 3);
    assert.equal(takeAll(499), 0);
    assert.equal(takeAll(1000), 2);
    assert.equal(takeAll(60_000), 3);
    assert.equal(takeAll(59_000), 0, "a clock that went back gives nothing");
  });
});
