/**
 * What becomes of messages that wait: for room in the window, for a session, for an end of their time.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PacketKind } from "../../src/wire/kinds.ts";
import { isOfMessage, joined } from "../support/road_pair.ts";

describe("a message that was sent in an earlier session", () => {
  it("may have arrived there, whatever the far side says to it in this one", () => {
    let taken = 0;
    const [world, alpha, beta] = joined({ admit: () => taken++ === 0 ? "take" : "refuse" });
    let isLost = true;
    world.weather.drops = (from, _to, bytes) =>
      from === "alpha" && isLost && isOfMessage(bytes, PacketKind.done);
    const handle = beta.send({ n: 1 }, "alpha");
    assert.ok(world.runUntil(() => alpha.received.length === 1, 100));
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    isLost = false;
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 5000));
    assert.equal(taken, 2);
    assert.deepEqual(beta.outcomes.get(handle), ["outcome_unknown"]);
  });
});

describe("the count of messages sent", () => {
  it("has those that were acknowledged, each once", () => {
    let isTaken = false;
    const [world, alpha, beta] = joined({ admit: () => isTaken ? "take" : "refuse" });
    const sent = () => beta.remote("alpha")!.messagesSent;
    const refused = beta.send({ n: 1 }, "alpha");
    assert.ok(world.runUntil(() => beta.outcomes.has(refused), 1000));
    assert.equal(sent(), 0);
    isTaken = true;
    let isLost = true;
    world.weather.drops = (from, _to, bytes) =>
      from === "alpha" && isLost && isOfMessage(bytes, PacketKind.done);
    const handle = beta.send({ n: 2 }, "alpha");
    assert.ok(world.runUntil(() => alpha.received.length === 1, 100));
    beta.up.begin("allow", "alpha", world.now);
    world.collect();
    isLost = false;
    assert.ok(world.runUntil(() => beta.outcomes.has(handle), 5000));
    assert.deepEqual(beta.outcomes.get(handle), ["acknowledged"]);
    assert.equal(sent(), 1);
  });
});
